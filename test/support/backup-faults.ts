import { createHash } from 'node:crypto';
import { readdir, readFile, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { BackupFile, BackupJob } from '#shared/model/backup.ts';
import type { Backing } from './backups.ts';
import { query, type TestDatabase, urlOf } from './postgres.ts';

/** What no fault may touch, as it was before. */
export interface Unharmed {
  readonly database: TestDatabase;
  /** Folders of backups that were there before, with their files. */
  readonly older: readonly { readonly folder: string; readonly files: readonly BackupFile[] }[];
  readonly sourceHash: string;
  readonly location: string;
  /** `XDG_RUNTIME_DIR`. */
  readonly runtime: string;
  readonly secrets: readonly string[];
}

export async function sourceHashOf(database: TestDatabase): Promise<string> {
  const [row] = await database.query<{ hash: string }>(
    `SELECT (SELECT sum(hashtextextended(t::text, 0)::numeric) FROM orders t) || '/' || (SELECT sum(hashtextextended(t::text, 0)::numeric) FROM customers t) AS hash`,
  );
  return row?.hash ?? '';
}

/** A job that failed (or was cancelled) told why and left nothing behind, anywhere (reliability.md §2, oracle). */
export async function expectNothingLeft(
  job: BackupJob,
  before: Unharmed,
  told: { readonly message: RegExp; readonly nextStep: RegExp } | 'cancelled',
): Promise<void> {
  if (told === 'cancelled') {
    expect([job.outcome, job.error]).toEqual(['cancelled', null]);
  } else {
    expect(job.outcome).toBe('failed');
    expect(job.error?.message).toMatch(told.message);
    expect(job.error?.nextStep).toMatch(told.nextStep);
  }
  expect(job.backupId).toBeNull();
  for (const secret of before.secrets) expect(JSON.stringify(job)).not.toContain(secret);
  await expectClean(job.id, before);
}

/** Nothing of this job is left: no folder, password file, process or session; what was there before is as it was. */
export async function expectClean(jobId: string, before: Unharmed): Promise<void> {
  expect(await foldersOf(before.location)).toEqual(before.older.map(({ folder }) => folder).toSorted());
  expect(await passwordFiles(before.runtime)).toEqual([]);
  expect(await processesOf(jobId)).toEqual([]);
  expect((await openFiles()).filter((path) => path.startsWith(before.location))).toEqual([]);
  await expect.poll(() => sessionsOf(before.database, jobId), { timeout: 10_000 }).toEqual([]);
  for (const { folder, files } of before.older)
    for (const { name, sha256 } of files)
      expect([name, await sha256Of(join(folder, name))]).toEqual([name, sha256]);
  expect(await sourceHashOf(before.database)).toBe(before.sourceHash);
}

/** Every folder of a backup, finished or not, in a location. */
export async function foldersOf(location: string): Promise<string[]> {
  const entries = await readdir(location, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory() && /^\d{8}T\d{6}Z-/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}

/** Of this process, also those that have been removed. */
async function openFiles(): Promise<string[]> {
  const links = (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => ''));
  return Promise.all(links);
}

export async function passwordFiles(runtime: string): Promise<string[]> {
  return readdir(join(runtime, `pgvitals-${process.getuid?.()}`)).catch(() => []);
}

/** Command lines of all processes, every 20 ms until the signal. */
export async function watchCommandLines(signal: AbortSignal): Promise<string[]> {
  const seen = new Set<string>();
  while (!signal.aborted) {
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
    const lines = pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''));
    for (const line of await Promise.all(lines)) seen.add(line);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return [...seen];
}

/** Files below a folder that hold the text. */
export async function filesWith(folder: string, text: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const found = await Promise.all(
    paths.map(async (path) => ((await readFile(path)).includes(text) ? [path] : [])),
  );
  return found.flat();
}

/** Pids of the clients of a job; each has its name in the connection string. */
export async function processesOf(jobId: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      return line.includes(`pgvitals/backup:${jobId}`) ? [Number(pid)] : [];
    }),
  );
  return found.flat();
}

export async function sessionsOf(
  { server }: TestDatabase,
  jobId: string,
): Promise<{ pid: number; application_name: string }[]> {
  return query(
    urlOf(server, 'postgres'),
    'SELECT pid, application_name FROM pg_catalog.pg_stat_activity WHERE application_name LIKE $1',
    [`%${jobId}`],
  );
}

/** Settles when pg_dump of this job has written so much; tells its pid and where it writes. */
export async function dumping(
  location: string,
  jobId: string,
  bytes: number,
): Promise<{ readonly pid: number; readonly folder: string }> {
  for (const untilMs = performance.now() + 20_000; performance.now() < untilMs; await pause()) {
    const folder = (await foldersOf(location)).find((path) => path.endsWith('.partial'));
    if (folder === undefined) continue;
    const size =
      bytes === 0
        ? 0
        : await stat(join(folder, 'data.dump')).then(
            (status) => status.size,
            () => -1,
          );
    if (size < bytes) continue;
    const [pid] = await processesOf(jobId);
    if (pid !== undefined) return { pid, folder };
  }
  throw new Error('pg_dump did not come so far');
}

/** Starts a backup and hands out its id while it runs. */
export async function start(
  { engine, connectionId }: Pick<Backing, 'engine' | 'connectionId'>,
  request: Partial<Parameters<Backing['engine']['backups']['create']>[1]> = {},
): Promise<string> {
  const plain = {
    shape: 'default',
    scope: { kind: 'database' },
    locationId: null,
    comparesSource: false,
    note: '',
  } as const;
  return (await engine.backups.create(connectionId, { ...plain, ...request })).jobId;
}

async function sha256Of(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 2));
}
