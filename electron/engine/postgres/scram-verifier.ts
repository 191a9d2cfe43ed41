import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';

/** RFC 7677 §4, and PostgreSQL's own number before 16 and by default since. */
export const SCRAM_ITERATIONS = 4_096;
const SALT_BYTES = 16;
const KEY_BYTES = 32;

/**
 * What `ALTER ROLE … PASSWORD` takes instead of the password, as pg_authid.rolpassword holds it: the server can check
 * the password with it and learns it only when somebody logs in. Throws RangeError for anything but printable ASCII:
 * SASLprep (RFC 4013) leaves only that as it is, and PgVitals makes its passwords of nothing else.
 */
export function scramVerifier(
  password: string,
  { iterations = SCRAM_ITERATIONS, salt = randomBytes(SALT_BYTES) }: ScramOptions = {},
): string {
  if (!/^[\x20-\x7e]+$/.test(password)) throw new RangeError('Only printable ASCII needs no SASLprep.');
  const salted = pbkdf2Sync(password, salt, iterations, KEY_BYTES, 'sha256');
  const storedKey = createHash('sha256').update(hmac(salted, 'Client Key')).digest('base64');
  const serverKey = hmac(salted, 'Server Key').toString('base64');
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${storedKey}:${serverKey}`;
}

export interface ScramOptions {
  readonly iterations?: number;
  readonly salt?: Buffer;
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
