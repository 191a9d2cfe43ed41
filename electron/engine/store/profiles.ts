import type { z } from 'zod';
import type { DatabaseIdentity } from './identity.ts';

/** What the user defined for one database, by topic ("categories", "delete-policies", "expected-views"). No secrets. */
export interface ProfileStore {
  /** Null where nothing was defined, or where it was written by a version that this one does not understand. */
  read<T>(database: DatabaseIdentity, topic: string, schema: z.ZodType<T>): T | null;
  write(database: DatabaseIdentity, topic: string, value: unknown): void;
  remove(database: DatabaseIdentity, topic: string): void;
}
