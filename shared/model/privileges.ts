import type { Provider } from './facts.ts';

/** What the role of a connection can see, and what it would take to see the rest. */
export interface PrivilegesOverview {
  readonly role: RoleStanding;
  readonly capabilities: readonly CapabilityRow[];
  /** Checks of the audit as this role would run it now. */
  readonly checks: {
    readonly applicable: number;
    /** Checks that cannot run at all for want of a right, and those that see only part of what they look at. */
    readonly blocked: number;
    readonly partial: number;
  };
  readonly choices: readonly MonitoringChoice[];
  /** What the form starts with; free on this server. */
  readonly suggestedName: string;
}

export interface RoleStanding {
  readonly name: string;
  readonly database: string;
  readonly isSuperuser: boolean;
  /** It may use their privileges, by whatever way: pg_monitor, pg_read_all_stats and the like. */
  readonly memberOf: readonly string[];
  readonly ownsDatabase: boolean;
  readonly databaseOwner: string;
  readonly mayConnect: boolean;
  readonly mayCreate: boolean;
  readonly mayTemp: boolean;
  /** CREATEROLE, BYPASSRLS and the like, as ALTER ROLE spells them. */
  readonly attributes: readonly string[];
  /** Null = none. */
  readonly connectionLimit: number | null;
  readonly isReadOnlyByDefault: boolean;
  readonly isStandby: boolean;
  /** Behind a pooler: how to reach the server itself. */
  readonly directConnection: string | null;
  readonly provider: Provider;
  /** "Amazon RDS"; null = no service that we know. */
  readonly service: string | null;
}

/** `unknown`: it could not be read this time, for a reason that is no right. `not here`: the server has nothing to read. */
export type CapabilityVerdict = 'yes' | 'partly' | 'no' | 'unknown' | 'not here';

/** Something that PgVitals wants to read or do. */
export interface CapabilityRow {
  readonly key: string;
  readonly name: string;
  readonly verdict: CapabilityVerdict;
  /** What PgVitals needs it for. */
  readonly why: string;
  /** What is missing; null where nothing is. */
  readonly reason: string | null;
  /** The statements that unlock it, ready to run; null where none would. */
  readonly unlock: string | null;
  /** Where no statement unlocks it, or somebody in particular has to run it: what to do. */
  readonly step: string | null;
  /** Ids of checks that cannot run at all without it, and of those that see only a part. */
  readonly blocked: readonly string[];
  readonly partial: readonly string[];
}

export const MONITORING_CHOICES = ['signal', 'data', 'files', 'everywhere'] as const;
export type MonitoringChoiceId = (typeof MONITORING_CHOICES)[number];

/** A tick box of the script. */
export interface MonitoringChoice {
  readonly id: MonitoringChoiceId;
  readonly label: string;
  /** What it allows, and at which price. */
  readonly means: string;
  /** Why it is not to be had on this server; null = it is. */
  readonly unavailable: string | null;
}

export interface MonitoringRequest {
  readonly name: string;
  readonly choices: readonly MonitoringChoiceId[];
}

/** A role that may look and nothing else, for one server. Texts are for psql. */
export interface MonitoringScript {
  readonly name: string;
  /** Null where the service does not let its customers create roles; `steps` says what to do instead. */
  readonly script: string | null;
  /** Takes all of it back; null where there is no script. */
  readonly undo: string | null;
  /** In the order to do them, the script among them. */
  readonly steps: readonly string[];
  /** The line to add to pg_hba.conf; null where it has none, or lets the role in already. */
  readonly hbaLine: string | null;
  /** What the role can do that somebody may not expect. */
  readonly warnings: readonly string[];
  /** What stays closed to it, with the checks of the audit that miss it. */
  readonly closed: readonly ClosedCapability[];
}

export interface ClosedCapability {
  readonly name: string;
  readonly why: string;
  readonly checks: readonly string[];
}
