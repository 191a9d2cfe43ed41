import type { Provider } from './facts.ts';
import type { Environment } from './profile.ts';

export interface ConnectionSummary {
  readonly id: string;
  /** "database on host:port", or the name it was given. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** "me@bastion:22": host and port are as this SSH server sees them. Absent for a direct connection. */
  readonly sshServer?: string;
  readonly database: string;
  readonly role: string;
  readonly version: string;
  readonly versionNum: number;
  readonly isStandby: boolean;
  readonly isPooled: boolean;
  /** Behind a pooler in transaction mode: how to reach the server itself, a sentence. Null on a direct connection. */
  readonly directConnection: string | null;
  readonly usesTls: boolean;
  readonly provider: Provider;
  readonly isDemo: boolean;
  /** Of the saved connection it was opened from; null where it was opened by an address. */
  readonly profileId: string | null;
  readonly environment: Environment | null;
}

/** A way to a database that is written down on this machine, outside of PgVitals. */
export interface ConnectionSource {
  readonly id: string;
  readonly kind: 'service' | 'environment' | 'local' | 'container' | 'project';
  /** The service, the variable, the place, the container. */
  readonly name: string;
  readonly address: string;
  /** Of its own, or the passfile's. */
  readonly hasPassword: boolean;
}

/** A database of the server that a connection leads to. */
export interface ServerDatabase {
  readonly oid: number;
  readonly name: string;
  /** The one of the connection itself. */
  readonly isOwn: boolean;
  /** False for those that let nobody in. */
  readonly allowsConnections: boolean;
  /** Where it is open already. */
  readonly connectionId: string | null;
  readonly lastAudit: { readonly at: string; readonly grade: string } | null;
}

export interface ConnectionUnderstood {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly hasPassword: boolean;
  readonly sslMode: string;
  /** What was written, under libpq's keywords, without secrets and defaults. */
  readonly settings: Readonly<Record<string, string>>;
  /** What was ignored or translated, for example "The driver suffix +asyncpg is not needed here." */
  readonly notes: readonly string[];
}

export interface DiagnosisStep {
  readonly id: string;
  readonly label: string;
  readonly outcome: 'running' | 'ok' | 'warning' | 'failed' | 'skipped';
  readonly detail: string | null;
  readonly cure: string | null;
  readonly durationMs: number | null;
}

export type DemoEvent =
  | { readonly type: 'progress'; readonly step: string; readonly done: number; readonly total: number }
  | { readonly type: 'ready'; readonly connection: ConnectionSummary };
