import { execFile } from 'node:child_process';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** When a process started, as an opaque token; null for a process that is gone, or where there is no cheap way. */
export async function processStart(pid: number): Promise<string | null> {
  if (process.platform === 'linux') return (await linuxStat(pid))?.start ?? null;
  if (process.platform === 'win32') return null;
  return ps(pid, 'lstart=');
}

/** Whether the process that had this start token is still running. Zombies are not. Unsure counts as running. */
export async function isSameProcess(pid: number, start: string | null): Promise<boolean> {
  if (!isRunning(pid)) return false;
  if (process.platform === 'linux') {
    const stat = await linuxStat(pid);
    if (!stat || stat.state === 'Z') return false;
    return start === null || stat.start === start;
  }
  const now = await processStart(pid);
  return start === null || now === null || now === start;
}

/** Whether the process runs and has `text` in its command line. */
export async function mentions(pid: number, text: string): Promise<boolean> {
  if (process.platform === 'win32') return false;
  if (process.platform === 'linux') {
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).includes(text);
  }
  return (await ps(pid, 'command='))?.includes(text) ?? false;
}

/** Pids of all processes that have `text` in their command line, this one apart; none on Windows. */
export async function processesMentioning(text: string): Promise<number[]> {
  if (process.platform === 'win32') return [];
  if (process.platform !== 'linux') {
    const answer = await run('ps', ['-axo', 'pid=,command=']).catch(() => null);
    const lines = answer?.stdout.split('\n').filter((line) => line.includes(text)) ?? [];
    return lines.map((line) => Number.parseInt(line, 10)).filter((pid) => pid !== process.pid);
  }
  const pids = (await readdir('/proc')).map(Number).filter((pid) => pid > 0 && pid !== process.pid);
  const found = await Promise.all(pids.map(async (pid) => ((await mentions(pid, text)) ? [pid] : [])));
  return found.flat();
}

/** What a pid is relative to: pids of another boot or another namespace mean nothing here. */
export async function runEnvironment(): Promise<{ boot: string | null; pidNamespace: string | null }> {
  const [boot, pidNamespace] = await Promise.all([
    readFile('/proc/sys/kernel/random/boot_id', 'utf8').then(
      (id) => id.trim(),
      () => null,
    ),
    readlink('/proc/self/ns/pid').catch(() => null),
  ]);
  return { boot, pidNamespace };
}

/** Whether a process has this pid now, whoever's; a zombie counts. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Fields 3 and 22 of proc(5) stat; the second field, the name, may itself contain blanks and parentheses. */
async function linuxStat(pid: number): Promise<{ state: string; start: string } | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const state = fields[0];
  const start = fields[19];
  return state && start ? { state, start } : null;
}

async function ps(pid: number, column: string): Promise<string | null> {
  const answer = await run('ps', ['-o', column, '-p', String(pid)]).catch(() => null);
  return answer?.stdout.trim() || null;
}
