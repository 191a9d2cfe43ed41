import { readFile } from 'node:fs/promises';
import { EngineError } from '#engine/errors.ts';

export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/**
 * The account to run the server as: null means our own. PostgreSQL refuses to run as root, so root hands over to
 * an unprivileged account of the system. Throws DEMO_UNAVAILABLE where root finds none.
 */
export async function serverAccount(): Promise<Account | null> {
  if (process.getuid?.() !== 0) return null;
  const account = chooseAccount(await readFile('/etc/passwd', 'utf8').catch(() => ''));
  if (account) return account;
  throw new EngineError(
    'DEMO_UNAVAILABLE',
    'PostgreSQL does not run as root, and this system has no unprivileged account to run it as.',
    'Start PgVitals as a normal user.',
  );
}

/** Prefers an account made for servers; any other that is neither root nor a wrapped negative id will do. */
export function chooseAccount(passwd: string): Account | null {
  const accounts = passwd
    .split('\n')
    .map((line) => line.split(':'))
    .map(([name, , uid, gid]) => ({ name: name ?? '', uid: Number(uid), gid: Number(gid) }))
    .filter(({ name, uid, gid }) => name !== '' && uid > 0 && uid <= 65_534 && gid > 0 && gid <= 65_534);
  for (const preferred of ['postgres', '_postgres', 'nobody', 'daemon']) {
    const found = accounts.find(({ name }) => name === preferred);
    if (found) return found;
  }
  return accounts[0] ?? null;
}
