import { randomBytes } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { EngineError, throwIfAborted } from '#engine/errors.ts';
import { type Account, serverAccount } from './account.ts';
import { createBaseDirectory, removeDirectory, sweepStaleDirectories } from './base-directory.ts';
import { type Binaries, DEFAULT_MAJOR, type EmbeddedMajor, findBinaries } from './binaries.ts';
import { initialiseCluster } from './cluster.ts';
import { type ShutdownMode, type Watchdog, startWatchdog } from './watchdog.ts';

export interface EmbeddedOptions {
  /** Default 15. The others are for tests, on Linux x64 only. */
  readonly major?: EmbeddedMajor;
  /** postgresql.conf entries on top of ours, unquoted: { fsync: 'off' }. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Password of the superuser `postgres`; default 32 random characters. */
  readonly password?: string;
  /** Folder of initdb and postgres, instead of the installed package. */
  readonly binDir?: string;
  /** Default: whatever port the system gives to a listener on 127.0.0.1:0. */
  readonly pickPort?: () => Promise<number>;
  readonly signal?: AbortSignal | undefined;
}

export interface EmbeddedPostgres {
  readonly host: '127.0.0.1';
  readonly port: number;
  readonly user: 'postgres';
  readonly password: string;
  readonly major: EmbeddedMajor;
  readonly baseDir: string;
  readonly dataDir: string;
  /** Pid of the postmaster; another one after a restart. */
  pid(): number;
  /** Everything the server has logged. */
  log(): Promise<string>;
  /** Ends and starts the server on the same port and files; `immediate` makes it recover as after a crash. */
  restart(mode?: ShutdownMode): Promise<void>;
  /** Ends the server and removes its files; may be called twice. */
  stop(): Promise<void>;
}

/**
 * Starts a throw-away PostgreSQL on a free port of 127.0.0.1 that can't outlive us: its files and processes go on
 * `stop()`, on our exit, and after our SIGKILL. Settles when it accepts connections (about 1 s).
 * Throws DEMO_UNAVAILABLE (package missing, account can't read it, server won't start) or CANCELLED.
 */
export async function startEmbeddedPostgres(options: EmbeddedOptions = {}): Promise<EmbeddedPostgres> {
  const { signal, major = DEFAULT_MAJOR } = options;
  throwIfAborted(signal);
  const binaries = findBinaries(major, options.binDir);
  const account = await serverAccount();
  await sweepStaleDirectories();
  const base = await createBaseDirectory(account);
  const password = options.password ?? randomBytes(24).toString('base64url');
  const place: Place = {
    binaries,
    account,
    base,
    dataDir: join(base, 'data'),
    logFile: join(base, 'log'),
    signal,
  };
  try {
    await initialiseCluster({ ...place, password });
    const settings = { ...OUR_SETTINGS, ...options.settings };
    const running = await startOnFreePort(place, settings, options.pickPort ?? freePort);
    return new Handle(place, running, major, password);
  } catch (error) {
    await removeDirectory(base);
    throw signal?.aborted ? new EngineError('CANCELLED', 'Cancelled.', null, { cause: error }) : error;
  }
}

interface Place {
  readonly binaries: Binaries;
  readonly account: Account | null;
  readonly base: string;
  readonly dataDir: string;
  readonly logFile: string;
  readonly signal: AbortSignal | undefined;
}

interface Running {
  readonly port: number;
  readonly pid: number;
  readonly watchdog: Watchdog;
}

const OUR_SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  timezone: 'UTC',
  log_timezone: 'UTC',
};
const PORT_ATTEMPTS = 5;
const READY_TIMEOUT_MS = 60_000;

class Handle implements EmbeddedPostgres {
  readonly host = '127.0.0.1';
  readonly user = 'postgres';
  readonly port: number;
  readonly password: string;
  readonly major: EmbeddedMajor;
  readonly baseDir: string;
  readonly dataDir: string;
  readonly #place: Place;
  #running: Running;
  #restarting: Promise<void> = Promise.resolve();
  #stopping: Promise<void> | null = null;

  constructor(place: Place, running: Running, major: EmbeddedMajor, password: string) {
    // The signal covers the start only: whoever holds the server ends it with stop().
    this.#place = { ...place, signal: undefined };
    this.#running = running;
    this.port = running.port;
    this.password = password;
    this.major = major;
    this.baseDir = place.base;
    this.dataDir = place.dataDir;
  }

  pid(): number {
    return this.#running.pid;
  }

  log(): Promise<string> {
    return readFile(this.#place.logFile, 'utf8');
  }

  restart(mode: ShutdownMode = 'fast'): Promise<void> {
    const restarting = this.#restarting.then(() => this.#restart(mode));
    this.#restarting = restarting.catch(() => undefined);
    return restarting;
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#restarting.then(() => endAndRemove(this.#place, this.#running));
    return this.#stopping;
  }

  async #restart(mode: ShutdownMode): Promise<void> {
    await this.#running.watchdog.halt(mode);
    await this.#running.watchdog.serverGone;
    await rm(join(this.dataDir, 'postmaster.pid'), { force: true });
    const started = await startOnce(this.#place, this.port);
    if (started === 'port taken') throw didNotStart(`port ${this.port} was taken by another program`);
    this.#running = started;
  }
}

async function startOnFreePort(
  place: Place,
  settings: Readonly<Record<string, string>>,
  pickPort: () => Promise<number>,
): Promise<Running> {
  const configuration = join(place.dataDir, 'postgresql.conf');
  const original = await readFile(configuration, 'utf8');
  for (let attempt = 0; attempt < PORT_ATTEMPTS; attempt += 1) {
    const port = await pickPort();
    await writeFile(configuration, original + settingLines({ ...settings, port: String(port) }));
    const started = await startOnce(place, port);
    if (started !== 'port taken') return started;
  }
  throw didNotStart(`${PORT_ATTEMPTS} ports in a row were taken by other programs`);
}

/** A port the system considers free; somebody may still take it before the server does. */
export async function freePort(): Promise<number> {
  const probe = createServer();
  return new Promise((resolve, reject) => {
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}

async function startOnce(place: Place, port: number): Promise<Running | 'port taken'> {
  const logged = (await readFile(place.logFile, 'utf8').catch(() => '')).length;
  const watchdog = startWatchdog(place);
  try {
    const pid = await untilReady(place, watchdog);
    if (pid !== null) return { port, pid, watchdog };
  } catch (error) {
    await watchdog.end();
    throw error;
  }
  const log = (await readFile(place.logFile, 'utf8').catch(() => '')).slice(logged);
  await watchdog.halt('fast');
  if (/could not bind .*(in use|permission denied|WSAE)/i.test(log)) return 'port taken';
  throw didNotStart(lastFatal(log));
}

/** The postmaster's pid once it accepts connections; null when the server ended instead. */
async function untilReady({ dataDir, signal }: Place, watchdog: Watchdog): Promise<number | null> {
  let isGone = false;
  void watchdog.serverGone.then(() => {
    isGone = true;
  });
  for (let waitedMs = 0; waitedMs < READY_TIMEOUT_MS; waitedMs += 25) {
    throwIfAborted(signal);
    // Line 8 is the postmaster's own account of its state: https://www.postgresql.org/docs/current/storage-file-layout.html
    const lines = (await readFile(join(dataDir, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n');
    if (lines[7]?.trim() === 'ready') return Number(lines[0]);
    if (isGone) return null;
    await delay(25);
  }
  throw didNotStart(`it was not ready after ${READY_TIMEOUT_MS / 1_000} s`);
}

async function endAndRemove(place: Place, running: Running): Promise<void> {
  await running.watchdog.end();
  await running.watchdog.serverGone;
  await removeDirectory(place.base);
}

function settingLines(settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'\n`)
    .join('');
}

function lastFatal(log: string): string {
  const fatal =
    log.split('\n').findLast((line) => /FATAL|PANIC|ERROR/.test(line)) ?? log.trim().split('\n').at(-1);
  return fatal ? fatal.replace(/^.*(FATAL|PANIC|ERROR):\s*/, '') : 'it ended without a message';
}

function didNotStart(reason: string): EngineError {
  return new EngineError(
    'DEMO_UNAVAILABLE',
    `The embedded PostgreSQL did not start: ${reason}.`,
    'Try again, or connect to a PostgreSQL server of your own.',
  );
}
