import { createHash, createHmac, pbkdf2, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { RolePassword } from '#shared/model/facts.ts';

/** True for passwords that everybody tries first: shipped defaults, tutorial examples and the usual few. */
export function isDefaultPassword(password: string): boolean {
  return DEFAULT_PASSWORDS.includes(password) || DEFAULT_PASSWORDS.includes(password.toLowerCase());
}

/** At most 40: each costs a key derivation for each role. Most likely first. */
export const DEFAULT_PASSWORDS: readonly string[] = [
  'change_me',
  'changeme',
  'postgres',
  'password',
  'admin',
  'secret',
  'root',
  '123456',
  'change-me',
  'changethis',
  'mysecretpassword',
  'postgresql',
  'test',
  'example',
  'pass',
  'user',
  'guest',
  'demo',
  'default',
  'docker',
  'development',
  'dev',
  'local',
  'app',
  '1234',
  '12345',
  '12345678',
  '123456789',
  'password1',
  'password123',
  'passw0rd',
  'p@ssw0rd',
  'admin123',
  'qwerty',
  'letmein',
  'welcome',
  'abc123',
  'supersecret',
  'your_password',
  'toor',
];

/** How a stored password is kept, told by its beginning. Null = no password. */
export function verifierKind(verifier: string | null): RolePassword['kind'] {
  if (verifier === null) return 'none';
  if (SCRAM.test(verifier)) return 'scram-sha-256';
  return MD5.test(verifier) ? 'md5' : 'other';
}

/**
 * Tries the default passwords and the role's and databases' own names against one stored verifier, here and without
 * the server. Null where none fits; `undefined` where `isOver` said so before all were tried.
 * Formats: https://www.postgresql.org/docs/current/catalog-pg-authid.html
 */
export async function guessPassword(
  verifier: string,
  role: string,
  databases: readonly string[],
  isOver: () => boolean,
): Promise<RolePassword['weakness'] | undefined> {
  const guesses = new Map<string, NonNullable<RolePassword['weakness']>>();
  guesses.set(role, 'role-name');
  for (const password of DEFAULT_PASSWORDS) if (!guesses.has(password)) guesses.set(password, 'default');
  for (const name of databases) if (!guesses.has(name)) guesses.set(name, 'database-name');
  const fits = createMatcher(verifier, role);
  if (!fits) return null;
  for (const [password, weakness] of guesses) {
    if (isOver()) return undefined;
    if (await fits(password)) return weakness;
  }
  return null;
}

const SCRAM = /^SCRAM-SHA-256\$(\d+):([A-Za-z0-9+/=]+)\$([A-Za-z0-9+/=]+):([A-Za-z0-9+/=]+)$/;
const MD5 = /^md5[0-9a-f]{32}$/;
const derive = promisify(pbkdf2);

function createMatcher(verifier: string, role: string): ((password: string) => Promise<boolean>) | null {
  const scram = SCRAM.exec(verifier);
  if (scram) {
    const [, iterations = '', salt = '', stored = ''] = scram;
    const storedKey = Buffer.from(stored, 'base64');
    return async (password) => {
      // RFC 5802: StoredKey = H(HMAC(SaltedPassword, "Client Key")). NFKC is what SASLprep comes to for most names.
      const salted = await derive(
        password.normalize('NFKC'),
        Buffer.from(salt, 'base64'),
        Number(iterations),
        32,
        'sha256',
      );
      const clientKey = createHmac('sha256', salted).update('Client Key').digest();
      return isSame(createHash('sha256').update(clientKey).digest(), storedKey);
    };
  }
  if (!MD5.test(verifier)) return null;
  const stored = Buffer.from(verifier.slice(3), 'hex');
  return (password) =>
    Promise.resolve(
      isSame(
        createHash('md5')
          .update(password + role)
          .digest(),
        stored,
      ),
    );
}

function isSame(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
