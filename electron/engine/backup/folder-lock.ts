import { constants, closeSync, lstatSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { formatInstant } from '#shared/model/format.ts';
import { EngineError } from '#engine/errors.ts';

/**
 * What is done to the backups of a folder. `read` lets others read and add, `add` lets others read, `remove` lets nobody
 * else in: a backup is not deleted while somebody restores it, nor the last two by two who each saw the other one stay.
 */
export type FolderUse = 'read' | 'add' | 'remove';

const LOCK_FILE = '.pgvitals-lock';
const HOLDER_FILE = '.pgvitals-lock.json';
const SQLITE_BUSY = 5;
const BEGIN: Readonly<Record<FolderUse, string>> = {
  read: 'BEGIN; SELECT count(*) FROM sqlite_schema',
  add: 'BEGIN IMMEDIATE',
  remove: 'BEGIN EXCLUSIVE',
};

/**
 * Takes the folder of a database's backups until the returned function is called, or this process ends: the lock is the
 * operating system's (SQLite takes it on an empty file), so a crash leaves none, and other containers and machines see it
 * wherever the drive passes locks on. JOB_RUNNING, with who has it, where it is taken. A drive that knows no locks, or
 * may not be written to, stops nobody.
 */
export function lockFolder(folder: string, use: FolderUse, doing: string): () => void {
  const lock = take(folder, use);
  if (lock === 'taken') throw taken(folder);
  if (lock === 'no locks here') return () => undefined;
  const words = JSON.stringify({
    host: hostname(),
    pid: process.pid,
    since: new Date().toISOString(),
    doing,
  } satisfies Holder);
  const path = join(folder, HOLDER_FILE);
  // On a disk that is full, of all things, backups must still be deleted: the name is for others to read, no more.
  unlessRefused(() => writeFileSync(path, words, { mode: 0o600 }));
  return () => {
    // Only our own: another reader may have written who it is.
    if (textOf(path) === words) unlessRefused(() => rmSync(path, { force: true }));
    lock.close();
  };
}

/** All of these folders or none, each once. */
export function lockFolders(folders: readonly string[], use: FolderUse, doing: string): () => void {
  const releases: (() => void)[] = [];
  const release = (): void => {
    for (const one of releases.splice(0)) one();
  };
  try {
    for (const folder of new Set(folders)) releases.push(lockFolder(folder, use, doing));
  } catch (error) {
    release();
    throw error;
  }
  return release;
}

/** Whether somebody makes or deletes backups there now. */
export function isFolderTaken(folder: string): boolean {
  const lock = take(folder, 'add');
  if (typeof lock === 'object') lock.close();
  return lock === 'taken';
}

function take(folder: string, use: FolderUse): DatabaseSync | 'taken' | 'no locks here' {
  const path = join(folder, LOCK_FILE);
  if (!isLockable(path)) return 'no locks here';
  let file: DatabaseSync | null = null;
  try {
    file = new DatabaseSync(path, { timeout: 0 });
    file.exec(BEGIN[use]);
    return file;
  } catch (error) {
    file?.close();
    const isBusy = error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY;
    return isBusy ? 'taken' : 'no locks here';
  }
}

/**
 * Makes the file where it is missing. Never opens one that is there: closing any descriptor of it would drop the locks that
 * this process holds on it. A link is not followed.
 */
function isLockable(path: string): boolean {
  try {
    closeSync(openSync(path, constants.O_CREAT | constants.O_EXCL | constants.O_RDWR, 0o600));
    return true;
  } catch {
    return lstatSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
  }
}

const holder = z.object({ host: z.string(), pid: z.int(), since: z.iso.datetime(), doing: z.string() });
type Holder = z.infer<typeof holder>;

function taken(folder: string): EngineError {
  return new EngineError(
    'JOB_RUNNING',
    `PgVitals works on the backups in ${folder} already${whoHas(folder)}.`,
    'Wait until that is over, or cancel it there; then try again.',
  );
}

/** Empty where nobody has written it, as in the moment after a lock is taken. */
function whoHas(folder: string): string {
  try {
    const { host, pid, since, doing } = holder.parse(JSON.parse(textOf(join(folder, HOLDER_FILE))));
    return `: ${doing}, on ${host}, pid ${pid}, since ${formatInstant(since)}`;
  } catch {
    return '';
  }
}

function unlessRefused(work: () => void): void {
  try {
    work();
  } catch {
    // The lock is held all the same.
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
