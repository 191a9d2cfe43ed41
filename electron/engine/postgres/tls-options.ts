import { type ConnectionOptions, getCACertificates } from 'node:tls';
import type { ConnectionTarget } from './target.ts';
import { isIP } from 'node:net';
import { readFile } from 'node:fs/promises';
import { clientCertificate, readCertificate, readTlsFile, usualFile } from './tls-files.ts';

/** What was proven about the server: nothing, that a trusted authority signed its certificate, or its name too. */
export type Verified = 'nothing' | 'authority' | 'authority and name';

/** How to begin TLS, and what its success will have proven. */
export interface Verification {
  readonly verified: Verified;
  readonly options: ConnectionOptions;
}

/**
 * Node's options for libpq's sslmode, sslrootcert, sslcert and the rest. Reads the files named there; throws
 * FILE_NOT_READABLE, TLS_FAILED, TLS_PASSPHRASE. https://www.postgresql.org/docs/current/libpq-ssl.html
 */
export async function tlsOptions(target: ConnectionTarget): Promise<Verification> {
  const { verified, ca } = await trustedAuthorities(target);
  const options: ConnectionOptions = {
    host: target.host,
    minVersion: target.sslMinVersion ?? 'TLSv1.2',
    rejectUnauthorized: verified !== 'nothing',
    ...(ca === null ? {} : { ca }),
    ...(isIP(target.host) === 0 ? { servername: target.host } : {}),
    // verify-ca: any name will do.
    ...(verified === 'authority' ? { checkServerIdentity: () => undefined } : {}),
    ...(target.sslNegotiation === 'direct' ? { ALPNProtocols: ['postgresql'] } : {}),
    ...(await clientCertificate(target)),
  };
  if (target.sslCrl !== null) options.crl = await readTlsFile(target.sslCrl, 'revocation list');
  return { verified, options };
}

async function trustedAuthorities(
  target: ConnectionTarget,
): Promise<{ verified: Verified; ca: string[] | null }> {
  const given = target.sslRootCert;
  const usual = given === null ? await readFile(usualFile('root.crt'), 'utf8').catch(() => null) : null;
  const mode = target.sslMode;
  // libpq: with a root certificate at hand, `require` means verify-ca.
  const verified =
    mode === 'verify-full'
      ? 'authority and name'
      : mode === 'verify-ca' || (mode === 'require' && (given !== null || usual !== null))
        ? 'authority'
        : 'nothing';
  if (verified === 'nothing') return { verified, ca: null };
  if (given !== null && given !== 'system')
    return { verified, ca: [(await readCertificate(given, 'root certificate')).text] };
  if (usual !== null) return { verified, ca: [usual] };
  // libpq would give up without a root.crt; the authorities that Node and the system trust verify just as well.
  return { verified, ca: [...getCACertificates('default'), ...getCACertificates('system')] };
}
