import type { PublicPrivilege } from './facts.ts';
import type { Fix, Severity } from './finding.ts';
import type { ActionRequest } from './plan-request.ts';

/** Null lists: this role may not read them, and `unread` says what would unlock them. */
export interface SecurityOverview {
  readonly roles: readonly RoleRow[];
  /** Null = the stored passwords are not readable. */
  readonly weakPasswords: number | null;
  readonly publicGrants: readonly PublicGrantRow[];
  /** Functions that PUBLIC may execute because PostgreSQL lets it; those with SECURITY DEFINER are in the list. */
  readonly ordinaryFunctions: number;
  readonly functions: readonly DefinerRow[];
  readonly rowSecurity: RowSecurityCounts;
  readonly sessions: SessionEncryption;
  readonly hbaRules: readonly HbaRow[] | null;
  readonly extensions: readonly ExtensionRow[];
  /** At hand on the server, and not in this database; null = not readable. */
  readonly availableExtensions: readonly { readonly name: string; readonly version: string }[] | null;
  readonly auditing: readonly AuditingRow[];
  /** Patterns of tables that the user wants audited; null = inferred from names of columns. */
  readonly auditedPatterns: readonly string[] | null;
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
  readonly memberOf: readonly RoleGrant[];
  readonly members: readonly string[];
  /** Through others, without the direct ones. */
  readonly reaches: readonly string[];
  /** Null = a role that cannot log in. */
  readonly password: 'scram-sha-256' | 'md5' | 'none' | 'other' | 'not readable' | null;
  readonly isPasswordWeak: boolean;
  readonly owns: number;
  /** ALTER ROLE … SET; null = not readable. */
  readonly settings: readonly RoleSettingRow[] | null;
  /** Sessions of it at this moment, without ours. When it last logged in PostgreSQL does not record. */
  readonly sessionsNow: number;
}

export interface RoleSettingRow {
  /** Null = in every database. */
  readonly database: string | null;
  readonly name: string;
  /** As it is stored. */
  readonly value: string;
}

export interface RoleGrant {
  readonly role: string;
  readonly canAdmin: boolean;
  readonly inherits: boolean;
  readonly canSet: boolean;
}

export interface PublicGrantRow extends Judged {
  readonly kind:
    | 'schema'
    | 'table'
    | 'view'
    | 'matview'
    | 'foreign table'
    | 'column'
    | 'function'
    | PublicPrivilege['kind'];
  readonly privileges: readonly string[];
  /** PostgreSQL gives PUBLIC this by itself: nobody needs to have granted it. */
  readonly isBuiltIn: boolean;
  /** Takes all of it away; null where a verdict's own fix does the same. */
  readonly revoke: Fix | null;
  /** `revoke` as a request; null where there is none for it. */
  readonly request: ActionRequest | null;
}

export interface DefinerRow extends Judged {
  readonly oid: number;
  readonly owner: string;
  readonly ownerIsSuperuser: boolean;
  /** The search_path that it sets; null = the caller's. */
  readonly searchPath: string | null;
  readonly publicCanExecute: boolean;
}

export interface RowSecurityCounts {
  /** Tables and the views that go around their policies. */
  readonly rows: number;
  readonly enabled: number;
  /** Roles other than the owner can read or write them, and no policy limits which rows. */
  readonly open: number;
}

/** A table that has policies or row security, that others than its owner may use, or that holds secrets by its columns' names. */
export interface RowSecurityRow {
  /** Of the table or view. */
  readonly oid: number;
  readonly name: string;
  readonly kind: 'table' | 'view';
  readonly owner: string;
  readonly isEnabled: boolean;
  readonly isForced: boolean;
  readonly policies: number;
  /** PUBLIC or roles, other than the owner, that may read or write it and use its schema. */
  readonly usedBy: string | null;
  readonly sensitiveColumns: string | null;
  readonly worst: Severity | null;
  /** `worst` as a number that sorts: higher is worse. */
  readonly weight: number;
}

export interface RowSecurityDetail extends RowSecurityRow {
  readonly policyTexts: readonly string[];
  /** Login roles that see every row in spite of policies, each with the reason. */
  readonly bypassedBy: readonly { readonly role: string; readonly because: string }[];
  readonly verdicts: readonly Verdict[];
  /** A policy to fill in, and row security; null for views, and where it is on. */
  readonly enable: Fix | null;
}

export interface SessionEncryption {
  readonly total: number;
  readonly encrypted: number;
  /** Hidden from this role. */
  readonly unknown: number;
  readonly groups: readonly SessionGroup[];
}

/** Sessions that are alike. */
export interface SessionGroup extends Judged {
  readonly role: string | null;
  /** Null = a local socket, which no network sees. */
  readonly address: string | null;
  readonly isLoopback: boolean;
  readonly application: string;
  readonly encryption: 'plain' | 'TLS' | 'hidden';
  /** "TLSv1.3"; null without TLS. */
  readonly tlsVersion: string | null;
  readonly tlsCipher: string | null;
  /** The first rule of pg_hba.conf, as the file is now, that fits such a session; null = it cannot be told. */
  readonly rule: { readonly file: string | null; readonly line: number; readonly method: string } | null;
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
  /** Why its changes should leave a trace. */
  readonly expected: 'defined' | 'sensitive columns' | null;
  readonly sensitiveColumns: readonly string[];
  /** Inferred from names and text: never certain. */
  readonly coverage: 'likely' | 'partly' | 'none found';
  /** Of INSERT, UPDATE, DELETE. */
  readonly events: readonly string[];
  readonly reason: string;
}
