import type { FileSetting, SettingFact } from '#shared/model/facts.ts';
import type { FileProblems, SettingRow } from '#shared/model/settings.ts';
import { isWaitingForRestart } from '#engine/audit/server-settings.ts';
import { effective, type Effective, type Layers, linesThatCount } from './effective.ts';
import { isSameValue, type SettingType, shownValue, withUnit } from './values.ts';

/** What pg_settings says of a setting that never changes while the server runs. */
export interface Description {
  readonly category: string;
  readonly text: string;
  readonly type: SettingType;
  readonly range: string | null;
}

const TAKES: Readonly<Record<string, SettingRow['takes']>> = {
  internal: 'cannot be changed',
  postmaster: 'restart',
  sighup: 'reload',
  'superuser-backend': 'new session',
  backend: 'new session',
};

export interface RowContext {
  readonly layers: Layers;
  readonly descriptions: ReadonlyMap<string, Description>;
  /** Lines of the configuration files without effect, by lower-case name. */
  readonly overridden: ReadonlyMap<string, SettingRow['overridden']>;
}

export function settingRow(setting: SettingFact, context: RowContext): SettingRow {
  const { layers, descriptions, overridden } = context;
  const description = descriptions.get(setting.name);
  const type = description?.type ?? 'string';
  const { unit, bootValue } = setting;
  const value = effective(setting, type, layers);
  const isStandard =
    value.text === null ||
    bootValue === null ||
    isSameValue({ text: value.text, unit }, { text: bootValue, unit }, type);
  const waits = waitingFor(setting, value, type, layers);
  return {
    name: setting.name,
    value: value.shown,
    standard: bootValue === null ? null : withUnit(bootValue, unit),
    isChanged: value.isChosen && !isStandard,
    source: value.source,
    place: value.place,
    takes: TAKES[setting.context] ?? 'nothing',
    waitsFor: waits,
    waiting: waits === null ? null : waitingValue(setting, type, layers),
    overridden: overridden.get(setting.name.toLowerCase()) ?? NONE,
    category: description?.category ?? '',
    description: description?.text ?? '',
    range: description?.range ?? null,
  };
}

/** Errors in the configuration files, and lines that a later one overrides. */
export function fileProblems(lines: readonly FileSetting[]): FileProblems {
  const counting = linesThatCount(lines);
  return {
    errors: lines.flatMap(({ file, line, name, error }) =>
      error === null || isWaitingForRestart(error) ? [] : [{ file, line, name, error }],
    ),
    overridden: lines.flatMap((entry) => {
      const { file, line, name, value } = entry;
      const by = name === null ? undefined : counting.get(name.toLowerCase());
      if (name === null || value === null || by === undefined || by === entry) return [];
      return [{ file, line, name, value, by: { file: by.file, line: by.line } }];
    }),
  };
}

const NONE: SettingRow['overridden'] = [];

/** Where a change of the files decides; other sources outrank them or are not theirs. */
const FROM_FILES = new Set(['default', 'configuration file']);
/** PostgreSQL completes what is written to a whole path. */
const PATHS = /(?:_directory|_directories|_file)$/;

function waitingFor(
  setting: SettingFact,
  value: Effective,
  type: SettingType,
  { files }: Layers,
): SettingRow['waitsFor'] {
  const line = files?.get(setting.name.toLowerCase());
  if (line && isWaitingForRestart(line.error)) return 'restart';
  // The flag stays after the change was taken out of the files again.
  if (setting.pendingRestart && (files === null || setting.source === 'configuration file')) return 'restart';
  if (files === null || value.text === null || !FROM_FILES.has(setting.source) || PATHS.test(setting.name))
    return null;
  if (line ? line.error !== null || line.value === null : setting.source === 'default') return null;
  const { unit } = setting;
  const isSame = line && isSameValue({ text: setting.setting, unit }, { text: line.value ?? '', unit }, type);
  if (isSame) return null;
  // A line that says what is built in, in whatever words.
  if (line && type === 'enum' && setting.source === 'default') return null;
  return setting.context === 'postmaster' ? 'restart' : 'reload';
}

function waitingValue(setting: SettingFact, type: SettingType, { files }: Layers): string | null {
  if (files === null) return null;
  const line = files.get(setting.name.toLowerCase());
  return !line || line.value === null ? 'default' : shownValue(line.value, setting.unit, type);
}
