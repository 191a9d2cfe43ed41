import { eventIterator } from '@orpc/contract';
import { z } from 'zod';
import { base, connectionId, output } from './base.ts';
import type {
  ConnectionSummary,
  ConnectionUnderstood,
  DemoEvent,
  DiagnosisStep,
  ServerDatabase,
} from '../model/connection.ts';

export const SSL_MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;

/** The SSH server in between, as the user's own ssh knows it; host and port of the database are as that server sees them. */
export const sshInput = z.strictObject({
  /** "[user@]host[:port]", or an alias of ~/.ssh/config. */
  destination: z.string().min(1).max(512),
  port: z.int().min(1).max(65535).optional(),
  user: z.string().max(255).optional(),
  /** Full path of a private key; without it, the keys that ssh finds by itself. */
  keyFile: z.string().max(4096).optional(),
  password: z.string().max(1024).optional(),
  /** Of the key. */
  passphrase: z.string().max(1024).optional(),
  /** The fingerprint in SSH_HOST_UNKNOWN, once the user has compared it: it is kept in known_hosts from then on. */
  trustFingerprint: z.string().max(64).optional(),
});
export type SshInput = z.infer<typeof sshInput>;

/** Either pasted text (any URL or key=value string) or separate fields. */
export const connectionInput = z.union([
  z.strictObject({
    text: z.string().min(1).max(4096),
    password: z.string().max(1024).optional(),
    ssh: sshInput.optional(),
  }),
  z.strictObject({
    host: z.string().min(1).max(1024),
    port: z.int().min(1).max(65535),
    database: z.string().min(1).max(63),
    user: z.string().min(1).max(63),
    password: z.string().max(1024),
    sslMode: z.enum(SSL_MODES),
    ssh: sshInput.optional(),
  }),
]);
export type ConnectionInput = z.infer<typeof connectionInput>;

export const connections = {
  /** Connections open in this process, oldest first. */
  list: base.output(output<readonly ConnectionSummary[]>()),
  /** What we understand of a pasted URL, without connecting; never echoes the password. */
  understand: base
    .input(z.strictObject({ text: z.string().max(4096) }))
    .output(output<ConnectionUnderstood>()),
  /** Tries every step of connecting and tells which one fails, with its cure. Opens nothing that stays. */
  diagnose: base.input(connectionInput).output(eventIterator(output<DiagnosisStep>())),
  open: base.input(connectionInput).output(output<ConnectionSummary>()),
  /** Starts the embedded server with the demo database; ends with the connection to it. */
  openDemo: base.output(eventIterator(output<DemoEvent>())),
  /** The databases of its server, by name, with what is known of them here; templates are left out. */
  databases: base.input(z.strictObject({ connectionId })).output(output<readonly ServerDatabase[]>()),
  /** Another database of the same server, by the same login; the connection that is open already, where one is. */
  openDatabase: base
    .input(z.strictObject({ connectionId, database: z.string().min(1).max(63) }))
    .output(output<ConnectionSummary>()),
  close: base.input(z.strictObject({ connectionId })).output(output<null>()),
};
