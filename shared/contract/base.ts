import { oc } from '@orpc/contract';
import { z } from 'zod';
import { ERROR_CODES, type UserError } from '../model/error-codes.ts';

/** By its name: written out in every procedure, the contract is too long for the compiler. */
const userError: z.ZodType<UserError> = z.object({
  code: z.enum(ERROR_CODES),
  message: z.string(),
  nextStep: z.string().nullable(),
  sqlState: z.string().nullable(),
  logId: z.string().nullable(),
  sshHostKey: z.object({ host: z.string(), keyType: z.string(), fingerprint: z.string() }).optional(),
});

/** Every procedure may fail with one declared error; its data is a `UserError`. */
export const base = oc.errors({ USER_ERROR: { data: userError } });

/** Outputs come from our own engine: they are typed, not validated again (a 10,000-table audit is megabytes). */
export function output<T>(): z.ZodType<T> {
  return z.custom<T>(() => true);
}

export const connectionId = z.string().min(1).max(64);

export type { UserError };
