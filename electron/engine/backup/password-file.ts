import { randomBytes } from 'node:crypto';
import { lstat, mkdir, readdir, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isSameProcess, processStart } from '#engine/embedded/process-identity.ts';
import { EngineError } from '#engine/errors.ts';
import type { Secret } from '#engine/secret.ts';

export interface ChildPassword {
  /** For the environment of the child. */
  readonly variables: Readonly<Record<string, string>>;
  remove(): Promise<void>;
}

/**
 * Hands a password to a libpq program: a password file that only this user can read, or PGPASSWORD for one with a line
 * break, which a file cannot hold (reliability.md §4.4). Without a password the child is told of a file that is not there,
 * so that ~/.pgpass has no say; libpq warns of anything else that is no plain file.
 */
export async function passwordForChild(password: Secret | null): Promise<ChildPassword> {
  const none = { PGPASSFILE: process.platform === 'win32' ? 'NUL\\none' : '/nonexistent/pgpass' };
  const text = password?.reveal() ?? '';
  if (text === '') return { variables: none, remove: async () => undefined };
  if (/[\r\n]/.test(text)) return { variables: { ...none, PGPASSWORD: text }, remove: async () => undefined };
  const { path, remove } = await privateFile(`*:*:*:*:${text.replace(/[\\:]/g, '\\$&')}\n`);
  return { variables: { PGPASSFILE: path }, remove };
}

/** A file for a child to read, in the folder that is swept at each start. */
export async function privateFile(
  content: string,
): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const path = join(await ownFolder(), `${await owner()}-${randomBytes(8).toString('hex')}`);
  await writeFile(path, content, { mode: 0o600, flag: 'wx' });
  return { path, remove: async () => unlink(path).catch(() => undefined) };
}

/** Removes what processes that are gone left behind. */
export async function sweepPasswordFiles(): Promise<void> {
  const folder = await ownFolder();
  for (const name of await readdir(folder)) {
    const [, pid, start = ''] = /^(\d+)-([0-9a-f]*)-[0-9a-f]+$/.exec(name) ?? [];
    if (pid === undefined) continue;
    const isAlive = await isSameProcess(Number(pid), Buffer.from(start, 'hex').toString() || null);
    if (!isAlive) await unlink(join(folder, name)).catch(() => undefined);
  }
}

/** This process as part of a file name. The start tells it from a later process with its number. */
async function owner(): Promise<string> {
  return `${process.pid}-${Buffer.from((await processStart(process.pid)) ?? '').toString('hex')}`;
}

/** A folder that nobody else can enter; one that somebody else put there is refused. */
async function ownFolder(): Promise<string> {
  const uid = process.getuid?.() ?? null;
  const runtime = process.env['XDG_RUNTIME_DIR'];
  const folder = join(runtime?.startsWith('/') ? runtime : tmpdir(), `pgvitals-${uid ?? 'user'}`);
  await mkdir(folder, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  const status = await lstat(folder);
  const isOurs =
    status.isDirectory() && (uid === null || (status.uid === uid && (status.mode & 0o077) === 0));
  if (!isOurs)
    throw new EngineError(
      'FILE_NOT_WRITABLE',
      `The folder ${folder} is not private: somebody else made it, or others can enter it.`,
      'Remove it, then try again.',
    );
  return folder;
}
