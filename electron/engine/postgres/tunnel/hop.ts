import type { Socket } from 'node:net';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { EngineError } from '#engine/errors.ts';
import type { Secret } from '#engine/secret.ts';

/** The SSH server in between: what is not given comes from the user's own ~/.ssh/config. */
export interface SshHop {
  /** A host name, an address, or an alias of ~/.ssh/config. */
  readonly destination: string;
  readonly port: number | null;
  readonly user: string | null;
  /** Absolute path of a private key. */
  readonly keyFile: string | null;
  readonly password: Secret | null;
  readonly passphrase: Secret | null;
  /** "SHA256:…" of a host key that the user has looked at: an unknown host that shows it is trusted from then on. */
  readonly trustFingerprint: string | null;
}

/** The steps that ssh tells of while it connects. */
export type RouteStage = 'dns' | 'tcp' | 'ssh';
export type OnRouteStage = (stage: RouteStage, state: 'started' | 'done', detail: string | null) => void;

/** The way to a database through an SSH server; made once per open connection, and closed with it. */
export interface Route {
  /** Makes the tunnel unless it stands. Throws what `sshFailure` makes of it, NOT_CONNECTED when closed. */
  ready(options: { readonly signal: AbortSignal; readonly onStage?: OnRouteStage }): Promise<void>;
  /** A socket whose other end is the database. What ssh says of it later is told by `explain`. */
  connect(options: { readonly signal: AbortSignal }): Promise<Socket>;
  /** A port of 127.0.0.1 for programs that cannot use a Unix socket; open to other users of this machine until closed. */
  forward(options: { readonly signal: AbortSignal }): Promise<Forward>;
  /** The reason that ssh knows for a connection that failed or ended; `error` itself where it knows none. */
  explain(error: EngineError): Promise<EngineError>;
  close(): Promise<void>;
}

export interface Forward {
  readonly host: '127.0.0.1';
  readonly port: number;
  close(): Promise<void>;
}

/** "[user@]host[:port]" and what was given beside it, which counts more. Throws BAD_INPUT. */
export function parseHop(text: string, given: Partial<Omit<SshHop, 'destination'>> = {}): SshHop {
  const at = text.lastIndexOf('@');
  const user = given.user || (at > 0 ? text.slice(0, at) : null);
  const place = text.slice(at + 1).trim();
  const [, bracketed, name, portText] =
    /^(?:\[([^\]]+)\]|([^:]+|[0-9a-f:]*:[0-9a-f:]*:[0-9a-f:.]*))(?::(\d{1,5}))?$/i.exec(place) ?? [];
  const destination = bracketed ?? name ?? '';
  const port = given.port ?? (portText === undefined ? null : Number(portText));
  if (!isPlain(destination)) throw badHop('The SSH server cannot be understood.');
  if (user !== null && !isPlain(user)) throw badHop('The user name for the SSH server cannot be understood.');
  if (port !== null && !(port >= 1 && port <= 65_535))
    throw badHop('The port of the SSH server is not a number from 1 to 65535.');
  const trustFingerprint = given.trustFingerprint || null;
  if (trustFingerprint !== null && !/^SHA256:[A-Za-z0-9+/]{43}$/.test(trustFingerprint))
    throw badHop(
      'The fingerprint of the SSH server cannot be understood.',
      'It looks like SHA256: with 43 letters, digits and signs behind it.',
    );
  return Object.freeze({
    destination,
    user,
    port,
    keyFile: given.keyFile ? keyPath(given.keyFile) : null,
    password: given.password ?? null,
    passphrase: given.passphrase ?? null,
    trustFingerprint,
  });
}

/** "user@host:port", as far as it was given; for sentences. */
export function describeHop({ destination, user, port }: SshHop): string {
  const host = destination.includes(':') && port !== null ? `[${destination}]` : destination;
  return `${user === null ? '' : `${user}@`}${host}${port === null ? '' : `:${port}`}`;
}

/** What a person types in a terminal to get there; nothing in it needs quoting (`isPlain`). */
export function sshCommand({ destination, user, port }: SshHop, flags: readonly string[] = []): string {
  const place = `${user === null ? '' : `${user}@`}${destination}`;
  return ['ssh', ...flags, ...(port === null ? [] : ['-p', String(port)]), place].join(' ');
}

/** Nothing that could be an option of ssh, or that a ProxyCommand of the user would hand to a shell. */
function isPlain(text: string): boolean {
  return text.length <= 255 && /^[\p{L}\p{N}_.][\p{L}\p{N}_.:%@+-]*$|^::?[0-9a-f][0-9a-f:.]*$/iu.test(text);
}

function keyPath(text: string): string {
  const path = /^~[/\\]/.test(text) ? join(homedir(), text.slice(2)) : text;
  if (!isAbsolute(path) || path.includes('\0'))
    throw badHop('The file of the SSH key is not a full path.', 'Write it from the root on, or from ~/.');
  return path;
}

function badHop(message: string, nextStep = 'Write it like user@bastion.example:22.'): EngineError {
  return new EngineError('BAD_INPUT', message, nextStep);
}
