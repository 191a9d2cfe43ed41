import type { Fix, Severity } from './finding.ts';

/** Null lists: this role may not read them, and `unread` says what would unlock them. */
export interface SecurityOverview {
  readonly roles: readonly RoleRow[];
  readonly publicGrants: readonly PublicGrantRow[];
  readonly functions: readonly DefinerRow[];
  readonly tables: readonly RowSecurityRow[];
  readonly sessions: SessionEncryption;
  readonly hbaRules: readonly HbaRow[] | null;
  readonly extensions: readonly ExtensionRow[];
  readonly auditing: readonly AuditingRow[];
}

/** What the audit's checks say about a row, judged on the facts shown. */
export interface Verdict {
  readonly check: string;
  readonly severity: Severity;
  readonly message: string;
  readonly fix: Fix | null;
}

interface Judged {
  /** Unique in its list. */
  readonly key: string;
  readonly name: string;
  readonly verdicts: readonly Verdict[];
}

export interface RoleRow extends Judged {
  readonly isSystem: boolean;
  /** SUPERUSER, CREATEROLE, CREATEDB, REPLICATION, BYPASSRLS. */
  readonly attributes: readonly string[];
  readonly canLogin: boolean;
  /** −1 = no limit. */
  readonly connectionLimit: number;
  readonly validUntil: string | null;
  readonly memberOf: readonly string[];
  /** Through others, without the direct ones. */
  readonly reaches: readonly string[];
  /** Null = not readable, or a role that cannot log in. */
  readonly password: 'scram-sha-256' | 'md5' | 'none' | 'other' | null;
  readonly isPasswordWeak: boolean;
  readonly owns: number;
}

export interface PublicGrantRow extends Judged {
  readonly kind: 'schema' | 'table' | 'view' | 'matview' | 'foreign table' | 'column' | 'function';
  readonly privileges: readonly string[];
}

export interface DefinerRow extends Judged {
  readonly owner: string;
  readonly ownerIsSuperuser: boolean;
  /** The search_path that it sets; null = the caller's. */
  readonly searchPath: string | null;
  readonly publicCanExecute: boolean;
}

export interface RowSecurityRow extends Judged {
  readonly kind: 'table' | 'view';
  readonly owner: string;
  readonly isEnabled: boolean;
  readonly isForced: boolean;
  readonly policies: readonly string[];
  readonly sensitiveColumns: readonly string[];
}

export interface SessionEncryption {
  readonly total: number;
  readonly encrypted: number;
  /** Hidden from this role. */
  readonly unknown: number;
  readonly plain: readonly PlainSessions[];
}

/** Sessions without TLS that are alike. */
export interface PlainSessions extends Judged {
  readonly role: string | null;
  /** Null = a local socket, which no network sees. */
  readonly address: string | null;
  readonly isLoopback: boolean;
  readonly application: string;
  readonly count: number;
}

export interface HbaRow extends Judged {
  /** Its turn: the first rule that matches decides. */
  readonly turn: number;
  readonly line: number;
  readonly file: string | null;
  readonly method: string | null;
  readonly reach: string;
  readonly error: string | null;
  /** Line of an earlier rule that takes all its connections; null = it can match. */
  readonly shadowedByLine: number | null;
}

export interface ExtensionRow extends Judged {
  readonly installed: string;
  readonly offered: string | null;
  readonly schema: string | null;
}

export interface AuditingRow extends Judged {
  readonly sensitiveColumns: readonly string[];
  /** Inferred from names and text: never certain. */
  readonly coverage: 'likely' | 'none found';
  readonly reason: string;
}
