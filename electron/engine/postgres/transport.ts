import { type ConnectionTarget, isSocketDirectory, socketPath } from './target.ts';
import { type Socket, connect, isIP } from 'node:net';
import { errorCode, fromNetworkError, timedOut } from './failures.ts';
import type { EngineError } from '../errors.ts';
import { lookup } from 'node:dns/promises';
import { raceAbort } from './abort.ts';
import type { Route } from './tunnel/hop.ts';

/**
 * A socket to the server, through its SSH server where it has one. Throws UNKNOWN_HOST, CONNECTION_REFUSED,
 * CONNECTION_TIMEOUT, what the tunnel says, or the signal's reason.
 */
export async function openLink(
  target: ConnectionTarget,
  options: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<Socket> {
  const route = routeOf(target);
  if (route !== null) return route.connect(options);
  return openSocket(await resolveHost(target, options.signal), target, options);
}

/** Null for a direct connection. One that is to go through SSH never goes past it. */
export function routeOf(target: ConnectionTarget): Route | null {
  if (target.ssh !== null && target.route === null)
    throw new TypeError('A target with an SSH server has no route.');
  return target.route;
}

/** An IP address, or the path of a Unix socket. */
export type Address = { readonly ip: string } | { readonly path: string };

/** Looks up the host. Throws UNKNOWN_HOST, or the signal's reason. */
export async function resolveHost(
  target: ConnectionTarget,
  signal: AbortSignal,
): Promise<readonly Address[]> {
  if (isSocketDirectory(target.host) && target.hostAddress === null) {
    return [{ path: socketPath(target.host, target.port) }];
  }
  const host = target.hostAddress ?? target.host;
  if (isIP(host) !== 0) return [{ ip: host }];
  try {
    const found = await raceAbort(lookup(host, { all: true }), signal);
    return found.map(({ address }) => ({ ip: address }));
  } catch (error) {
    throw fromNetworkError(error, target);
  }
}

/**
 * Opens a socket to the first address that answers; each gets its share of `timeoutMs`, so that a dead IPv6 address in
 * front of a live IPv4 one costs only half. Not Node's autoSelectFamily: it gives all but the last address 250 ms, too
 * little for a far server. Throws CONNECTION_REFUSED, CONNECTION_TIMEOUT, or the signal's reason.
 */
export async function openSocket(
  addresses: readonly Address[],
  target: ConnectionTarget,
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<Socket> {
  const failures: EngineError[] = [];
  const end = performance.now() + timeoutMs;
  for (const [index, address] of addresses.entries()) {
    const shareMs = Math.max(1, (end - performance.now()) / (addresses.length - index));
    try {
      return await openOne(address, target.port, shareMs, signal);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      failures.push(errorCode(error) === TIMED_OUT ? timedOut(target) : fromNetworkError(error, target));
    }
  }
  // A refusal says more than a timeout or a missing route of the other address family.
  const refused = failures.find((failure) => errorCode(failure.cause) === 'ECONNREFUSED');
  throw refused ?? failures.at(-1) ?? timedOut(target);
}

const TIMED_OUT = 'ETIMEDOUT';

function openOne(address: Address, port: number, timeoutMs: number, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const socket =
      'path' in address
        ? connect({ path: address.path })
        : // TCP keep-alive finds a peer that vanished while we only wait: after this and ten probes of a second each,
          // within the 15 s in which a dead link is noticed, also where a statement may take hours.
          connect({ host: address.ip, port, keepAlive: true, keepAliveInitialDelay: 4_000, noDelay: true });
    const settle = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      socket.removeListener('error', onError);
      socket.removeListener('connect', onConnect);
    };
    // For good: between two owners of the socket an unheard 'error' would end the process.
    socket.on('error', () => undefined);
    const fail = (error: unknown): void => {
      settle();
      socket.destroy();
      reject(error);
    };
    const onError = (error: Error): void => fail(error);
    const onAbort = (): void => fail(signal.reason);
    const onConnect = (): void => {
      settle();
      resolve(socket);
    };
    const timer = setTimeout(
      () => fail(Object.assign(new Error('No answer in time.'), { code: TIMED_OUT })),
      timeoutMs,
    );
    signal.addEventListener('abort', onAbort, { once: true });
    socket.once('error', onError);
    socket.once('connect', onConnect);
  });
}
