import { posix, win32 } from 'node:path';

/** Where clients may lie. `*` in a part of the path stands for any text. */
export interface Place {
  readonly pattern: string;
  /** "Debian package", "PATH". */
  readonly origin: string;
}

/** Lists the names in a folder; an empty list where there is none. */
export type ListFolder = (folder: string) => Promise<readonly string[]>;

export interface Folder {
  readonly path: string;
  readonly origin: string;
}

/** The places of a platform, the chosen folder first, then PATH, then where installers put things. */
export function placesOf(
  platform: NodeJS.Platform,
  environment: NodeJS.ProcessEnv,
  chosenFolder: string | null,
): Place[] {
  const { delimiter, isAbsolute } = pathOf(platform);
  const path = (environment[platform === 'win32' ? 'Path' : 'PATH'] ?? environment['PATH'] ?? '').split(
    delimiter,
  );
  return [
    ...(chosenFolder === null ? [] : [{ pattern: escape(chosenFolder), origin: CHOSEN }]),
    // Never the working directory: whoever could write into it would choose the program.
    ...path.filter((part) => isAbsolute(part)).map((part) => ({ pattern: escape(part), origin: 'PATH' })),
    ...installersOf(platform, environment),
  ];
}

export const CHOSEN = 'chosen by you';
/** The end of a sentence about a client that is missing. */
export const HOW_TO_CHOOSE =
  'choose its folder: under “Rules and places…” of the page Backups, or by --client-dir on the command line';

/** The folders that are there, in the order of the places; those of one place by falling name. */
export async function foldersOf(
  places: readonly Place[],
  platform: NodeJS.Platform,
  list: ListFolder,
): Promise<Folder[]> {
  const found = await Promise.all(
    places.map(async ({ pattern, origin }) =>
      (await expand(pattern, platform, list)).map((path) => ({ path: unescape(path), origin })),
    ),
  );
  return found.flat();
}

export function pathOf(platform: NodeJS.Platform): typeof posix {
  return platform === 'win32' ? win32 : posix;
}

function installersOf(platform: NodeJS.Platform, environment: NodeJS.ProcessEnv): readonly Place[] {
  if (platform === 'darwin') return DARWIN;
  if (platform !== 'win32') return LINUX;
  const roots = new Set(
    ['ProgramFiles', 'ProgramW6432', 'ProgramFiles(x86)'].map((name) => environment[name]).filter(Boolean),
  );
  return [...(roots.size === 0 ? ['C:\\Program Files'] : roots)].flatMap((root) => [
    { pattern: `${root}\\PostgreSQL\\*\\bin`, origin: 'PostgreSQL installer' },
    { pattern: `${root}\\pgAdmin 4\\runtime`, origin: 'pgAdmin 4' },
  ]);
}

const LINUX: readonly Place[] = [
  { pattern: '/usr/lib/postgresql/*/bin', origin: 'Debian package' },
  { pattern: '/usr/pgsql-*/bin', origin: 'RPM package' },
  { pattern: '/usr/bin', origin: 'system' },
  { pattern: '/usr/local/bin', origin: 'local installation' },
  { pattern: '/usr/local/pgsql/bin', origin: 'local installation' },
  { pattern: '/usr/lib/postgresql*/bin', origin: 'SUSE package' },
  { pattern: '/usr/libexec/postgresql*', origin: 'Alpine package' },
  { pattern: '/home/linuxbrew/.linuxbrew/opt/postgresql@*/bin', origin: 'Homebrew' },
  { pattern: '/home/linuxbrew/.linuxbrew/opt/libpq/bin', origin: 'Homebrew' },
];

// An app that Finder starts has a PATH without Homebrew's folders.
const DARWIN: readonly Place[] = [
  ...['/opt/homebrew', '/usr/local'].flatMap((root) => [
    { pattern: `${root}/opt/postgresql@*/bin`, origin: 'Homebrew' },
    { pattern: `${root}/opt/postgresql/bin`, origin: 'Homebrew' },
    { pattern: `${root}/opt/libpq/bin`, origin: 'Homebrew' },
    { pattern: `${root}/bin`, origin: 'Homebrew' },
  ]),
  { pattern: '/Applications/Postgres.app/Contents/Versions/*/bin', origin: 'Postgres.app' },
  { pattern: '/Library/PostgreSQL/*/bin', origin: 'PostgreSQL installer' },
  { pattern: '/opt/local/lib/postgresql*/bin', origin: 'MacPorts' },
  { pattern: '/Applications/pgAdmin 4.app/Contents/SharedSupport', origin: 'pgAdmin 4' },
];

/** Lists only where there is a `*`; what has none is taken as it is, and found missing when a program is looked for. */
async function expand(pattern: string, platform: NodeJS.Platform, list: ListFolder): Promise<string[]> {
  const { sep } = pathOf(platform);
  const parts = pattern.split(sep);
  const at = parts.findIndex((part) => part.includes('*'));
  if (at < 0) return [pattern];
  const [before = '', after = ''] = (parts[at] ?? '').split('*');
  const parent = parts.slice(0, at).join(sep);
  const names = (await list(unescape(parent) || sep))
    .filter(
      (name) => name.length > before.length + after.length && name.startsWith(before) && name.endsWith(after),
    )
    .toSorted((a, b) => b.localeCompare(a, 'en', { numeric: true }));
  const rest = parts.slice(at + 1);
  return (
    await Promise.all(names.map((name) => expand([parent, escape(name), ...rest].join(sep), platform, list)))
  ).flat();
}

/** A folder of the user may have a `*` in its name; no path has a zero byte. */
function escape(path: string): string {
  return path.replaceAll('*', '\0');
}

function unescape(path: string): string {
  return path.replaceAll('\0', '*');
}
