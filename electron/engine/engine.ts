import type { Audit, AuditEvent, CheckInfo } from '#shared/model/audit.ts';
import type { ConnectionProfile } from '#shared/model/profile.ts';
import type {
  ConnectionSummary,
  ConnectionUnderstood,
  DemoEvent,
  DiagnosisStep,
  ServerDatabase,
} from '#shared/model/connection.ts';
import type { Backups } from './backup/backups.ts';
import type { Host } from './host.ts';
import type { InsightTopics } from './insight/insight.ts';
import type { Plans } from './plans/plans.ts';
import type { TypedSecrets } from './profiles/profile-target.ts';
import type { Profiles } from './profiles/profiles.ts';
import type { RefreshSchedules } from './schedule/refreshes.ts';
import type { ConnectionTarget } from './postgres/target.ts';
import type { Sources } from './sources/sources.ts';

/** Text as pasted, or libpq's settings; the wire's `connectionInput`. */
export type ConnectionRequest = (
  | { readonly text: string }
  | {
      readonly settings: Readonly<Record<string, string>>;
      /** A text whose secrets count where none are typed. */
      readonly secretsOf?: string | undefined;
    }
) & {
  readonly password?: string | undefined;
  readonly keyPassphrase?: string | undefined;
  readonly ssh?: SshRequest | undefined;
};

/** The part of a saved connection that an open one carries. */
export interface OpenOptions extends Abortable {
  readonly name?: string;
  readonly isDemo?: boolean;
  readonly profile?: Pick<ConnectionProfile, 'id' | 'name' | 'environment'>;
}

/** The wire's `sshInput`. */
export interface SshRequest {
  readonly destination: string;
  readonly port?: number | undefined;
  readonly user?: string | undefined;
  readonly keyFile?: string | undefined;
  readonly password?: string | undefined;
  readonly passphrase?: string | undefined;
  readonly trustFingerprint?: string | undefined;
}

export interface Abortable {
  readonly signal?: AbortSignal | undefined;
}

export type ReportFormat = 'json' | 'md' | 'html' | 'csv';

/** Everything the product can do, for all hosts alike. Rejects with `EngineError` only, or with an abort. */
export interface Engine {
  readonly host: Host;
  /** Keywords of `keep` stay in its settings, known or not. Throws BAD_URL. */
  understand(text: string, keep?: readonly string[]): ConnectionUnderstood;
  diagnose(request: ConnectionRequest, options: Abortable): AsyncIterable<DiagnosisStep>;
  connections(): readonly ConnectionSummary[];
  /** A target is what the command line makes of its flags; nothing else hands one in. */
  open(
    request: ConnectionRequest | { readonly target: ConnectionTarget },
    options: OpenOptions,
  ): Promise<ConnectionSummary>;
  /** Saved connections. */
  readonly profiles: Omit<Profiles, 'resolve' | 'opened'>;
  diagnoseProfile(id: string, options: Abortable & TypedSecrets): AsyncIterable<DiagnosisStep>;
  /** Ways to a database that are written down on this machine. */
  readonly sources: Omit<Sources, 'target'>;
  openSource(
    id: string,
    options: Abortable & { readonly password?: string | undefined },
  ): Promise<ConnectionSummary>;
  openProfile(
    id: string,
    options: Abortable & TypedSecrets & { readonly keepPassword: boolean },
  ): Promise<ConnectionSummary>;
  /** The databases of the server of a connection, by name. */
  databases(connectionId: string, options: Abortable): Promise<readonly ServerDatabase[]>;
  /** Another one of them, by the same login. */
  openDatabase(connectionId: string, database: string, options: Abortable): Promise<ConnectionSummary>;
  openDemo(options: Abortable): AsyncIterable<DemoEvent>;
  closeConnection(connectionId: string): Promise<void>;
  audit(connectionId: string, options: Abortable): AsyncIterable<AuditEvent>;
  latestAudit(connectionId: string): Audit | null;
  checks(): readonly CheckInfo[];
  /** What the pages show, one topic per page. */
  readonly insight: InsightTopics;
  /** Every change of a database: preview, run, journal, undo. */
  readonly plans: Plans;
  readonly backups: Backups;
  /** What happens by itself while a connection is open. */
  readonly schedules: Pick<RefreshSchedules, 'list' | 'set' | 'remove'>;
  renderReport(
    connectionId: string,
    format: ReportFormat,
    options: { readonly redact: boolean },
  ): { fileName: string; mediaType: string; text: string };
  /** Ends connections and a demo server started here. */
  close(): Promise<void>;
}
