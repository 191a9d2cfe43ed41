import type { Fix } from './finding.ts';

export interface SettingsOverview {
  readonly settings: readonly SettingRow[];
  readonly changed: number;
  /** The database that `value` of a row is for. */
  readonly database: string;
  readonly overrides: readonly SettingOverride[];
  /** Null where this role may not read the files. */
  readonly files: FileProblems | null;
  readonly advice: readonly SettingAdvice[];
  /** What the user said of the machine; null = not asked yet. */
  readonly machine: Machine | null;
}

/** What a session in this database gets that sets nothing itself, and whose role has no settings of its own. */
export interface SettingRow {
  readonly name: string;
  /** With its unit: "128 MB", "5 min". Null = our own session covers it, and the files are closed to this role. */
  readonly value: string | null;
  readonly standard: string | null;
  readonly isChanged: boolean;
  /** Where it comes from: "postgresql.conf:34", "ALTER DATABASE", "default", "command line". */
  readonly source: string;
  /** With its whole path; null where it comes from elsewhere, or this role may not know. */
  readonly place: FilePlace | null;
  /** What a change of it takes. */
  readonly takes: 'restart' | 'reload' | 'new session' | 'nothing' | 'cannot be changed';
  /** The files say otherwise, and this is what makes it so. */
  readonly waitsFor: 'restart' | 'reload' | null;
  /** What the files say, where that is not in effect yet; "default" where they no longer say anything. */
  readonly waiting: string | null;
  /** Lines that set it too and are without effect, because a later one counts. */
  readonly overridden: readonly (FilePlace & { readonly value: string })[];
  readonly category: string;
  readonly description: string;
  /** What it may be: "1 to 262143", "off, on, try". */
  readonly range: string | null;
}

export interface FilePlace {
  readonly file: string;
  readonly line: number;
}

/** ALTER ROLE … SET and ALTER DATABASE … SET. */
export interface SettingOverride {
  readonly role: string | null;
  readonly database: string | null;
  readonly name: string;
  readonly value: string;
  /** What holds where this does not; null where it is not known, or the setting is one of an application's own. */
  readonly otherwise: string | null;
}

export interface FileProblems {
  readonly errors: readonly (FilePlace & { readonly name: string | null; readonly error: string })[];
  readonly overridden: readonly OverriddenLine[];
}

export interface OverriddenLine extends FilePlace {
  readonly name: string;
  readonly value: string;
  /** The line that counts. */
  readonly by: FilePlace;
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
  /** Left out: names of files, addresses and ports, which differ everywhere. */
  readonly leftOut: number;
  readonly rows: readonly SettingDifference[];
}

export interface SettingDifference {
  readonly name: string;
  readonly category: string;
  readonly isDifferent: boolean;
  readonly here: SettingSide;
  readonly there: SettingSide;
}

export interface SettingSide {
  /** Null = the server has no such setting, or this role cannot know it. */
  readonly value: string | null;
  readonly source: string | null;
}
