import { eventIterator } from '@orpc/contract';
import { z } from 'zod';
import { base, output } from './base.ts';
import { connectionInput } from './connections.ts';
import type { RenderedReport } from './reports.ts';
import type { ConnectionSummary, DiagnosisStep } from '../model/connection.ts';
import { ENVIRONMENTS, type ProfileImport, type ProfileList, type ProfileRow } from '../model/profile.ts';

const profileId = z.string().min(1).max(64);
const secret = z.string().max(1024);
/** What is typed for one login. */
const typedSecrets = {
  password: secret.optional(),
  /** Of the client key. */
  keyPassphrase: secret.optional(),
  ssh: z
    .strictObject({
      password: secret.optional(),
      passphrase: secret.optional(),
      trustFingerprint: z.string().max(64).optional(),
    })
    .optional(),
};

export const profileInput = z.strictObject({
  /** Null saves a new one. */
  id: profileId.nullable(),
  name: z.string().trim().min(1).max(80),
  environment: z.enum(ENVIRONMENTS),
  group: z.string().trim().max(80).nullable(),
  notes: z.string().max(4000),
  /** Null leaves the address as it is. */
  connection: connectionInput.nullable(),
  passwordCommand: z.string().trim().max(4096).nullable(),
  /** In the keychain; false removes what is there. */
  keepPassword: z.boolean(),
});
export type ProfileInput = z.infer<typeof profileInput>;

export const profiles = {
  /** Saved connections by group and name. */
  list: base.output(output<ProfileList>()),
  /** Saves a new one or changes one; secrets of the input go to the keychain or nowhere. */
  save: base.input(profileInput).output(output<ProfileRow>()),
  /** `name` has to be the name of the profile. */
  remove: base.input(z.strictObject({ id: profileId, name: z.string().max(80) })).output(output<null>()),
  /** Opens it, with the password typed now (kept if wished), the command's, the passfile's or the stored one. */
  open: base
    .input(z.strictObject({ id: profileId, ...typedSecrets, keepPassword: z.boolean() }))
    .output(output<ConnectionSummary>()),
  /** Tries every step of connecting with it and tells which one fails; opens nothing that stays. */
  diagnose: base
    .input(z.strictObject({ id: profileId, ...typedSecrets }))
    .output(eventIterator(output<DiagnosisStep>())),
  /** All of them as JSON, without secrets and commands. */
  render: base.output(output<RenderedReport>()),
  /** The same through the host's save dialog; null = cancelled. */
  export: base.output(output<{ readonly path: string } | null>()),
  /** Adds those of an exported file; what is here stays. */
  import: base.input(z.strictObject({ text: z.string().max(4_000_000) })).output(output<ProfileImport>()),
};
