import { EngineError } from '../errors.ts';
import { quoteKeywordValue } from './keyword-string.ts';
import { type ConnectionTarget, isLocal, isSocketDirectory } from './target.ts';
import type { Forward } from './tunnel/hop.ts';

/**
 * The target as libpq's keyword string, for pg_dump and pg_restore; every value quoted, so that no name can become an
 * option or another server. Never holds a secret: an encrypted client key is refused with BAD_INPUT, because its
 * passphrase could be handed over in the arguments only, which every user of the machine can read. A client takes no
 * keyword that is newer than itself, so what came with 16 and 17 is left out for older ones.
 */
export function conninfoOf(
  target: ConnectionTarget,
  applicationName: string,
  clientVersionNum = 0,
  forward: Pick<Forward, 'host' | 'port'> | null = null,
): string {
  if (target.ssh !== null && forward === null)
    throw new TypeError('A target with an SSH server has no port.');
  // Behind a forward to a Unix socket is a server that offers no TLS, and a path is no name to match.
  const isSocket = forward !== null && isSocketDirectory(target.hostAddress ?? target.host);
  if (target.sslKeyPassword !== null)
    throw new EngineError(
      'BAD_INPUT',
      'The client key has a passphrase, which pg_dump could take from its arguments only, where others can read it.',
      'Use a key without passphrase in a file that only you can read (chmod 0600).',
    );
  const values: ReadonlyArray<readonly [keyword: string, value: string | number | null]> = [
    ['dbname', target.database],
    // Through a tunnel libpq goes to our end of it, and matches certificates with the name of the server still.
    ['host', isSocket ? 'localhost' : target.host],
    ['hostaddr', forward?.host ?? target.hostAddress],
    ['port', forward?.port ?? target.port],
    ['user', target.user],
    ['application_name', applicationName],
    ['connect_timeout', Math.ceil(target.connectTimeoutMs / 1000)],
    ['keepalives_idle', 30],
    ['keepalives_interval', 10],
    ['keepalives_count', 3],
    ['tcp_user_timeout', 60_000],
    ['sslmode', isSocket ? 'disable' : target.sslMode],
    // Our own connections never use it, and libpq would try it first wherever it finds a ticket.
    ['gssencmode', 'disable'],
    ['sslrootcert', target.sslRootCert],
    ['sslcert', target.sslCert],
    ['sslkey', target.sslKey],
    ['sslcrl', target.sslCrl],
    ['ssl_min_protocol_version', target.sslMinVersion],
    ['sslnegotiation', clientVersionNum >= 170_000 && target.sslNegotiation === 'direct' ? 'direct' : null],
    ['channel_binding', target.channelBinding === 'prefer' ? null : target.channelBinding],
    ['require_auth', clientVersionNum >= 160_000 ? allowedAuth(target) : null],
    ['options', target.options],
  ];
  return values
    .filter(([, value]) => value !== null)
    .map(([keyword, value]) => `${keyword}=${quoteKeywordValue(String(value))}`)
    .join(' ');
}

/** As our own connections have it: the password in clear only for a server that is proven, or where the user allows it. */
function allowedAuth(target: ConnectionTarget): string | null {
  if (target.allowedAuth !== null) return [...target.allowedAuth].join(',');
  const isVerified = isLocal(target) || target.sslRootCert !== null || target.sslMode.startsWith('verify-');
  return isVerified ? null : '!password';
}
