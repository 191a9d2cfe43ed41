import { type Encryption, type SecuredSocket, encryptionAttempts, secureSocket } from './tls.ts';
import { notPostgres, timedOut } from './failures.ts';
import { type Address, openSocket, resolveHost, routeOf } from './transport.ts';
import { type ConnectionTarget, describeAddress } from './target.ts';
import { Deadline } from './abort.ts';
import { EngineError } from '../errors.ts';
import { type Login, logIn } from './login.ts';
import { OpenConnection } from './connection.ts';
import type { Seat } from './server-room.ts';
import { takeSeat } from './server-seats.ts';
import { describeHop } from './tunnel/hop.ts';
import type { Socket } from 'node:net';

export interface ConnectOptions {
  readonly signal?: AbortSignal | undefined;
  /** Shown in pg_stat_activity: "pgvitals/collector", "pgvitals/control", … */
  readonly applicationName: string;
  /**
   * Covers everything, DNS included. Default 15,000 ms, or what connect_timeout leaves room for (reliability.md §4.1);
   * 15,000 ms more where a tunnel may have to be made.
   */
  readonly totalTimeoutMs?: number;
  /** Of a job: its connections take from what it has reserved, or from the share of jobs. Null = reading. */
  readonly jobId?: string | null;
  /** The seat it takes and gives back, whatever comes of it; otherwise one is waited for, before any time counts. */
  readonly seat?: Seat;
  /** Told as each stage begins and ends; what fails is the last that began. */
  readonly onStage?: (stage: ConnectStage, state: 'started' | 'done', detail: string | null) => void;
}

/** With an SSH server in between the first two are those of that server, and `ssh` ends when the database answers. */
export type ConnectStage = 'dns' | 'tcp' | 'ssh' | 'tls' | 'login' | 'version';

/**
 * Connects to a server, in libpq's meaning of every field. Throws an EngineError with one sentence and a next step for
 * everything that can go wrong on the way; the exact codes are those of the stages (transport, tls, login).
 */
export async function connectTarget(
  target: ConnectionTarget,
  options: ConnectOptions,
): Promise<OpenConnection> {
  const { jobId = null, signal } = options;
  const who = jobId === null ? readingOf(target) : `a change in ${target.database}`;
  const seat = options.seat ?? (await takeSeat(target, { who, jobId, signal }));
  try {
    return await connectOn(seat, target, options);
  } catch (error) {
    // With a SQLSTATE it was the server that ended it.
    seat.release({ isSeenOff: error instanceof EngineError && error.sqlState !== null });
    throw error;
  }
}

/** For the sentence that others get who wait. */
export function readingOf({ database }: ConnectionTarget): string {
  return `reading ${database}`;
}

async function connectOn(
  seat: Seat,
  target: ConnectionTarget,
  options: ConnectOptions,
): Promise<OpenConnection> {
  const route = routeOf(target);
  const allowanceMs = route === null ? DNS_ALLOWANCE_MS : SSH_ALLOWANCE_MS;
  const totalTimeoutMs = options.totalTimeoutMs ?? target.connectTimeoutMs + allowanceMs;
  using deadline = new Deadline(options.signal);
  let stage: ConnectStage = 'dns';
  const onStage: NonNullable<ConnectOptions['onStage']> = (next, state, detail) => {
    stage = next;
    options.onStage?.(next, state, detail);
  };
  // Whether a PostgreSQL server has said anything yet: silence before that is another diagnosis than silence after.
  let hasAnswered = false;
  let isThrough = route === null;
  const overdue = (): EngineError =>
    isThrough ? timeoutOf(stage, target, hasAnswered) : tunnelTimeout(target.ssh);
  deadline.limit(totalTimeoutMs, overdue);
  const addresses = route === null ? await lookUp() : [];
  if (route !== null) await route.ready({ signal: deadline.signal, onStage });
  isThrough = true;
  deadline.limit(target.connectTimeoutMs, overdue);
  const attempts = encryptionAttempts(target);
  for (const [index, encryption] of attempts.entries()) {
    try {
      return await attempt(encryption);
    } catch (error) {
      // sslmode=allow: plain text was refused by a rule of pg_hba.conf, so try again with TLS.
      const isRefused = error instanceof EngineError && error.sqlState === '28000';
      if (!isRefused || index === attempts.length - 1) throw await explained(error);
    }
  }
  throw timedOut(target);

  async function lookUp(): Promise<readonly Address[]> {
    onStage('dns', 'started', null);
    const found = await resolveHost(target, deadline.signal);
    const places = found.map((address) => ('ip' in address ? address.ip : address.path));
    onStage('dns', 'done', places.join(', '));
    return found;
  }

  async function link(): Promise<Socket> {
    const { signal } = deadline;
    if (route !== null) {
      onStage('ssh', 'started', null);
      return route.connect({ signal });
    }
    onStage('tcp', 'started', null);
    const socket = await openSocket(addresses, target, { timeoutMs: target.connectTimeoutMs, signal });
    onStage('tcp', 'done', describeAddress(target));
    return socket;
  }

  async function explained(error: unknown): Promise<unknown> {
    const mayBeTunnel =
      error instanceof EngineError && /^(NOT_POSTGRESQL|CONNECTION_LOST|TLS_FAILED)$/.test(error.code);
    return route !== null && mayBeTunnel ? route.explain(error) : error;
  }

  async function attempt(encryption: Encryption): Promise<OpenConnection> {
    const { signal } = deadline;
    const socket = await link();
    let secured: SecuredSocket | null = null;
    // A tunnel takes every connection: whether its far end reached the database is known by the first byte.
    let isReached = route === null;
    const reached = (): void => {
      if (!isReached) onStage('ssh', 'done', describeAddress(target));
      if (!isReached) onStage('tls', 'started', null);
      isReached = true;
      hasAnswered = true;
    };
    const tlsDone = ({ tls }: SecuredSocket): void => {
      const detail = tls === null ? null : `${tls.protocol}, ${tls.cipher}; verified: ${tls.verified}`;
      onStage('tls', 'done', detail);
      onStage('login', 'started', null);
    };
    try {
      if (route === null) onStage('tls', 'started', null);
      secured = await secureSocket(socket, target, { encryption, signal, onAnswer: reached });
      const { tls } = secured;
      const safe = secured;
      const isUnheard = !isReached;
      if (!isUnheard) tlsDone(safe);
      const login = await logIn(safe.socket, target, {
        tls,
        applicationName: options.applicationName,
        signal,
        hasAnswered,
        onAnswer: () => {
          reached();
          if (isUnheard) tlsDone(safe);
        },
      });
      onStage('login', 'done', null);
      onStage('version', 'started', null);
      const connection = accept(login, safe, target, seat);
      onStage('version', 'done', login.serverParameters.get('server_version') ?? null);
      return connection;
    } catch (error) {
      secured?.socket.destroy();
      socket.destroy();
      throw error;
    }
  }
}

/** connect_timeout counts from the first packet; the look-up of the name before it gets this much more. */
const DNS_ALLOWANCE_MS = 5_000;
/** A tunnel may have to be made first: network, host key, login (reliability.md §4.1). */
const SSH_ALLOWANCE_MS = 20_000;
const OLDEST_MAJOR = 13;

function accept(
  login: Login,
  { socket, tls }: SecuredSocket,
  target: ConnectionTarget,
  seat: Seat,
): OpenConnection {
  const { client, serverParameters, announcedPid, cancelKey } = login;
  const version = serverParameters.get('server_version') ?? '';
  if (version.endsWith('/bouncer')) {
    throw notPostgres(target, `${JSON.stringify(target.database)} is the admin console of PgBouncer`);
  }
  if (serverParameters.has('crdb_version')) throw notPostgres(target, 'it is CockroachDB');
  const versionNum = parseVersion(version);
  if (versionNum < OLDEST_MAJOR * 10_000) {
    throw new EngineError(
      'SERVER_TOO_OLD',
      `The server says it is PostgreSQL ${version || 'of no version'}; PgVitals needs ${OLDEST_MAJOR} or newer.`,
      'Upgrade the server: versions this old get no security fixes.',
    );
  }
  const notices =
    versionNum < (OLDEST_MAJOR + 1) * 10_000
      ? [`PostgreSQL ${version} gets no fixes any more; some checks need 14 or newer and are skipped.`]
      : [];
  const facts = { target, tls, serverParameters, announcedPid, cancelKey, versionNum, notices };
  return new OpenConnection(client, socket, { facts, seat });
}

/** "15.18 (Debian …)" → 150018, "19beta1" → 190000, "9.6.24" → 90624. */
export function parseVersion(text: string): number {
  const [major = 0, second = 0, third = 0] = (/^\d+(\.\d+)*/.exec(text)?.[0] ?? '').split('.').map(Number);
  return major >= 10 ? major * 10_000 + second : major * 10_000 + second * 100 + third;
}

function tunnelTimeout(ssh: ConnectionTarget['ssh']): EngineError {
  return new EngineError(
    'SSH_UNREACHABLE',
    `The SSH tunnel${ssh === null ? '' : ` through ${describeHop(ssh)}`} takes too long to make.`,
    'Try it with ssh in a terminal: the server may be slow, or wait for a security key or another answer.',
  );
}

function timeoutOf(stage: ConnectStage, target: ConnectionTarget, hasAnswered: boolean): EngineError {
  const address = describeAddress(target);
  switch (stage) {
    case 'dns':
      return new EngineError(
        'CONNECTION_TIMEOUT',
        `Looking up the host ${JSON.stringify(target.host)} takes too long.`,
        'Check the network connection and its name server.',
      );
    case 'tcp':
      return timedOut(target);
    case 'ssh':
      return new EngineError(
        'CONNECTION_TIMEOUT',
        `Nothing comes from ${address}.`,
        'Check host and port of the database as the SSH server sees them, and whether a firewall lets it through.',
      );
    default:
      if (!hasAnswered) return notPostgres(target, 'it accepts connections but does not answer');
      return new EngineError(
        'CONNECTION_TIMEOUT',
        `${address} accepted the connection but did not finish the login in time.`,
        'The server or a pooler in front of it may be overloaded; try again, or raise connect_timeout.',
      );
  }
}
