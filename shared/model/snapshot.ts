import type { FactName, Facts } from './facts.ts';

/** The facts of one moment, and what could not be read. Serialises to JSON; an audit can be run on it offline. */
export interface Snapshot {
  readonly schemaVersion: typeof SNAPSHOT_SCHEMA_VERSION;
  readonly kind: 'pgvitals-snapshot';
  readonly tool: { readonly name: string; readonly version: string };
  /** Server clock, ISO 8601. */
  readonly collectedAt: string;
  readonly durationMs: number;
  readonly facts: Partial<Facts> & Pick<Facts, 'server'>;
  readonly unread: readonly Unread[];
}

export const SNAPSHOT_SCHEMA_VERSION = 1;

/** Something we wanted to read and could not. A check that needs it is skipped or partial, never passed. */
export interface Unread {
  readonly fact: FactName;
  readonly cause: UnreadCause;
  /** One sentence for the user. */
  readonly reason: string;
  /** The exact SQL that would unlock it, or null where no GRANT helps. */
  readonly grant: string | null;
  /** The objects concerned; null = the whole fact. */
  readonly objectOids: readonly number[] | null;
}

/** `limit`: left out on purpose, because reading it costs more than it can tell. */
export type UnreadCause =
  | 'privilege'
  | 'limit'
  | 'lock'
  | 'timeout'
  | 'version'
  | 'extension'
  | 'standby'
  | 'connection'
  | 'error';
