import { type ConnectionTarget, describeAddress } from './target.ts';
import { SCRAM_MAX_ITERATIONS, watchAuthentication } from './authentication.ts';
import { Client, type ClientConfig, Connection } from 'pg';
import { CLOSED_AT_ONCE, errorCode, fromLoginError, notPostgres } from './failures.ts';
import { EngineError } from '../errors.ts';
import type { Socket } from 'node:net';
import type { TlsFacts } from './tls.ts';
import { VALUE_TYPES } from './value-types.ts';
import { guardSocket } from './guard-socket.ts';
import { raceAbort } from './abort.ts';

export interface Login {
  readonly client: Client;
  /** ParameterStatus messages: server_version, server_encoding, in_hot_standby (14+), … */
  readonly serverParameters: ReadonlyMap<string, string>;
  /** As the peer announced it: a pooler announces numbers of its own. */
  readonly announcedPid: number;
  readonly cancelKey: number;
}

/**
 * Logs in over an open socket. Throws AUTH_FAILED, DATABASE_MISSING, TOO_MANY_CONNECTIONS, SERVER_STARTING,
 * NOT_POSTGRESQL and the like, or the signal's reason; the socket is then destroyed.
 */
export async function logIn(
  socket: Socket,
  target: ConnectionTarget,
  options: {
    readonly tls: TlsFacts | null;
    readonly applicationName: string;
    readonly signal: AbortSignal;
    hasAnswered: boolean;
    onAnswer: () => void;
  },
): Promise<Login> {
  const { tls, applicationName, signal } = options;
  let { hasAnswered } = options;
  const onAnswer = (): void => {
    hasAnswered = true;
    options.onAnswer();
  };
  const { connection, client, refusal, serverParameters, key } = prepare(
    socket,
    target,
    tls,
    applicationName,
    onAnswer,
  );
  // An abort while the password is checked cuts the socket, and pg then reports that instead of the reason.
  const onAbort = (): void => void socket.destroy();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    await raceAbort(client.connect(), signal);
    const broken = refusal();
    if (broken !== null) throw broken;
    return { client, serverParameters, announcedPid: key.pid, cancelKey: key.secret };
  } catch (error) {
    connection.stream.destroy();
    if (signal.aborted) throw signal.reason;
    const refused = refusal();
    if (refused !== null) throw refused;
    if (!hasAnswered && isClosed(error)) throw notPostgres(target, CLOSED_AT_ONCE);
    throw loginFailure(error, target, tls !== null);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

interface Prepared {
  readonly connection: Connection;
  readonly client: Client;
  readonly refusal: () => EngineError | null;
  readonly serverParameters: ReadonlyMap<string, string>;
  readonly key: { readonly pid: number; readonly secret: number };
}

function prepare(
  socket: Socket,
  target: ConnectionTarget,
  tls: TlsFacts | null,
  applicationName: string,
  onAnswer: () => void,
): Prepared {
  let refused: EngineError | null = null;
  const refuse = (error: EngineError): void => {
    refused ??= error;
    socket.destroy();
  };
  guardSocket(socket, { onAnswer, onStrange: (reason) => refuse(notPostgres(target, reason)) });
  const connection = new Connection({ stream: () => socket, ssl: false });
  watchAuthentication(connection, target, tls, refuse);
  const serverParameters = new Map<string, string>();
  connection.on('parameterStatus', (message: { parameterName: string; parameterValue: string }) => {
    serverParameters.set(message.parameterName, message.parameterValue);
  });
  const key = { pid: 0, secret: 0 };
  connection.on('backendKeyData', (message: { processID: number; secretKey: number }) => {
    key.pid = message.processID;
    key.secret = message.secretKey;
  });
  // Every field is given: pg would take what is missing from PG* variables and ~/.pgpass.
  const config: ClientConfig & { connection: Connection; scramMaxIterations: number } = {
    connection,
    user: target.user,
    database: target.database,
    host: target.host,
    port: target.port,
    password: async () => {
      if (refused !== null) throw refused;
      if (target.password === null || target.password.reveal() === '') throw passwordMissing(target);
      return target.password.reveal();
    },
    ssl: false,
    sslnegotiation: 'postgres',
    application_name: applicationName,
    // Only where it is demanded: a binding that a middleman can decline proves nothing, and odd certificates break it.
    enableChannelBinding: tls !== null && target.channelBinding === 'require',
    scramMaxIterations: SCRAM_MAX_ITERATIONS,
    types: VALUE_TYPES,
  };
  const client = new StartupClient(config, {
    user: target.user,
    database: target.database,
    application_name: applicationName,
    // Poolers know these two by themselves. Without the second, a LATIN1 database would send its own bytes.
    client_encoding: 'UTF8',
    // What the user asked for, and nothing of ours: poolers refuse `options`, and Neon's names the endpoint.
    ...(target.options === null ? {} : { options: target.options }),
  });
  // A dropped connection is an event; without a listener it would end the process.
  client.on('error', () => undefined);
  return { connection, client, refusal: () => refused, serverParameters, key };
}

/** pg builds the startup packet from PGOPTIONS and its like as well; this one sends exactly what it is given. */
class StartupClient extends Client {
  readonly #startup: Readonly<Record<string, string>>;

  constructor(config: ClientConfig, startup: Readonly<Record<string, string>>) {
    super(config);
    this.#startup = startup;
  }

  getStartupConf(): Readonly<Record<string, string>> {
    return this.#startup;
  }
}

function passwordMissing(target: ConnectionTarget): EngineError {
  return new EngineError(
    'PASSWORD_REQUIRED',
    `The server asks for the password of role ${JSON.stringify(target.user)}, and none was given.`,
    'Give the password.',
  );
}

function loginFailure(error: unknown, target: ConnectionTarget, isEncrypted: boolean): EngineError {
  if (error instanceof EngineError) return error;
  const code = errorCode(error);
  if (code?.startsWith('ERR_SSL_')) {
    return new EngineError(
      'TLS_FAILED',
      `${describeAddress(target)} ended the TLS connection.`,
      'It may ask for another client certificate (sslcert, sslkey); the log of the server tells.',
      { cause: error },
    );
  }
  const text = error instanceof Error ? error.message : '';
  if (text.startsWith('SASL: ')) {
    return new EngineError(
      'AUTH_FAILED',
      `The password exchange with ${describeAddress(target)} failed.`,
      text.includes('scramMaxIterations')
        ? `The server asks for more than ${SCRAM_MAX_ITERATIONS} SCRAM iterations; set the password again with fewer.`
        : 'The server or a proxy in between does not keep to SCRAM; look at its log.',
      { cause: error },
    );
  }
  if (isClosed(error)) {
    return new EngineError(
      'CONNECTION_LOST',
      `${describeAddress(target)} closed the connection during the login.`,
      'Try again; if it stays so, check that this is a PostgreSQL server, and look at its log.',
      { cause: error },
    );
  }
  return fromLoginError(error, target, isEncrypted);
}

function isClosed(error: unknown): boolean {
  const code = errorCode(error);
  // pg has no code for a connection that ended without a word.
  const isEnd = error instanceof Error && error.message.startsWith('Connection terminated');
  return isEnd || code === 'ECONNRESET' || code === 'EPIPE';
}
