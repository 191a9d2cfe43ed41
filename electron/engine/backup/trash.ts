import { lstat, readdir, readFile, realpath, rmdir, unlink } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { EngineError, throwIfAborted } from '#engine/errors.ts';
import { syncPath } from './folder-sync.ts';
import {
  DATA_FILE,
  DATA_FOLDER,
  GLOBALS_FILE,
  LOG_FILE,
  type Manifest,
  MANIFEST_FILE,
  readManifest,
} from './manifest.ts';
import { MANIFEST_TEMPORARY, writeManifest } from './manifest-file.ts';

export interface TrashedBackup {
  /** Of the location; it may be a link itself, nothing below it may. */
  readonly location: string;
  readonly folder: string;
  readonly manifest: Manifest;
}

export interface Emptied {
  /** The folder is gone too; it stays where something else lies in it. */
  readonly isGone: boolean;
  /** Names in the folder that are none of the backup's and were left alone. */
  readonly left: readonly string[];
  readonly freedBytes: number;
}

/**
 * The tombstone: says in the manifest that the backup is deleted. Nothing else changes, so that it can be had back
 * until the trash is emptied.
 */
export async function moveToTrash(
  folder: string,
  manifest: Manifest,
  key: Uint8Array,
  at: Date,
): Promise<Manifest> {
  const trashed = { ...manifest, trashedAt: at.toISOString() };
  await writeManifest(folder, trashed, key);
  return trashed;
}

/**
 * Deletes a backup of the trash for good: the files that its manifest lists, by name, then its log and the manifest, then
 * the folder if nothing is left in it (reliability.md §4.6). Never recursive, never through a link; what somebody else
 * put there stays. Interrupted anywhere, it is finished by another call or by `sweepEmptied`. PLAN_REFUSED where the
 * manifest on the disk is not this one any more or says no tombstone; FILE_NOT_WRITABLE where the disk refuses.
 */
export async function emptyTrash(
  { location, folder, manifest }: TrashedBackup,
  key: Uint8Array,
  options: { readonly signal?: AbortSignal | undefined },
): Promise<Emptied> {
  await assertInside(location, folder);
  await assertTrashed(folder, manifest, key);
  let freedBytes = 0;
  const remove = async (name: string): Promise<void> => {
    throwIfAborted(options.signal);
    freedBytes += await unlinkFile(join(folder, name));
  };
  const data = manifest.files.map(({ name }) => name).filter(isName);
  for (const name of data.filter((one) => one !== LOG_FILE)) await remove(name);
  if (data.some((name) => name.startsWith(`${DATA_FOLDER}/`))) await removeIfEmpty(join(folder, DATA_FOLDER));
  // The disk must have forgotten the data before it forgets what says whose they are.
  await syncPath(folder);
  for (const name of [LOG_FILE, MANIFEST_TEMPORARY, MANIFEST_FILE]) await remove(name);
  const isGone = await removeIfEmpty(folder);
  return { isGone, left: isGone ? [] : await readdir(folder), freedBytes };
}

/**
 * Removes the folders of backups that are empty: what a crash between the last file and the folder leaves. A folder with
 * anything in it stays.
 */
export async function sweepEmptied(databaseFolder: string): Promise<void> {
  for (const entry of await readdir(databaseFolder, { withFileTypes: true }).catch(() => []))
    if (entry.isDirectory() && BACKUP_FOLDER.test(entry.name))
      await removeIfEmpty(join(databaseFolder, entry.name));
}

/** `<UTC>-<seq>-<random>`, as `create.ts` names them. */
const BACKUP_FOLDER = /^\d{8}T\d{6}Z-\d{6,}-[0-9a-f]+$/;

/** A manifest is signed, yet names are taken only as PgVitals makes them: nothing else can ever be meant. */
function isName(name: string): boolean {
  const inside = name.startsWith(`${DATA_FOLDER}/`) ? name.slice(DATA_FOLDER.length + 1) : null;
  if (inside !== null) return /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(inside);
  return name === DATA_FILE || name === GLOBALS_FILE || name === LOG_FILE;
}

/** LOCATION_UNAVAILABLE where the drive is not there; PLAN_REFUSED where a link leads elsewhere. */
async function assertInside(location: string, folder: string): Promise<void> {
  const root = await realpath(location).catch((cause: unknown) => {
    throw new EngineError(
      'LOCATION_UNAVAILABLE',
      `${location} cannot be used now.`,
      'Connect the drive, then try again.',
      { cause },
    );
  });
  const below = relative(location, folder);
  const actual = await realpath(folder).catch(() => null);
  if (actual !== null && below !== '' && !below.startsWith('..') && actual === join(root, below)) return;
  throw new EngineError(
    'PLAN_REFUSED',
    actual === null
      ? `${folder} is not there any more.`
      : `${folder} is not the folder of a backup: it lies elsewhere, or a link leads to it.`,
    'Read the list again.',
  );
}

/** Between the decision and now it may have been taken out of the trash, or replaced. */
async function assertTrashed(folder: string, { id }: Manifest, key: Uint8Array): Promise<void> {
  const path = join(folder, MANIFEST_FILE);
  const status = await lstat(path).catch(() => null);
  const text = status?.isFile() ? await readFile(path, 'utf8').catch(() => '') : '';
  const { manifest, refusal } = readManifest(text, key);
  if (refusal === null && manifest?.id === id && manifest.trashedAt !== null) return;
  throw new EngineError(
    'PLAN_REFUSED',
    `${folder} holds no backup of the trash.`,
    'Read the list again; what is there was left alone.',
  );
}

/** Bytes that it freed; 0 where it is gone already or is no file. */
async function unlinkFile(path: string): Promise<number> {
  try {
    const parent = await lstat(join(path, '..'));
    const status = await lstat(path);
    if (!parent.isDirectory() || !status.isFile()) return 0;
    await unlink(path);
    return status.size;
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return 0;
    throw new EngineError(
      'FILE_NOT_WRITABLE',
      `${path} could not be deleted (${codeOf(cause)}).`,
      'Look after the rights of its folder, then empty the trash again.',
      { cause },
    );
  }
}

/** Whether it is gone; a link is no folder, and one that holds something stays. */
async function removeIfEmpty(folder: string): Promise<boolean> {
  const status = await lstat(folder).catch(() => null);
  if (status === null) return true;
  if (!status.isDirectory()) return false;
  return rmdir(folder).then(
    () => true,
    () => false,
  );
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
