import { chown, lstat, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Account } from './account.ts';
import { isSameProcess, mentions, processStart, runEnvironment } from './process-identity.ts';

const SERVER_PREFIX = 'pgvitals-server-';
const MARKER = 'owner.json';

interface Owner {
  readonly pid: number;
  /** Tells a process from a later one with the same pid; null where the platform offers nothing cheap. */
  readonly start: string | null;
  readonly host: string;
  readonly boot: string | null;
  readonly pidNamespace: string | null;
}

/** A new directory, marked as ours and closed to others. Belongs to `account`, so that its watchdog may remove it. */
export async function createBaseDirectory(account: Account | null, prefix = SERVER_PREFIX): Promise<string> {
  const base = await mkdtemp(join(tmpdir(), prefix));
  const owner: Owner = {
    pid: process.pid,
    start: await processStart(process.pid),
    host: hostname(),
    ...(await runEnvironment()),
  };
  await writeFile(join(base, MARKER), JSON.stringify(owner), { mode: 0o644 });
  if (account) await chown(base, account.uid, account.gid);
  return base;
}

export async function removeDirectory(path: string): Promise<void> {
  // Windows refuses to delete a file that a closing server still holds.
  await rm(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
}

/**
 * Ends the servers (or what `stop` ends) and removes the directories of earlier runs whose owner died together with its watchdog.
 * Touches only directories that carry our marker, written by this user, about a process that is provably gone.
 */
export async function sweepStaleDirectories(
  prefix = SERVER_PREFIX,
  stop: (base: string) => Promise<void> = (base) => stopOrphan(join(base, 'data')),
): Promise<readonly string[]> {
  const parent = tmpdir();
  const names = (await readdir(parent).catch(() => [])).filter((name) => name.startsWith(prefix));
  const swept: string[] = [];
  for (const base of names.map((name) => join(parent, name))) {
    const owner = await readOwner(join(base, MARKER));
    if (!owner || !(await isGone(owner))) continue;
    await stop(base);
    await removeDirectory(base).catch(() => undefined);
    swept.push(base);
  }
  return swept;
}

async function readOwner(path: string): Promise<Owner | null> {
  try {
    const stat = await lstat(path);
    // Another account could plant a directory of this name; it can't plant a file that belongs to us.
    const isOurs = process.getuid === undefined || stat.uid === process.getuid();
    if (!stat.isFile() || stat.nlink !== 1 || !isOurs) return null;
    const owner = JSON.parse(await readFile(path, 'utf8')) as Partial<Owner>;
    if (!Number.isSafeInteger(owner.pid) || typeof owner.host !== 'string') return null;
    return {
      pid: Number(owner.pid),
      host: owner.host,
      start: owner.start ?? null,
      boot: owner.boot ?? null,
      pidNamespace: owner.pidNamespace ?? null,
    };
  } catch {
    return null;
  }
}

async function isGone(owner: Owner): Promise<boolean> {
  if (owner.host !== hostname()) return false;
  const here = await runEnvironment();
  if (owner.boot !== here.boot) return true;
  // Containers may share the temporary folder without seeing each other's processes.
  if (owner.pidNamespace !== here.pidNamespace) return false;
  return !(await isSameProcess(owner.pid, owner.start));
}

async function stopOrphan(dataDir: string): Promise<void> {
  const pidFile = await readFile(join(dataDir, 'postmaster.pid'), 'utf8').catch(() => '');
  const pid = Number.parseInt(pidFile, 10);
  // The pid may long belong to something else: only a process started on this very directory is the server.
  if (!(pid > 1) || !(await mentions(pid, dataDir))) return;
  process.kill(pid, 'SIGQUIT');
  for (let waitedMs = 0; waitedMs < 5_000 && (await mentions(pid, dataDir)); waitedMs += 50) await delay(50);
}
