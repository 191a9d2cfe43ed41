/** Facts about what reads what, and what pg_cron ran. Conventions: `facts.ts`. Pages only, not part of an audit. */

/** What views, matviews and functions with an SQL body read, as PostgreSQL recorded it when they were made. */
export interface ViewReads {
  readonly objects: readonly ReadingObject[];
  /** Positions in `objects`: the first reads the second. */
  readonly links: readonly (readonly [reader: number, read: number])[];
}

export interface ReadingObject {
  /** Of pg_class or, for a function, of pg_proc. */
  readonly oid: number;
  readonly kind: ReadingKind;
  readonly schema: string;
  /** Functions with the types of their arguments. */
  readonly name: string;
}

export type ReadingKind =
  | 'table'
  | 'partitioned table'
  | 'foreign table'
  | 'view'
  | 'materialized view'
  | 'sequence'
  | 'function';

/** What pg_cron recorded about commands of this database that speak of refreshing. */
export interface CronFacts {
  /** Where pg_cron keeps its records: in this database, in the one named, or, as far as this role sees, nowhere. */
  readonly place: 'here' | { readonly database: string } | null;
  /** Of each role, command and outcome the latest. */
  readonly runs: readonly CronRun[];
  readonly jobs: readonly CronJob[];
}

export interface CronRun {
  readonly role: string;
  /** Schemas that names of this role are looked up in, in order; "$user" is resolved. */
  readonly searchPath: readonly string[];
  readonly command: string;
  readonly hasSucceeded: boolean;
  readonly endedAt: string | null;
  /** Of the whole command. */
  readonly durationMs: number | null;
  /** The server's words where it failed. */
  readonly message: string | null;
}

export interface CronJob {
  readonly role: string;
  readonly searchPath: readonly string[];
  readonly command: string;
  readonly schedule: string;
  readonly isActive: boolean;
}

/** A materialized view that should be there by the user's list. Not read from the server. */
export interface ExpectedView {
  readonly schema: string;
  readonly name: string;
  /** What makes it, from when it was last seen; empty where it never was. */
  readonly statements: readonly string[];
}
