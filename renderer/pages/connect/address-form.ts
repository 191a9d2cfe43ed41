import type { ConnectionInput } from '#shared/contract/connections.ts';
import type { ProfileRow } from '#shared/model/profile.ts';
import type { Client } from '#renderer/api/client.ts';
import { isPort, type Settings, settingsText, tidied } from './settings.ts';
import { formOfHop, inputOfSsh, NO_SSH, type SshForm } from './SshFields.tsx';

/** An address while it is typed: as one line or in fields, whichever is in front; each takes over from the other. */
export interface AddressForm {
  readonly way: 'line' | 'fields';
  readonly line: string;
  readonly settings: Settings;
  /** What was changed since both said the same. */
  readonly newer: 'line' | 'fields' | null;
  /** The line that the fields were filled from: the engine takes its secrets from there, no field shows them. */
  readonly secretsOf: { readonly text: string; readonly hasPassword: boolean } | null;
  readonly password: string;
  /** Of the client key. */
  readonly keyPassphrase: string;
  readonly ssh: SshForm;
}

export const NEW_ADDRESS: AddressForm = {
  way: 'line',
  line: '',
  settings: { host: 'localhost', port: '5432', dbname: 'postgres', user: 'postgres', sslmode: 'prefer' },
  newer: null,
  secretsOf: null,
  password: '',
  keyPassphrase: '',
  ssh: NO_SSH,
};

export function addressOfProfile({ settings, ssh }: Pick<ProfileRow, 'settings' | 'ssh'>): AddressForm {
  return {
    ...NEW_ADDRESS,
    way: 'fields',
    line: settingsText(settings),
    settings,
    ssh: ssh === null ? NO_SSH : formOfHop(ssh),
  };
}

/** For the wire; null while something is missing. */
export function inputOfAddress(form: AddressForm): ConnectionInput | null {
  const { way, line, settings, secretsOf, password, keyPassphrase } = form;
  const ssh = inputOfSsh(form.ssh);
  if (ssh === undefined) return null;
  const rest = {
    ...(password === '' ? {} : { password }),
    ...(keyPassphrase === '' ? {} : { keyPassphrase }),
    ...(ssh === null ? {} : { ssh }),
  };
  if (way === 'line') return line.trim() === '' ? null : { text: line.trim(), ...rest };
  // Everything else has libpq's defaults.
  if (!isPort(settings['port'] ?? '')) return null;
  return {
    settings: tidied(settings),
    ...(secretsOf === null ? {} : { secretsOf: secretsOf.text }),
    ...rest,
  };
}

export function withLine(form: AddressForm, line: string): AddressForm {
  return { ...form, line, newer: 'line' };
}

export function withSettings(form: AddressForm, settings: Settings): AddressForm {
  return { ...form, settings, newer: 'fields' };
}

/** The fields brought in front, filled from the line. Rejects where the line is not understood. */
export async function toFields(
  form: AddressForm,
  client: Client,
  keep: readonly string[],
): Promise<AddressForm> {
  const text = form.line.trim();
  if (form.newer !== 'line' || text === '') return { ...form, way: 'fields' };
  const { settings, hasPassword } = await client.connections.understand({ text, keep: [...keep] });
  return { ...form, way: 'fields', newer: null, settings, secretsOf: { text, hasPassword } };
}

/** The line brought in front. */
export function toLine(form: AddressForm): AddressForm {
  if (form.newer !== 'fields') return { ...form, way: 'line' };
  return { ...form, way: 'line', newer: null, line: settingsText(tidied(form.settings)), secretsOf: null };
}

/** What a changed address is saved as; null where it is the one that is saved. Rejects where the line is not understood. */
export async function changedInput(
  form: AddressForm,
  profile: Pick<ProfileRow, 'settings' | 'ssh'>,
  client: Client,
): Promise<ConnectionInput | null> {
  const after = await copiedInput(form, profile, client);
  return isSame(after, inputOfAddress(addressOfProfile(profile))) ? null : after;
}

/** What an address is saved as, changed or not: by settings, so that what no field and no line knows stays. */
export async function copiedInput(
  form: AddressForm,
  { settings }: Pick<ProfileRow, 'settings'>,
  client: Client,
): Promise<ConnectionInput | null> {
  return inputOfAddress(await toFields(form, client, Object.keys(settings)));
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .map(([key, part]) => [key, sorted(part)] as const)
    .toSorted(([a], [b]) => a.localeCompare(b));
}
