/** Stable codes of every error a user can meet; never renamed. */
export const ERROR_CODES = [
  'BAD_URL',
  'BAD_INPUT',
  'UNKNOWN_HOST',
  'CONNECTION_REFUSED',
  'CONNECTION_TIMEOUT',
  'NOT_POSTGRESQL',
  'TLS_FAILED',
  'TLS_PASSPHRASE',
  'AUTH_FAILED',
  'PASSWORD_REQUIRED',
  'DATABASE_MISSING',
  'SSH_MISSING',
  'SSH_UNREACHABLE',
  'SSH_HOST_UNKNOWN',
  'SSH_HOST_CHANGED',
  'SSH_AUTH_FAILED',
  'SSH_PASSWORD',
  'SSH_PASSPHRASE',
  'SSH_FORWARD_DENIED',
  'SSH_FAILED',
  'SERVER_CHANGED',
  'SERVER_TOO_OLD',
  'SERVER_STARTING',
  'TOO_MANY_CONNECTIONS',
  'CONNECTION_LOST',
  'PERMISSION_DENIED',
  'LOCK_TIMEOUT',
  'STATEMENT_TIMEOUT',
  'QUERY_FAILED',
  'CANCELLED',
  'SNAPSHOT_DAMAGED',
  'SNAPSHOT_TOO_NEW',
  'FILE_NOT_READABLE',
  'FILE_NOT_WRITABLE',
  'NOT_CONNECTED',
  'NOT_FOUND',
  'READ_ONLY',
  'PLAN_GONE',
  'PLAN_STALE',
  'PLAN_REFUSED',
  'JOB_RUNNING',
  'NEEDS_DIRECT_CONNECTION',
  'TOOL_MISSING',
  'TOOL_FAILED',
  'BACKUP_DAMAGED',
  'LOCATION_UNAVAILABLE',
  'DEMO_UNAVAILABLE',
  'BACKEND_GONE',
  'INTERNAL',
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

/** The link is down, or the server is: it comes back by itself, and asking again can lock nobody's account. */
export const LINK_ERRORS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'CONNECTION_LOST',
  'CONNECTION_REFUSED',
  'CONNECTION_TIMEOUT',
  'SERVER_STARTING',
  'SSH_UNREACHABLE',
  // Without a network there is no name server either.
  'UNKNOWN_HOST',
]);
/** After one of these, pages and samples ask again so often: work goes on within 30 s of the return (reliability.md §5). */
export const LINK_RETRY_MS = 10_000;

/** What crosses the wire: one sentence and the next step, never a stack trace or a secret. */
export interface UserError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly nextStep: string | null;
  readonly sqlState: string | null;
  /** Set for INTERNAL: finds the details in the log. */
  readonly logId: string | null;
  /** Set for SSH_HOST_UNKNOWN: the next try may say that it trusts this fingerprint. */
  readonly sshHostKey?: SshHostKey | undefined;
}

/** The key by which an SSH server proves who it is. */
export interface SshHostKey {
  /** As known_hosts has it: "[bastion.example]:2222". */
  readonly host: string;
  /** For example "ED25519". */
  readonly keyType: string;
  /** "SHA256:…", as `ssh-keygen -lf` prints it. */
  readonly fingerprint: string;
}
