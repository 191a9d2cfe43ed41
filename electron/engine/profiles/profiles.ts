import { randomUUID } from 'node:crypto';
import type {
  ConnectionProfile,
  Environment,
  ProfileImport,
  ProfileList,
  ProfileRow,
  ProfileSsh,
} from '#shared/model/profile.ts';
import { hopOf, parametersOf } from '#engine/connection-request.ts';
import type { Abortable, ConnectionRequest, SshRequest } from '#engine/engine.ts';
import { EngineError } from '#engine/errors.ts';
import type { Host } from '#engine/host.ts';
import { loginName, storedPasswords } from '#engine/plans/stored-passwords.ts';
import { type ConnectionTarget, describeAddress, withoutSecrets } from '#engine/postgres/target.ts';
import { describeHop } from '#engine/postgres/tunnel/hop.ts';
import { Secret } from '#engine/secret.ts';
import { exportProfiles, importProfiles } from './exchange.ts';
import { runPasswordCommand } from './password-command.ts';
import {
  addressOfProfile,
  loginOf,
  storedConnectionSecrets,
  targetOfProfile,
  type TypedSecrets,
} from './profile-target.ts';
import {
  type ProfileFile,
  profilePath,
  readProfiles,
  type StoredProfile,
  writeProfiles,
} from './profile-file.ts';

/** The wire's `profileInput`. */
export interface ProfileDraft {
  readonly id: string | null;
  readonly name: string;
  readonly environment: Environment;
  readonly group: string | null;
  readonly notes: string;
  readonly connection: ConnectionRequest | null;
  readonly passwordCommand: string | null;
  readonly keepPassword: boolean;
}

export interface ProfilesContext {
  readonly host: Pick<Host, 'dataDir' | 'secrets' | 'confirmCommand' | 'log'>;
  /** The newest audit of a database that the store knows; null where there is none. */
  lastAudit(databaseKey: string): ProfileRow['lastAudit'];
  /** The connection that is open of a profile. */
  connectionOf(profileId: string): string | null;
}

/** Saved connections: a file of ours without secrets, and the keychain for those where there is one. */
export interface Profiles {
  list(): Promise<ProfileList>;
  /** BAD_INPUT where it cannot be saved as it is, BAD_URL where the address is none. */
  save(draft: ProfileDraft): Promise<ProfileRow>;
  /** NOT_FOUND; BAD_INPUT unless `name` is its name. */
  remove(id: string, name: string): Promise<void>;
  find(id: string): Promise<ConnectionProfile>;
  /** NOT_FOUND, with the names there are. */
  named(name: string): Promise<ConnectionProfile>;
  /** Where it leads, with the password that was typed, the command's, or the passfile's. */
  resolve(id: string, options: Abortable & TypedSecrets): Promise<ResolvedProfile>;
  /** It was opened just now, and led to this database; what is to be kept has worked. */
  opened(id: string, databaseKey: string, keep: TypedSecrets): Promise<void>;
  export(): Promise<{ fileName: string; mediaType: string; text: string }>;
  import(text: string): Promise<ProfileImport>;
}

export interface ResolvedProfile {
  readonly profile: ConnectionProfile;
  readonly target: ConnectionTarget;
  /** Where a command prints the password: what it prints now. */
  readonly renewPassword: ((options: Abortable) => Promise<Secret>) | null;
}

/** Keeps the saved connections of `host.dataDir`; each change reads the file anew and replaces it as a whole. */
export function createProfiles(context: ProfilesContext): Profiles {
  const { host } = context;
  const path = host.dataDir === null ? null : profilePath(host.dataDir);
  const passwords = host.secrets === null ? null : storedPasswords(host.secrets);
  const ownSecrets = host.secrets === null ? null : storedConnectionSecrets(host.secrets);
  const read = (): Promise<ProfileFile> =>
    path === null ? Promise.resolve({ profiles: [], unreadable: [], isNewer: false }) : readProfiles(path);

  // One change after the other: two at once would each write the file without the other's.
  let last: Promise<unknown> = Promise.resolve();
  const change = <T>(
    work: (
      profiles: readonly StoredProfile[],
    ) => { readonly profiles: readonly StoredProfile[]; readonly result: T } | Promise<never>,
  ): Promise<T> => {
    const turn = async (): Promise<T> => {
      if (path === null) throw nothingKept();
      const { profiles, unreadable, isNewer } = await read();
      if (isNewer) throw newerFile(path);
      const next = await work(profiles);
      await writeProfiles(path, { profiles: next.profiles, unreadable });
      return next.result;
    };
    const next = last.then(turn, turn);
    last = next;
    return next;
  };

  /** Whether the keychain has the password of a login; each is looked up once by one of these. */
  const knownLogins = (): ((login: ConnectionTarget) => Promise<boolean>) => {
    const known = new Map<string, Promise<boolean>>();
    return (login) => {
      const name = loginName(login);
      const found = known.get(name) ?? (passwords?.has(login) ?? Promise.resolve(false)).catch(() => false);
      known.set(name, found);
      return found;
    };
  };

  const rowOf = async (
    { databaseKey, ...profile }: StoredProfile,
    isStored = knownLogins(),
  ): Promise<ProfileRow> => {
    const login = await loginOf(profile);
    return {
      ...profile,
      address: login === null ? 'The address is not understood' : addressOf(login),
      hasStoredPassword: login !== null && (await isStored(login)),
      lastAudit: databaseKey === null ? null : context.lastAudit(databaseKey),
      connectionId: context.connectionOf(profile.id),
    };
  };

  const find = async (id: string): Promise<StoredProfile> => {
    const profile = (await read()).profiles.find((candidate) => candidate.id === id);
    if (!profile) throw notFound();
    return profile;
  };

  /** The password of a login that no saved connection has any more. */
  const forgetUnused = async (profile: ConnectionProfile): Promise<void> => {
    const login = await loginOf(profile);
    if (passwords === null || login === null) return;
    const logins = await Promise.all((await read()).profiles.map(loginOf));
    const isUsed = logins.some((other) => other !== null && loginName(other) === loginName(login));
    if (!isUsed) await passwords.forget(login);
  };

  return {
    find,
    named: async (name) => {
      const { profiles } = await read();
      const profile = profiles.find((candidate) => candidate.name === name);
      if (profile) return profile;
      const names = profiles.map((candidate) => candidate.name);
      throw new EngineError(
        'NOT_FOUND',
        `There is no saved connection named ${JSON.stringify(name)}.`,
        names.length === 0 ? 'Save one in the app.' : `There are: ${names.slice(0, 12).join(', ')}.`,
      );
    },
    list: async () => {
      const { profiles, unreadable, isNewer } = await read();
      const isStored = knownLogins();
      const rows = await Promise.all(profiles.map((profile) => rowOf(profile, isStored)));
      return {
        profiles: rows.toSorted(inOrder),
        problem: problemOf(path, unreadable.length, isNewer),
        canSave: path !== null && !isNewer,
        canStorePasswords: passwords !== null,
        canSetCommands: host.confirmCommand !== null,
      };
    },
    save: async (draft) => {
      const before = draft.id === null ? null : await find(draft.id);
      const parameters = draft.connection === null ? null : parametersOf(draft.connection);
      if (before === null && parameters === null)
        throw new EngineError(
          'BAD_INPUT',
          'There is no address to save.',
          'Give a URL or fill in the fields.',
        );
      const settings = parameters === null ? (before?.settings ?? {}) : withoutSecrets(parameters.values);
      const typed = draft.connection?.password || parameters?.values.get('password') || null;
      const keyPassphrase = draft.connection?.keyPassphrase || parameters?.values.get('sslpassword');
      if (draft.keepPassword && passwords === null) throw noKeychain();
      await confirmCommand(host, draft.passwordCommand, before?.passwordCommand ?? null);
      const profile: StoredProfile = {
        id: draft.id ?? randomUUID(),
        name: draft.name.trim(),
        environment: draft.environment,
        group: draft.group?.trim() || null,
        notes: draft.notes,
        settings,
        ssh: draft.connection === null ? (before?.ssh ?? null) : sshOf(draft.connection.ssh),
        passwordCommand: draft.passwordCommand?.trim() || null,
        createdAt: before?.createdAt ?? new Date().toISOString(),
        lastUsedAt: before?.lastUsedAt ?? null,
        databaseKey: before?.databaseKey ?? null,
      };
      // Before it is written: an address that cannot be is not saved.
      const target = await addressOfProfile(profile);
      await change((profiles) => {
        if (profiles.some(({ id, name }) => id !== profile.id && name === profile.name))
          throw new EngineError(
            'BAD_INPUT',
            `There is a connection named ${JSON.stringify(profile.name)} already.`,
            'Give this one another name.',
          );
        return { profiles: [...profiles.filter(({ id }) => id !== profile.id), profile], result: null };
      });
      if (passwords !== null && draft.keepPassword && typed !== null)
        await passwords.promote(target, new Secret(typed));
      // What opened one key or one server is never shown to another.
      if (!draft.keepPassword || (before !== null && !isSameWay(before, profile)))
        await ownSecrets?.remove(profile.id);
      if (draft.keepPassword) await ownSecrets?.add(profile.id, { ...draft.connection?.ssh, keyPassphrase });
      if (before !== null) await forgetUnused(before);
      // A new one says nothing of what is stored: another connection, or a rotation, may have left it for this login.
      if (before !== null && !draft.keepPassword) await passwords?.forget(target);
      return rowOf(profile);
    },
    remove: async (id, name) => {
      const profile = await find(id);
      if (profile.name !== name)
        throw new EngineError(
          'BAD_INPUT',
          'The typed name is not the name of this connection.',
          `Type ${profile.name} to remove it.`,
        );
      await change((profiles) => ({ profiles: profiles.filter((other) => other.id !== id), result: null }));
      await forgetUnused(profile);
      await ownSecrets?.remove(id);
    },
    resolve: async (id, { password, signal, ...given }) => {
      const profile = await find(id);
      const { passwordCommand: command } = profile;
      const { keyPassphrase, ...ssh } = (await ownSecrets?.read(id)) ?? {};
      const typed = {
        keyPassphrase: given.keyPassphrase ?? keyPassphrase,
        ssh: { ...ssh, ...given.ssh },
        signal,
      };
      if (password || command === null) {
        const target = await targetOfProfile(profile, { ...typed, password });
        return { profile, target, renewPassword: null };
      }
      const renewPassword = (options: Abortable): Promise<Secret> => runPasswordCommand(command, options);
      const printed = await renewPassword({ signal });
      const target = await targetOfProfile(profile, { ...typed, password: printed.reveal() });
      return { profile, target, renewPassword };
    },
    opened: async (id, databaseKey, keep) => {
      const profile = await change((profiles) => {
        const used = profiles.map((entry) =>
          entry.id === id ? { ...entry, databaseKey, lastUsedAt: new Date().toISOString() } : entry,
        );
        return { profiles: used, result: used.find((entry) => entry.id === id) };
      });
      if (!profile) return;
      if (keep.password) await passwords?.promote(await addressOfProfile(profile), new Secret(keep.password));
      await ownSecrets?.add(id, { ...keep.ssh, keyPassphrase: keep.keyPassphrase });
    },
    export: async () => ({
      fileName: 'pgvitals-connections.json',
      mediaType: 'application/json',
      text: exportProfiles((await read()).profiles),
    }),
    import: (text) =>
      change((profiles) => {
        const { added, notes } = importProfiles(text, profiles);
        const names = new Set(profiles.map(({ name }) => name));
        const fresh = added.map((entry): StoredProfile => {
          const name = freeName(entry.name, names);
          names.add(name);
          return {
            ...entry,
            name,
            id: randomUUID(),
            passwordCommand: null,
            createdAt: new Date().toISOString(),
            lastUsedAt: null,
            databaseKey: null,
          };
        });
        return { profiles: [...profiles, ...fresh], result: { added: fresh.length, notes } };
      }),
  };
}

/** "role@host:port/database through user@bastion" */
function addressOf({ user, host, port, database, ssh }: ConnectionTarget): string {
  const place = `${user}@${describeAddress({ host, port })}/${database}`;
  return ssh === null ? place : `${place} through ${describeHop(ssh)}`;
}

function sshOf(given: SshRequest | undefined): ProfileSsh | null {
  if (given === undefined) return null;
  const { destination, port, user, keyFile } = hopOf(given);
  return { destination, port, user, keyFile };
}

/** Through the same SSH server, by the same keys. */
function isSameWay(a: ConnectionProfile, b: ConnectionProfile): boolean {
  return JSON.stringify([a.ssh, a.settings['sslkey']]) === JSON.stringify([b.ssh, b.settings['sslkey']]);
}

/** By group, those without one last; then by name. */
function inOrder(a: ProfileRow, b: ProfileRow): number {
  if ((a.group === null) !== (b.group === null)) return a.group === null ? 1 : -1;
  return (a.group ?? '').localeCompare(b.group ?? '') || a.name.localeCompare(b.name);
}

function freeName(name: string, taken: ReadonlySet<string>): string {
  for (let number = 2, free = name; ; number += 1) {
    if (!taken.has(free)) return free;
    free = `${name.slice(0, 72)} (${number})`;
  }
}

/** A page must not be able to make this computer run something: its user is asked outside of it. */
async function confirmCommand(
  host: Pick<Host, 'confirmCommand'>,
  command: string | null,
  before: string | null,
): Promise<void> {
  if (!command?.trim() || command.trim() === before) return;
  if (host.confirmCommand === null)
    throw new EngineError(
      'BAD_INPUT',
      'A command for the password cannot be set in the browser.',
      'Set it in the desktop app, or with “pgvitals connections set-command”.',
    );
  if (!(await host.confirmCommand(command.trim())))
    throw new EngineError('CANCELLED', 'The command was not confirmed.', 'Nothing was saved.');
}

function problemOf(path: string | null, unreadable: number, isNewer: boolean): string | null {
  if (isNewer) return newerFile(path ?? '').message;
  if (unreadable === 0) return null;
  return unreadable === 1
    ? 'One saved connection cannot be read; it is kept in the file as it is.'
    : `${unreadable} saved connections cannot be read; they are kept in the file as they are.`;
}

function nothingKept(): EngineError {
  return new EngineError(
    'BAD_INPUT',
    'Nothing is kept on this host.',
    'Open PgVitals without the demo to save connections.',
  );
}

function newerFile(path: string): EngineError {
  return new EngineError(
    'FILE_NOT_READABLE',
    `The saved connections were written by a newer version of PgVitals: ${path}`,
    'Update PgVitals; the file is left as it is.',
  );
}

function noKeychain(): EngineError {
  return new EngineError(
    'BAD_INPUT',
    'This host has no keychain, so the password cannot be kept.',
    'Save the connection without it: the password is asked for each time, or comes from the passfile.',
  );
}

function notFound(): EngineError {
  return new EngineError('NOT_FOUND', 'This saved connection is gone.', 'Choose another one.');
}
