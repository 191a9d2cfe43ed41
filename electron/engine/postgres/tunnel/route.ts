import { connect as connectSocket, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { EngineError } from '#engine/errors.ts';
import { raceAbort } from '#engine/postgres/abort.ts';
import { type ConnectionTarget, isSocketDirectory, socketPath } from '#engine/postgres/target.ts';
import { openForward } from './forwarder.ts';
import type { Forward, OnRouteStage, Route, SshHop } from './hop.ts';
import { SSH_LIMITS, type SshLimits } from './ssh-arguments.ts';
import { refusalOf, sshFailure, tunnelBroke } from './ssh-failures.ts';
import { type LocalEnd, SshEnded, startSsh, type SshProcess } from './ssh-process.ts';
import { createStageReader } from './stages.ts';

export interface RouteOptions {
  readonly limits?: Partial<SshLimits>;
  /** The first wait after a failure, which doubles with each; default 1,000 ms. */
  readonly backOffMs?: number;
  readonly log?: (message: string) => void;
}

/**
 * The target with its way through SSH, which `route.close()` ends; nothing is started before it is needed. A target
 * without SSH, or with its route already, stays as it is. Throws BAD_INPUT for a socket whose path `-L` cannot take.
 */
export function withRoute(target: ConnectionTarget, options: RouteOptions = {}): ConnectionTarget {
  if (target.ssh === null || target.route !== null) return target;
  return Object.freeze({ ...target, route: new SshRoute(target.ssh, remoteEnd(target), options) });
}

const FIRST_BACK_OFF_MS = 1_000;
/**
 * Longest wait before the next try, and the longest that anybody is let wait for it instead of being told. Pages ask every
 * 10 s (`LINK_RETRY_MS`): together less than the 30 s within which work goes on.
 */
const MOST_BACK_OFF_MS = 15_000;
const MOST_PATIENCE_MS = 4_000;
/** A tunnel that broke earlier counts as a failed try: else one that never lasts is made anew all the time. */
const LASTING_MS = 5_000;
/** How long ssh's own words may come after the end of a connection that they explain. */
const WORDS_MS = 500;
/** Above ssh's own limit for the network: an agent or a key may want a finger. */
const START_LIMIT_MS = 60_000;

/** Another try would come to the same, and may lock an account: only the user can go on. */
const FINAL = new Set([
  'SSH_HOST_UNKNOWN',
  'SSH_HOST_CHANGED',
  'SSH_PASSWORD',
  'SSH_PASSPHRASE',
  'SSH_AUTH_FAILED',
]);

class SshRoute implements Route {
  readonly #hop: SshHop;
  readonly #remote: string;
  readonly #limits: SshLimits;
  readonly #backOffMs: number;
  readonly #log: (message: string) => void;
  readonly #closing = new AbortController();
  readonly #forwards = new Set<Forward>();
  #ssh: SshProcess | null = null;
  #starting: Promise<void> | null = null;
  #failures = 0;
  #triedMs = 0;
  #failure: EngineError | null = null;
  #refusal: { readonly error: EngineError; readonly atMs: number } | null = null;

  constructor(hop: SshHop, remote: string, options: RouteOptions) {
    this.#hop = hop;
    this.#remote = remote;
    this.#limits = { ...SSH_LIMITS, ...options.limits };
    this.#backOffMs = options.backOffMs ?? FIRST_BACK_OFF_MS;
    this.#log = options.log ?? (() => undefined);
  }

  async ready(options: { readonly signal: AbortSignal; readonly onStage?: OnRouteStage }): Promise<void> {
    if (this.#closing.signal.aborted) throw closed();
    if (this.#ssh?.isUp) return;
    // Whoever gives up waiting leaves it to the others; the end of the route ends it.
    this.#starting ??= this.#start(options.onStage).finally(() => (this.#starting = null));
    await raceAbort(this.#starting, options.signal);
  }

  async connect({ signal }: { readonly signal: AbortSignal }): Promise<Socket> {
    for (let attempt = 0; ; attempt += 1) {
      await this.ready({ signal });
      const ssh = this.#ssh;
      if (ssh === null) throw closed();
      try {
        return await dial(ssh.local, signal);
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        // It has ended a moment ago, and nobody has told us yet.
        await raceAbort(Promise.race([ssh.ended, delay(WORDS_MS)]), signal);
        if (attempt > 0) throw this.#broke(ssh, error);
      }
    }
  }

  async forward({ signal }: { readonly signal: AbortSignal }): Promise<Forward> {
    await this.ready({ signal });
    const forward = await openForward(() => this.connect({ signal: this.#closing.signal }));
    const own: Forward = {
      ...forward,
      close: async () => {
        this.#forwards.delete(own);
        await forward.close();
      },
    };
    this.#forwards.add(own);
    return own;
  }

  async explain(error: EngineError): Promise<EngineError> {
    const ssh = this.#ssh;
    const sinceMs = performance.now() - WORDS_MS;
    for (let waitedMs = 0; waitedMs <= WORDS_MS; waitedMs += 20) {
      if (this.#refusal !== null && this.#refusal.atMs >= sinceMs) return this.#refusal.error;
      if (ssh !== null && !ssh.isUp) return this.#broke(ssh, error);
      await delay(20);
    }
    return error;
  }

  async close(): Promise<void> {
    this.#closing.abort(closed());
    await Promise.all([...this.#forwards].map((forward) => forward.close()));
    await this.#starting?.catch(() => undefined);
    await this.#ssh?.close();
  }

  async #start(onStage: OnRouteStage | undefined): Promise<void> {
    await this.#pause();
    this.#triedMs = performance.now();
    const limit = AbortSignal.timeout(START_LIMIT_MS);
    const read = createStageReader(onStage ?? (() => undefined));
    try {
      const ssh = await startSsh({
        hop: this.#hop,
        remote: this.#remote,
        limits: this.#limits,
        signal: AbortSignal.any([this.#closing.signal, limit]),
        onLine: (line) => {
          read(line);
          this.#hear(line);
        },
      });
      this.#ssh = ssh;
      this.#failure = null;
      const upMs = performance.now();
      void ssh.ended.then(() => this.#ended(ssh, performance.now() - upMs));
    } catch (error) {
      if (this.#closing.signal.aborted) throw closed();
      this.#failures += 1;
      this.#failure = limit.aborted ? tooSlow(this.#hop.destination) : this.#translate(error);
      throw this.#failure;
    }
  }

  /** After failures: 1 s, 2 s, 4 s … 15 s since the last try; told at once where that is too long to wait for. */
  async #pause(): Promise<void> {
    if (this.#failure !== null && FINAL.has(this.#failure.code)) throw this.#failure;
    if (this.#failures === 0) return;
    const backOffMs = Math.min(MOST_BACK_OFF_MS, this.#backOffMs * 2 ** (this.#failures - 1));
    const leftMs = this.#triedMs + backOffMs - performance.now();
    if (leftMs > MOST_PATIENCE_MS && this.#failure !== null) throw this.#failure;
    if (leftMs > 0) await delay(leftMs, undefined, { signal: this.#closing.signal }).catch(() => undefined);
    if (this.#closing.signal.aborted) throw closed();
  }

  #translate(error: unknown): EngineError {
    if (error instanceof EngineError) return error;
    if (error instanceof SshEnded)
      return sshFailure({ hop: this.#hop, lines: error.lines, problem: error.problem, place: this.#remote });
    return new EngineError('SSH_FAILED', 'The ssh program could not be started.', null, { cause: error });
  }

  #hear(line: string): void {
    const error = refusalOf(line, { hop: this.#hop, place: this.#remote });
    if (error !== null) this.#refusal = { error, atMs: performance.now() };
  }

  #ended(ssh: SshProcess, lastedMs: number): void {
    this.#failures = lastedMs < LASTING_MS ? this.#failures + 1 : 0;
    if (this.#closing.signal.aborted) return;
    this.#triedMs = performance.now();
    this.#log(this.#broke(ssh, null).message);
  }

  #broke(ssh: SshProcess, cause: unknown): EngineError {
    const { code, message, nextStep } = tunnelBroke({ hop: this.#hop, lines: ssh.lines().slice(-20) });
    return new EngineError(code, message, nextStep, { cause });
  }
}

async function dial(local: LocalEnd, signal: AbortSignal): Promise<Socket> {
  const socket = connectSocket({ ...local, noDelay: true });
  const connected = new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  // For good: between two owners of the socket an unheard 'error' would end the process.
  socket.on('error', () => undefined);
  try {
    await raceAbort(connected, signal);
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** The database as the SSH server is asked for it, in the words of `-L`. */
function remoteEnd(target: ConnectionTarget): string {
  const host = target.hostAddress ?? target.host;
  if (!isSocketDirectory(host)) return `${host.includes(':') ? `[${host}]` : host}:${target.port}`;
  const path = socketPath(host, target.port);
  if (/[:%$\\\s]/.test(path))
    throw new EngineError(
      'BAD_INPUT',
      'The directory of the socket has a sign in its name that ssh cannot forward to.',
      'Give a host and a port instead; "localhost" is the SSH server itself.',
    );
  return path;
}

function tooSlow(destination: string): EngineError {
  return new EngineError(
    'SSH_UNREACHABLE',
    `The login at the SSH server ${destination} was not finished in a minute.`,
    'Try it with ssh in a terminal: it may wait for a security key, or for an answer that PgVitals cannot give.',
  );
}

function closed(): EngineError {
  return new EngineError('NOT_CONNECTED', 'This connection is closed.', 'Connect again.');
}
