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

/** libpq's keywords and their values, as a saved connection keeps them: also those that no field knows. */
const settings = z
  .record(z.string().min(1).max(64), z.string().max(4096))
  .refine((values) => Object.keys(values).length <= 64, 'At most 64 settings.');
/** What goes into no saved connection. */
const secrets = {
  password: z.string().max(1024).optional(),
  /** Of the client key: libpq's sslpassword. */
  keyPassphrase: z.string().max(1024).optional(),
};

/** Either pasted text (any URL or key=value string) or libpq's settings. */
export const connectionInput = z.union([
  z.strictObject({ text: z.string().min(1).max(4096), ...secrets, ssh: sshInput.optional() }),
  z.strictObject({
    settings,
    /** A text that the settings were taken from: what it has of secrets counts where none are typed. */
    secretsOf: z.string().max(4096).optional(),
    ...secrets,
    ssh: sshInput.optional(),
  }),
]);
export type ConnectionInput = z.infer<typeof connectionInput>;

export const connections = {
  /** Connections open in this process, oldest first. */
  list: base.output(output<readonly ConnectionSummary[]>()),
  /** What we understand of a pasted URL, without connecting; never echoes the password. Keywords of `keep` stay, known or not. */
  understand: base
    .input(
      z.strictObject({
        text: z.string().max(4096),
        keep: z.array(z.string().max(64)).max(64).optional(),
      }),
    )
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
