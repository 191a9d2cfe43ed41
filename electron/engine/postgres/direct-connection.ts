import type { Provider } from '#shared/model/facts.ts';
import { EngineError } from '../errors.ts';
import { PROVIDER_WORDS } from './provider-words.ts';

/** Why nothing is changed through a pooler, not even what it would let through: a lock left behind is nobody's. */
export const NEEDS_DIRECT_CONNECTION =
  'A pooler in transaction mode stands in between: changes and backups need a connection to the server itself, for their locks, time limits and snapshots are those of one session.';

/** Throws NEEDS_DIRECT_CONNECTION, with the way past the pooler, unless the connection leads to the server itself. */
export function assertDirect({ directConnection: way }: { readonly directConnection: string | null }): void {
  if (way !== null) throw new EngineError('NEEDS_DIRECT_CONNECTION', NEEDS_DIRECT_CONNECTION, way);
}

/**
 * How to reach the server itself from where a pooler answered, a sentence. Where the address tells the way, it names
 * the host or the port to use.
 */
export function directConnection(
  provider: Provider,
  address: { readonly host: string; readonly port: number },
): string {
  const { host, port } = address;
  const direct = host.replace(/^([^.]+)-pooler\./, '$1.');
  if (provider === 'neon' && direct !== host) return `Connect to ${direct}, without "-pooler".`;
  const own = DIRECT_PORTS[port];
  if (own !== undefined && !isLocalHost(host) && provider !== 'supabase')
    return `${PROVIDER_WORDS[provider].direct} Here that is ${host}:${own}.`;
  return PROVIDER_WORDS[provider].direct;
}

/** Of poolers whose port tells the server's. */
const DIRECT_PORTS: Readonly<Record<number, number>> = { 6432: 5432, 5431: 5432, 25061: 25060 };

function isLocalHost(host: string): boolean {
  return host === 'localhost' || host.startsWith('127.') || host.startsWith('/') || host === '::1';
}
