import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { ConnectionOptions } from 'node:tls';
import { EngineError } from '../errors.ts';
import { errorCode } from './failures.ts';
import type { ConnectionTarget } from './target.ts';

type ClientFiles = Pick<ConnectionTarget, 'sslCert' | 'sslKey' | 'sslKeyPassword'>;

/**
 * The certificate and the key that we show the server, by libpq's rules: those of ~/.postgresql where none are named, no
 * key without a certificate, and no key that others may read. Throws FILE_NOT_READABLE, TLS_FAILED, TLS_PASSPHRASE, each
 * naming the file: once the handshake has begun, nobody could tell any more which one it was.
 */
export async function clientCertificate(
  target: ClientFiles,
): Promise<Pick<ConnectionOptions, 'cert' | 'key' | 'passphrase'>> {
  const certFile = target.sslCert ?? usualFile('postgresql.crt');
  if (target.sslCert === null && (await stat(certFile).catch(() => null)) === null) return {};
  const { text: cert, first } = await readCertificate(certFile, 'client certificate');
  const keyFile = target.sslKey ?? usualFile('postgresql.key');
  await refuseIfShared(keyFile);
  const key = await readTlsFile(keyFile, 'client key');
  const passphrase = target.sslKeyPassword?.reveal() ?? null;
  if (!first.checkPrivateKey(readKey(key, keyFile, passphrase)))
    throw new EngineError(
      'TLS_FAILED',
      `The client key ${keyFile} does not belong to the client certificate ${certFile}.`,
      'Give the key with which this certificate was requested (sslkey).',
    );
  return { cert, key, ...(passphrase === null ? {} : { passphrase }) };
}

/** A PEM file with certificates, and the first of them. Throws FILE_NOT_READABLE, TLS_FAILED where it holds none. */
export async function readCertificate(
  file: string,
  what: string,
): Promise<{ readonly text: string; readonly first: X509Certificate }> {
  const text = await readTlsFile(file, what);
  try {
    return { text, first: new X509Certificate(text) };
  } catch (cause) {
    throw new EngineError(
      'TLS_FAILED',
      `The file of the ${what}, ${file}, holds no certificate.`,
      'It has to be a PEM file: text with -----BEGIN CERTIFICATE----- in it.',
      { cause },
    );
  }
}

/** Throws FILE_NOT_READABLE, with the reason. */
export async function readTlsFile(file: string, what: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw unreadable(file, what, cause);
  }
}

export function usualFile(name: string): string {
  return join(homedir(), '.postgresql', name);
}

function unreadable(file: string, what: string, cause: unknown): EngineError {
  const why = REASONS.get(errorCode(cause) ?? '') ?? 'cannot be read';
  // No shell has seen it, and nobody can know the folder that an app was started in.
  const nextStep = file.startsWith('~')
    ? 'Write its full path: as with libpq, “~” is not replaced.'
    : isAbsolute(file)
      ? 'Check the path and its permissions.'
      : 'Write its full path, from the root on.';
  return new EngineError('FILE_NOT_READABLE', `The file of the ${what}, ${file}, ${why}.`, nextStep, {
    cause,
  });
}

const REASONS: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'is not there'],
  ['ENOTDIR', 'is not there'],
  ['EACCES', 'may not be read by you'],
  ['EPERM', 'may not be read by you'],
  ['EISDIR', 'is a folder'],
]);

/** As libpq: 0600 or less for the user's own, 0640 or less for one of root. https://www.postgresql.org/docs/current/libpq-ssl.html */
async function refuseIfShared(file: string): Promise<void> {
  if (process.platform === 'win32') return;
  const status = await stat(file).catch(() => null);
  if (status === null || !status.isFile()) return;
  if ((status.mode & (status.uid === 0 ? 0o037 : 0o077)) === 0) return;
  throw new EngineError(
    'FILE_NOT_READABLE',
    `The client key ${file} may be read by others, so it is not used, as with libpq.`,
    `Take it for yourself: chmod 0600 ${file}`,
  );
}

function readKey(text: string, file: string, passphrase: string | null): KeyObject {
  try {
    return createPrivateKey({ key: text, ...(passphrase === null ? {} : { passphrase }) });
  } catch (cause) {
    // A wrong passphrase fails in many ways, for now and then it decrypts to something.
    if (!text.includes('ENCRYPTED'))
      throw new EngineError(
        'TLS_FAILED',
        `The file of the client key, ${file}, holds no private key.`,
        'It has to be a PEM file: text with -----BEGIN PRIVATE KEY----- in it.',
        { cause },
      );
    throw passphrase === null
      ? new EngineError(
          'TLS_PASSPHRASE',
          `The client key ${file} has a passphrase, and none was given.`,
          'Give it (sslpassword).',
          { cause },
        )
      : new EngineError(
          'TLS_PASSPHRASE',
          `The passphrase of the client key ${file} is wrong.`,
          'Give it again.',
          {
            cause,
          },
        );
  }
}
