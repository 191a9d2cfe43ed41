import { isSameProcess, processStart } from '#engine/embedded/process-identity.ts';
import type { SecretStore } from '#engine/host.ts';
import { describeAddress, type ConnectionTarget, type Place } from '#engine/postgres/target.ts';
import { Secret } from '#engine/secret.ts';

/** A role of a server, as it is known before anybody has connected. */
export type Login = Place & Pick<ConnectionTarget, 'user'>;

/** Passwords in the keychain: the one that works, and those that may have become the password by now. */
export interface StoredPasswords {
  read(login: Login): Promise<KnownPasswords>;
  /** Whether there is one that works. */
  has(login: Login): Promise<boolean>;
  /** Before the server hears of it: whatever happens then, it is not lost. */
  writePending(login: Login, password: Secret): Promise<void>;
  /** This password works: it takes the place of all others. */
  promote(login: Login, password: Secret): Promise<void>;
  /** Nothing of this login is wanted here any more; a change that is under way keeps its own. */
  forget(login: Login): Promise<void>;
  /** This pending password does not work; it stays where another PgVitals may be about to make it work. */
  discard(login: Login, password: Secret): Promise<void>;
}

export interface KnownPasswords {
  readonly current: Secret | null;
  /** Newest first; more than one where the end of an earlier change could never be found out. */
  readonly pending: readonly Secret[];
}

interface Pending {
  readonly password: string;
  /** The process that made it, and when that began: pids are used again. */
  readonly pid: number;
  readonly start: string | null;
}

const MOST_PENDING = 5;

export function storedPasswords(secrets: SecretStore): StoredPasswords {
  const pendingOf = async (login: Login): Promise<readonly Pending[]> => {
    const text = await secrets.read(keyOf(login, 'pending'));
    return text === null ? [] : (JSON.parse(text) as Pending[]);
  };
  const keep = (login: Login, pending: readonly Pending[]): Promise<void> =>
    pending.length === 0
      ? secrets.remove(keyOf(login, 'pending'))
      : secrets.write(keyOf(login, 'pending'), JSON.stringify(pending.slice(0, MOST_PENDING)));
  return {
    read: async (login) => {
      const current = await secrets.read(keyOf(login, 'password'));
      const pending = await pendingOf(login);
      return {
        current: current === null ? null : new Secret(current),
        pending: pending.map(({ password }) => new Secret(password)),
      };
    },
    has: async (login) => (await secrets.read(keyOf(login, 'password'))) !== null,
    writePending: async (login, password) => {
      const { pid } = process;
      const entry: Pending = { password: password.reveal(), pid, start: await processStart(pid) };
      await keep(login, [entry, ...(await pendingOf(login))]);
    },
    // In this order: between the two steps both are the same password.
    promote: async (login, password) => {
      await secrets.write(keyOf(login, 'password'), password.reveal());
      await keep(login, []);
    },
    forget: (login) => secrets.remove(keyOf(login, 'password')),
    discard: async (login, password) => {
      const pending = await pendingOf(login);
      const entry = pending.find((candidate) => candidate.password === password.reveal());
      if (!entry || (entry.pid !== process.pid && (await isSameProcess(entry.pid, entry.start)))) return;
      await keep(
        login,
        pending.filter((candidate) => candidate !== entry),
      );
    },
  };
}

function keyOf(login: Login, what: 'password' | 'pending'): string {
  return `${what} of ${loginName(login)}`;
}

/** The same for every way of writing the same user. */
export function loginName(login: Login): string {
  return `${encodeURIComponent(login.user)}@${describeAddress(login)}`;
}
