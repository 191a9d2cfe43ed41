import type { SettingFact } from '#shared/model/facts.ts';
import { formatBytes, formatDuration } from '#shared/model/format.ts';
import type { SettingRow } from '#shared/model/settings.ts';

export interface Description {
  readonly category: string;
  readonly text: string;
}

const UNIT_BYTES: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1024,
  '8kB': 8192,
  '16kB': 16_384,
  '32kB': 32_768,
  MB: 1024 ** 2,
  GB: 1024 ** 3,
};
const UNIT_MS: Readonly<Record<string, number>> = {
  us: 0.001,
  ms: 1,
  s: 1000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Nobody's choice for this server: built in, worked out at start, or of our own session. */
const UNCHANGED = new Set(['default', 'override', 'client', 'session']);

const TAKES: Readonly<Record<string, SettingRow['takes']>> = {
  internal: 'cannot be changed',
  postmaster: 'restart',
  sighup: 'reload',
  'superuser-backend': 'new session',
  backend: 'new session',
};

export function settingRow(setting: SettingFact, description: Description | undefined): SettingRow {
  // Our own transactions set some of them, which covers where the server's value comes from.
  const isCovered = setting.source === 'override' && setting.context === 'user';
  return {
    name: setting.name,
    value: withUnit(setting.setting, setting.unit),
    standard: setting.bootValue === null ? null : withUnit(setting.bootValue, setting.unit),
    isChanged: setting.setting !== setting.bootValue && (isCovered || !UNCHANGED.has(setting.source)),
    source:
      setting.sourceFile === null
        ? isCovered
          ? 'not shown to us'
          : setting.source
        : `${setting.sourceFile.split('/').at(-1)}:${setting.sourceLine}`,
    takes: TAKES[setting.context] ?? 'nothing',
    isPending: setting.pendingRestart,
    category: description?.category ?? '',
    description: description?.text ?? '',
  };
}

/** "16384" with "8kB" is "128 MB"; special values (−1, 0) stay as they are. */
export function withUnit(value: string, unit: string | null): string {
  const number = Number(value);
  if (unit === null || value === '' || !Number.isFinite(number) || number <= 0) return value;
  const bytes = UNIT_BYTES[unit];
  if (bytes !== undefined) return formatBytes(number * bytes);
  const ms = UNIT_MS[unit];
  return ms === undefined ? `${value} ${unit}` : formatDuration(number * ms);
}
