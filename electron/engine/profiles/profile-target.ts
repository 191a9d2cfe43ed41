import type { ConnectionProfile } from '#shared/model/profile.ts';
import { hopOf, targetOfParameters } from '#engine/connection-request.ts';
import type { Abortable, SshRequest } from '#engine/engine.ts';
import type { SecretStore } from '#engine/host.ts';
import { completeAddress } from '#engine/postgres/environment.ts';
import type { ConnectionParameters, ConnectionTarget } from '#engine/postgres/target.ts';

/** What is typed for one login: the database's password, the passphrase of the client key, and what the SSH server asks for. */
export interface TypedSecrets {
  readonly password?: string | undefined;
  readonly keyPassphrase?: string | undefined;
  readonly ssh?: Pick<SshRequest, 'password' | 'passphrase' | 'trustFingerprint'> | undefined;
}

type Way = Pick<ConnectionProfile, 'settings' | 'ssh'>;

/** Where a saved connection leads. Throws BAD_URL, BAD_INPUT, FILE_NOT_READABLE, CANCELLED. */
export async function targetOfProfile(
  { settings, ssh }: Way,
  { ssh: typed, ...login }: TypedSecrets & Abortable,
): Promise<ConnectionTarget> {
  return behind(await targetOfParameters([layerOf(settings)], login), ssh, typed);
}

/** The same without any secret, and without a look for one. */
export async function addressOfProfile({ settings, ssh }: Way): Promise<ConnectionTarget> {
  return behind(await completeAddress([layerOf(settings)], { env: {} }), ssh);
}

/** Null where its address cannot be understood, or names a service that is gone. */
export function loginOf(profile: Way): Promise<ConnectionTarget | null> {
  return addressOfProfile(profile).catch(() => null);
}

function layerOf(settings: ConnectionProfile['settings']): ConnectionParameters {
  return { values: new Map(Object.entries(settings)), notes: [] };
}

function behind(
  target: ConnectionTarget,
  ssh: ConnectionProfile['ssh'],
  typed: TypedSecrets['ssh'] = {},
): ConnectionTarget {
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

/** What opens the keys and the SSH server of one saved connection; the password belongs to a login. */
export interface ConnectionSecrets extends Pick<SshRequest, 'password' | 'passphrase'> {
  readonly keyPassphrase?: string | undefined;
}

/** The secrets of saved connections by their ids, in the keychain. */
export function storedConnectionSecrets(secrets: SecretStore) {
  const keyOf = (id: string): string => `ssh of connection ${id}`;
  const read = async (id: string): Promise<ConnectionSecrets> => {
    const text = await secrets.read(keyOf(id)).catch(() => null);
    return text === null ? {} : (JSON.parse(text) as ConnectionSecrets);
  };
  return {
    read,
    /** Beside those that are there. */
    add: async (id: string, { password, passphrase, keyPassphrase }: ConnectionSecrets): Promise<void> => {
      const given = Object.entries({ password, passphrase, keyPassphrase }).filter(([, secret]) => secret);
      if (given.length === 0) return;
      await secrets.write(keyOf(id), JSON.stringify({ ...(await read(id)), ...Object.fromEntries(given) }));
    },
    remove: (id: string): Promise<void> => secrets.remove(keyOf(id)),
  };
}
