import type { Fix } from './finding.ts';

export interface SettingsOverview {
  readonly settings: readonly SettingRow[];
  readonly pendingRestart: number;
  readonly changed: number;
  /** ALTER ROLE … SET and ALTER DATABASE … SET. */
  readonly overrides: readonly {
    readonly role: string | null;
    readonly database: string | null;
    readonly name: string;
    readonly value: string;
  }[];
  readonly fileErrors: readonly {
    readonly place: string;
    readonly name: string | null;
    readonly error: string;
  }[];
  readonly advice: readonly SettingAdvice[];
  /** What the user said of the machine; null = not asked yet. */
  readonly machine: Machine | null;
}

export interface SettingRow {
  readonly name: string;
  /** With its unit: "128 MB", "5 min". */
  readonly value: string;
  readonly standard: string | null;
  readonly isChanged: boolean;
  /** Where it comes from: "postgresql.conf:34", "default", "environment variable". */
  readonly source: string;
  /** What a change of it takes. */
  readonly takes: 'restart' | 'reload' | 'new session' | 'nothing' | 'cannot be changed';
  readonly isPending: boolean;
  readonly category: string;
  readonly description: string;
}

/** PostgreSQL cannot be asked for these with SQL. */
export interface Machine {
  readonly memoryGb: number;
  readonly cpus: number;
  readonly disk: 'ssd' | 'hdd' | 'network';
  readonly workload: 'web' | 'mixed' | 'analytics';
}

export interface SettingAdvice {
  readonly name: string;
  readonly now: string;
  readonly advised: string;
  readonly reason: string;
  readonly fix: Fix;
}

export interface SettingsDiff {
  readonly here: string;
  readonly there: string;
  readonly compared: number;
  readonly rows: readonly {
    readonly name: string;
    readonly here: string | null;
    readonly there: string | null;
  }[];
}
