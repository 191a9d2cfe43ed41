import type { ConnectionProfile } from '#shared/model/profile.ts';
import { hopOf, targetOfParameters } from '#engine/connection-request.ts';
import type { Abortable, SshRequest } from '#engine/engine.ts';
import type { SecretStore } from '#engine/host.ts';
import type { ConnectionTarget } from '#engine/postgres/target.ts';

/** What is typed for one login: the database's password, and what the SSH server asks for. */
export interface TypedSecrets {
  readonly password?: string | undefined;
  readonly ssh?: Pick<SshRequest, 'password' | 'passphrase' | 'trustFingerprint'> | undefined;
}

type Address = Pick<ConnectionProfile, 'settings' | 'ssh'>;

/** Where a saved connection leads. Throws BAD_URL, BAD_INPUT, FILE_NOT_READABLE, CANCELLED. */
export async function targetOfProfile(
  { settings, ssh }: Address,
  { password, ssh: typed, signal }: TypedSecrets & Abortable = {},
): Promise<ConnectionTarget> {
  const layer = { values: new Map(Object.entries(settings)), notes: [] };
  const target = await targetOfParameters([layer], password, signal);
  if (ssh === null) return target;
  const { destination, port, user, keyFile } = ssh;
  const hop = hopOf({
    destination,
    ...(port === null ? {} : { port }),
    ...(user === null ? {} : { user }),
    ...(keyFile === null ? {} : { keyFile }),
    ...typed,
  });
  return Object.freeze({ ...target, ssh: hop });
}

/** Null where its address cannot be understood, or names a service that is gone. */
export function loginOf(profile: Address): Promise<ConnectionTarget | null> {
  return targetOfProfile(profile).catch(() => null);
}

/** The SSH password and passphrase of a saved connection, in the keychain. */
export function storedSshSecrets(secrets: SecretStore) {
  const keyOf = (id: string): string => `ssh of connection ${id}`;
  return {
    read: async (id: string): Promise<Pick<SshRequest, 'password' | 'passphrase'>> => {
      const text = await secrets.read(keyOf(id));
      return text === null ? {} : (JSON.parse(text) as Pick<SshRequest, 'password' | 'passphrase'>);
    },
    write: async (id: string, { password, passphrase }: Pick<SshRequest, 'password' | 'passphrase'>) => {
      if (password || passphrase) await secrets.write(keyOf(id), JSON.stringify({ password, passphrase }));
    },
    remove: (id: string): Promise<void> => secrets.remove(keyOf(id)),
  };
}
