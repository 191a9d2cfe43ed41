import type { Facts, FileSetting, SettingFact } from '#shared/model/facts.ts';
import type { FilePlace } from '#shared/model/settings.ts';
import { withUnit, shownValue, type SettingType } from './values.ts';

export interface Effective {
  /** As written or as in pg_settings, to compare; null = our own session covers it. */
  readonly text: string | null;
  /** With its unit, to show. */
  readonly shown: string | null;
  readonly source: string;
  readonly place: FilePlace | null;
  /** Somebody chose it for this server or database. */
  readonly isChosen: boolean;
}

/** Where values come from besides pg_settings, which shows those of our own session. */
export interface Layers {
  /** ALTER DATABASE … SET of this database. */
  readonly database: Readonly<Record<string, string>>;
  /** ALTER ROLE ALL SET. */
  readonly everywhere: Readonly<Record<string, string>>;
  /** ALTER ROLE … SET of the role that we connected as. */
  readonly ourRole: Readonly<Record<string, string>>;
  /** The line that counts, by name; null where the files are closed to this role. */
  readonly files: ReadonlyMap<string, FileSetting> | null;
  readonly serverEncoding: string | null;
}

export function layersOf(facts: Partial<Facts> & Pick<Facts, 'server'>): Layers {
  const { role, database } = facts.server;
  const of = (ofRole: string | null, ofDatabase: string | null) =>
    (facts.roleSettings ?? []).find((s) => s.role === ofRole && s.database === ofDatabase)?.settings ?? {};
  return {
    database: of(null, database),
    everywhere: of(null, null),
    ourRole: { ...of(role, null), ...of(role, database) },
    files: facts.fileSettings ? linesThatCount(facts.fileSettings) : null,
    serverEncoding: facts.settings?.find((s) => s.name === 'server_encoding')?.setting ?? null,
  };
}

/** The last line about a setting counts (postgresql.auto.conf is read last). Names are not case-sensitive. */
export function linesThatCount(lines: readonly FileSetting[]): ReadonlyMap<string, FileSetting> {
  return new Map(lines.flatMap((line) => (line.name === null ? [] : [[line.name.toLowerCase(), line]])));
}

/**
 * The value of a session in this database that sets nothing itself, and whose role has no settings of its own. In the
 * order of PostgreSQL's GucSource: database, all roles, files, built in.
 */
export function effective(setting: SettingFact, type: SettingType, layers: Layers): Effective {
  const { name, source, unit } = setting;
  if (!isCovered(setting)) return asShown(setting);
  const written = (text: string, from: string, place: FilePlace | null = null): Effective => ({
    text,
    shown: shownValue(text, unit, type),
    source: from,
    place,
    isChosen: true,
  });
  const ofDatabase = layers.database[name];
  if (ofDatabase !== undefined) return written(ofDatabase, SOURCES['database'] ?? source);
  const ofAll = layers.everywhere[name];
  if (ofAll !== undefined) return written(ofAll, SOURCES['global'] ?? source);
  const line = layers.files?.get(name.toLowerCase());
  if (line && line.value !== null) return written(line.value, placeName(line), placeOf(line));
  const builtIn = name === 'client_encoding' ? layers.serverEncoding : setting.bootValue;
  if (layers.files !== null && builtIn !== null) {
    return {
      text: builtIn,
      shown: withUnit(builtIn, unit),
      source: 'default',
      place: null,
      isChosen: false,
    };
  }
  // The value that our session began with is everybody's, unless it came from our role or from our own connection.
  if (name === 'search_path' && layers.ourRole[name] === undefined) {
    const isChosen = setting.setting !== setting.bootValue;
    return { ...asShown(setting), source: isChosen ? 'not shown to this role' : 'default', isChosen };
  }
  return { text: null, shown: null, source: 'not shown to this role', place: null, isChosen: false };
}

/** `postgresql.conf:34`. */
export function placeName({ file, line }: FilePlace): string {
  return `${file.split(/[\\/]/).at(-1)}:${line}`;
}

const SOURCES: Readonly<Record<string, string>> = {
  default: 'default',
  override: 'worked out at start',
  'environment variable': 'environment variable',
  'configuration file': 'configuration file',
  'command line': 'command line',
  global: 'ALTER ROLE ALL',
  database: 'ALTER DATABASE',
};
const CHOSEN = new Set(['environment variable', 'configuration file', 'command line', 'global', 'database']);
/** Our session asked for it, or our role did. */
const OURS = new Set(['client', 'user', 'database user', 'session']);

function isCovered({ name, source }: SettingFact): boolean {
  return OURS.has(source) || name === 'search_path' || name === 'client_encoding';
}

function asShown({ setting, unit, source, sourceFile, sourceLine }: SettingFact): Effective {
  const place = sourceFile !== null && sourceLine !== null ? { file: sourceFile, line: sourceLine } : null;
  return {
    text: setting,
    shown: withUnit(setting, unit),
    source: place === null ? (SOURCES[source] ?? source) : placeName(place),
    place,
    isChosen: CHOSEN.has(source),
  };
}

function placeOf({ file, line }: FilePlace): FilePlace {
  return { file, line };
}
