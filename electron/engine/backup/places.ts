import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { access, lstat, mkdir, readdir, realpath, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { isAbsolute, join, relative, sep } from 'node:path';
import { z } from 'zod';
import type { BackupLocation } from '#shared/model/backup.ts';
import { isRunning } from '#engine/embedded/process-identity.ts';
import { EngineError } from '#engine/errors.ts';
import type { BackupStore } from '#engine/store/backups.ts';
import type { DatabaseIdentity } from '#engine/store/identity.ts';
import type { ProfileStore } from '#engine/store/profiles.ts';

/** Where backups are kept, and the key by which this installation knows its own. */
export interface Places {
  readonly key: Uint8Array;
  readonly instanceId: string;
  /** Backups are gone when PgVitals ends: nothing is kept on this host. */
  readonly isFleeting: boolean;
  list(): Promise<readonly BackupLocation[]>;
  /** BAD_INPUT where it is no folder that can be written to. */
  add(path: string): Promise<BackupLocation>;
  remove(id: string): void;
  /** LOCATION_UNAVAILABLE where it cannot be used now; null takes the default one. */
  usable(id: string | null): Promise<BackupLocation>;
  close(): void;
}

const TOPIC = 'backup-locations';
/** What belongs to the installation, not to one database. */
export const INSTALLATION: DatabaseIdentity = { key: 'installation', label: 'installation' };
const paths = z.array(z.string());

export function openPlaces(
  dataDir: string | null,
  profiles: ProfileStore,
  store: Pick<BackupStore, 'knows' | 'forgetPlace'>,
): Places {
  const { key, root, isFleeting } = dataDir === null ? fleeting() : kept(dataDir);
  const extra = (): readonly string[] => profiles.read(INSTALLATION, TOPIC, paths) ?? [];
  const extraAt = async (path: string): Promise<BackupLocation> => {
    const location = await locationAt(path, false);
    const isLost = location.unavailable === null && store.knows(location.id) && (await isEmpty(path));
    return isLost ? { ...location, unavailable: EMPTIED, freeBytes: null } : location;
  };
  const list = (): Promise<BackupLocation[]> => {
    if (isFleeting && !existsSync(root)) {
      sweepFleeting();
      mkdirSync(root, { recursive: true, mode: 0o700 });
    }
    return Promise.all([
      locationAt(root, true),
      ...extra()
        .filter((path) => path !== root)
        .map(extraAt),
    ]);
  };
  return {
    key,
    instanceId: createHash('sha256').update(key).digest('hex').slice(0, 16),
    isFleeting,
    list,
    add: async (path) => {
      const location = await (path === root ? locationAt(path, true) : extraAt(path));
      if (!isAbsolute(path) || location.unavailable !== null)
        throw new EngineError(
          'BAD_INPUT',
          `${path} cannot hold backups: ${location.unavailable ?? 'it is no absolute path'}.`,
          'Choose a folder that exists and that you can write to.',
        );
      if (path !== root && !extra().includes(path)) profiles.write(INSTALLATION, TOPIC, [...extra(), path]);
      return location;
    },
    remove: (id) => {
      const others = extra().filter((path) => idOf(path) !== id);
      if (others.length === extra().length) return;
      profiles.write(INSTALLATION, TOPIC, others);
      store.forgetPlace(id);
    },
    usable: async (id) => {
      const all = await list();
      const location = all.find((one) => (id === null ? one.isDefault : one.id === id));
      if (!location)
        throw new EngineError('NOT_FOUND', 'This location is not known any more.', 'Choose another one.');
      if (location.unavailable !== null)
        throw new EngineError(
          'LOCATION_UNAVAILABLE',
          `${location.path} cannot be used: ${location.unavailable}.`,
          location.unavailable === EMPTIED
            ? 'Connect the drive. If you emptied it yourself, forget this place and add it again.'
            : 'Connect the drive or mend its rights, or choose another location.',
        );
      return location;
    },
    close: () => {
      if (isFleeting) rmSync(root, { recursive: true, force: true });
    },
  };
}

/** The folder that one server's backups share: its identifier, or a digest of its address where that is hidden. */
export function serverFolder({ key, label }: DatabaseIdentity): string {
  const identifier = /^(\d+)\/\d+$/.exec(key)?.[1];
  return (
    identifier ??
    `at-${createHash('sha256')
      .update(label.replace(/^.* on /s, ''))
      .digest('hex')
      .slice(0, 16)}`
  );
}

/** For eyes only; the true name stands in the manifest. */
export function slugOf(database: string): string {
  const slug = database
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 32);
  return slug === '' ? 'database' : slug;
}

/**
 * Makes a folder inside a location, private and new: LOCATION_UNAVAILABLE where a part of the way is a link or somebody
 * put something there, so that nothing is ever written elsewhere.
 */
export async function makeFolder(location: string, parts: readonly string[]): Promise<string> {
  let folder = await realpath(location);
  for (const [at, part] of parts.entries()) {
    folder = join(folder, part);
    const isLeaf = at === parts.length - 1;
    try {
      await mkdir(folder, { mode: 0o700 });
    } catch (cause) {
      if (isLeaf || !(cause instanceof Error && 'code' in cause && cause.code === 'EEXIST'))
        throw blocked(folder, cause);
    }
    const status = await lstat(folder);
    if (!status.isDirectory()) throw blocked(folder, null);
  }
  return folder;
}

/** Whether a path lies in a folder, by names: "/a-b" is not inside "/a". */
export function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

function blocked(folder: string, cause: unknown): EngineError {
  const code = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : '';
  return new EngineError(
    'LOCATION_UNAVAILABLE',
    `The folder ${folder} could not be made${code}: something else is in its place, or it may not be written.`,
    'Look at what is there, or choose another location.',
    { cause },
  );
}

async function locationAt(path: string, isDefault: boolean): Promise<BackupLocation> {
  const base = { id: idOf(path), path, isDefault };
  try {
    const status = await lstat(path);
    const isFolder =
      status.isDirectory() || (status.isSymbolicLink() && (await lstat(await realpath(path))).isDirectory());
    if (!isFolder) return { ...base, unavailable: 'it is not a folder', freeBytes: null };
    const { bavail, bsize } = await statfs(path);
    const freeBytes = bavail * bsize;
    await access(path, constants.W_OK | constants.X_OK);
    return { ...base, unavailable: null, freeBytes };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    return { ...base, unavailable: WORDS[code] ?? `the system says ${code}`, freeBytes: null };
  }
}

/** What a drive leaves behind that is not mounted: a folder with nothing in it, on another disk. */
const EMPTIED = 'it is empty, though backups were made in it: its drive may not be mounted';

async function isEmpty(folder: string): Promise<boolean> {
  return (await readdir(folder).catch(() => [''])).length === 0;
}

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'it is not there',
  EACCES: 'you may not write to it',
  EROFS: 'it is read-only',
  ESTALE: 'the network drive does not answer',
  ENOTDIR: 'it is not a folder',
};

function idOf(path: string): string {
  return createHash('sha256').update(path).digest('hex').slice(0, 16);
}

function kept(dataDir: string): { key: Uint8Array; root: string; isFleeting: boolean } {
  const root = join(dataDir, 'backups');
  mkdirSync(root, { recursive: true, mode: 0o700 });
  const file = join(dataDir, 'backup.key');
  try {
    writeFileSync(file, randomBytes(32).toString('hex'), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  chmodSync(file, 0o600);
  return { key: Buffer.from(readFileSync(file, 'utf8').trim(), 'hex'), root, isFleeting: false };
}

/** Its folder is made when somebody looks for it: most processes that keep nothing make no backup either. */
function fleeting(): { key: Uint8Array; root: string; isFleeting: boolean } {
  const root = join(tmpdir(), `pgvitals-backups-${process.pid}-${randomBytes(6).toString('hex')}`);
  return { key: randomBytes(32), root, isFleeting: true };
}

/** What processes that were killed could not take with them; of this user alone, and never through a link. */
function sweepFleeting(): void {
  for (const name of readdirSync(tmpdir())) {
    const pid = Number(/^pgvitals-backups-(\d+)-[0-9a-f]{12}$/.exec(name)?.[1]);
    if (!(pid > 0) || isRunning(pid)) continue;
    const folder = join(tmpdir(), name);
    const status = lstatSync(folder, { throwIfNoEntry: false });
    const isOurs = status?.isDirectory() && status.uid === (process.getuid?.() ?? status.uid);
    if (isOurs) rmSync(folder, { recursive: true, force: true });
  }
}
