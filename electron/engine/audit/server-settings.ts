import type { SettingFact } from '#shared/model/facts.ts';

/** Sources that speak for the whole server; the others are ours: the session, the role or the database we are in. */
const SERVER_SOURCES = new Set([
  'default',
  'environment variable',
  'configuration file',
  'command line',
  'global',
  'override',
]);

/** The value that a session gets which sets nothing itself, as printed; null where only our own value is visible. */
export function serverWideSetting(setting: SettingFact | undefined): string | null {
  return setting && SERVER_SOURCES.has(setting.source) ? setting.setting : null;
}

/** What pg_file_settings says of a changed setting that only a restart can apply (ProcessConfigFileInternal). */
export function isWaitingForRestart(error: string | null): boolean {
  return error === 'setting could not be applied';
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

/** A memory setting in bytes; null where absent, not a size, or not the server's own value. −1 stays −1. */
export function settingBytes(setting: SettingFact | undefined): number | null {
  const value = Number(serverWideSetting(setting) ?? Number.NaN);
  if (!setting || !Number.isFinite(value)) return null;
  if (value < 0) return -1;
  const unit = UNIT_BYTES[setting.unit ?? ''];
  return unit === undefined ? null : value * unit;
}
