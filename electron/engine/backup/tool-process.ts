import { spawn, type ChildProcess } from 'node:child_process';
import { homedir, tmpdir } from 'node:os';
import type { Readable } from 'node:stream';
import { processStart } from '#engine/embedded/process-identity.ts';
import { EngineError } from '#engine/errors.ts';
import type { Secret } from '#engine/secret.ts';
import { passwordForChild } from './password-file.ts';
import { HOW_TO_CHOOSE } from './tools/places.ts';

export interface ToolRun {
  /** Absolute. */
  readonly path: string;
  readonly args: readonly string[];
  /** Of the server it connects to; null also where it connects to none. */
  readonly password: Secret | null;
  readonly signal: AbortSignal;
  /** One line of stderr, without line break; there may be thousands. */
  readonly onLine?: (line: string) => void;
  /** Reads all of stdout; without it, stdout goes nowhere. What it throws ends the tool. */
  readonly onOutput?: (output: Readable) => Promise<void>;
  /** Told before the tool can have done anything that would have to be cleaned up. */
  readonly onStart?: (child: { readonly pid: number; readonly start: string | null }) => void;
  /** Besides the few that every tool gets. */
  readonly environment?: Readonly<Record<string, string>>;
  /** How long it has to end by itself after SIGTERM; ten seconds where nothing is said (reliability.md §4.4). */
  readonly graceMs?: number;
}

/** How it ended: 0 is success as the tool sees it, null with a signal name where it was killed. */
export interface ToolEnd {
  readonly code: number | null;
  readonly killedBy: string | null;
  /** The last lines of stderr that are no progress, at most 20. */
  readonly errors: readonly string[];
}

const TERM_GRACE_MS = 10_000;
const MOST_STDERR_LINE = 4_096;

/**
 * Runs pg_dump, pg_restore or the like, without a shell and with an environment of its own: nothing of the user's PG*
 * variables, service files or ~/.pgpass reaches it. Files it makes are readable for this user only. An abort ends it
 * (SIGTERM, then SIGKILL) and rejects with CANCELLED; TOOL_MISSING where it cannot be started.
 */
export async function runTool(run: ToolRun): Promise<ToolEnd> {
  const password = await passwordForChild(run.password);
  try {
    return await runWith(run, password.variables);
  } finally {
    await password.remove();
  }
}

async function runWith(run: ToolRun, secrets: Readonly<Record<string, string>>): Promise<ToolEnd> {
  if (run.signal.aborted) throw new EngineError('CANCELLED', 'Cancelled.');
  const child = start(run, secrets);
  const exited = new Promise<{ code: number | null; killedBy: string | null }>((resolve, reject) => {
    child.once('error', (cause) => reject(notStarted(run.path, cause)));
    // A worker that outlives its leader would write on, and would hold the pipes that `close` waits for.
    child.once('exit', () => signalAll(child, 'SIGKILL'));
    child.once('close', (code, killedBy) => resolve({ code, killedBy }));
  });
  // Looked at again below; meanwhile a failure must not count as unhandled.
  exited.catch(() => undefined);
  let kill: NodeJS.Timeout | null = null;
  const end = (): void => {
    if (kill !== null) return;
    signalAll(child, 'SIGTERM');
    kill = setTimeout(() => signalAll(child, 'SIGKILL'), run.graceMs ?? TERM_GRACE_MS);
  };
  const errors: string[] = [];
  const isError = errorLines();
  const reading = readLines(child.stderr, (line) => {
    run.onLine?.(line);
    if (!isError(line)) return;
    errors.push(line);
    if (errors.length > 20) errors.shift();
  });
  reading.catch(end);
  run.signal.addEventListener('abort', end, { once: true });
  try {
    if (child.pid !== undefined) run.onStart?.({ pid: child.pid, start: await processStart(child.pid) });
    if (run.signal.aborted) end();
    if (run.onOutput && child.stdout) {
      await run.onOutput(child.stdout).catch((error: unknown) => {
        end();
        throw error;
      });
    }
    const { code, killedBy } = await exited;
    await reading;
    if (run.signal.aborted) throw new EngineError('CANCELLED', 'Cancelled.');
    return { code, killedBy, errors };
  } catch (error) {
    end();
    await exited.catch(() => undefined);
    throw run.signal.aborted ? new EngineError('CANCELLED', 'Cancelled.', null, { cause: error }) : error;
  } finally {
    run.signal.removeEventListener('abort', end);
    if (kill !== null) clearTimeout(kill);
  }
}

/** Tells the lines that say what went wrong, with those that go on with it, from the many of `--verbose`. */
function errorLines(): (line: string) => boolean {
  let isError = true;
  return (line) => {
    const message = /^pg_\w+(?:\.exe)?: (.*)/s.exec(line)?.[1];
    if (message !== undefined) isError = /^(error|warning|detail|hint|fatal)\b/.test(message);
    return isError;
  };
}

function start(run: ToolRun, secrets: Readonly<Record<string, string>>): ChildProcess {
  // Inherited by the child at its start, and nothing else of this process starts in between.
  const before = process.umask(0o077);
  try {
    return spawn(run.path, run.args, {
      shell: false,
      stdio: ['ignore', run.onOutput ? 'pipe' : 'ignore', 'pipe'],
      env: { ...baseEnvironment(), ...run.environment, ...secrets },
      windowsHide: true,
      // A group of its own: the workers of pg_dump --jobs can be ended with it. Windows has none, and no workers.
      detached: !isWindows,
    });
  } catch (cause) {
    throw notStarted(run.path, cause as NodeJS.ErrnoException);
  } finally {
    process.umask(before);
  }
}

function signalAll(child: ChildProcess, signal: NodeJS.Signals): void {
  if (isWindows || child.pid === undefined) {
    child.kill(signal);
    return;
  }
  try {
    process.kill(-child.pid, signal);
  } catch {
    // Nobody is left.
  }
}

const isWindows = process.platform === 'win32';

function baseEnvironment(): Readonly<Record<string, string>> {
  return {
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    LANG: 'C.UTF-8',
    LC_ALL: 'C.UTF-8',
    HOME: homedir(),
    TMPDIR: tmpdir(),
    PGSYSCONFDIR: '/nonexistent',
    PGSERVICEFILE: '/dev/null',
    ...(isWindows ? { SystemRoot: process.env['SystemRoot'] ?? 'C:\\Windows' } : {}),
  };
}

async function readLines(stream: Readable | null, onLine: (line: string) => void): Promise<void> {
  if (!stream) return;
  // libpq names our password file after a failed login, where nobody can find it any more.
  const tell = (line: string): void => {
    if (!line.startsWith('password retrieved from file')) onLine(line);
  };
  let rest = '';
  stream.setEncoding('utf8');
  for await (const chunk of stream) {
    const lines = `${rest}${String(chunk)}`.split('\n');
    rest = (lines.pop() ?? '').slice(0, MOST_STDERR_LINE);
    for (const line of lines) tell(line.slice(0, MOST_STDERR_LINE));
  }
  if (rest !== '') tell(rest);
}

function notStarted(path: string, cause: NodeJS.ErrnoException): EngineError {
  const why =
    cause.code === 'ENOENT'
      ? 'is not there'
      : cause.code === 'EACCES'
        ? 'may not be executed'
        : `could not be started (${cause.code ?? cause.message})`;
  return new EngineError(
    'TOOL_MISSING',
    `${path} ${why}.`,
    `Install a PostgreSQL client, or ${HOW_TO_CHOOSE}.`,
    { cause },
  );
}
