import { z } from 'zod';
import type { ConnectionProfile } from '#shared/model/profile.ts';
import { EngineError } from '#engine/errors.ts';
import { SECRET_KEYWORDS } from '#engine/postgres/target.ts';
import { sharedPart } from './profile-file.ts';

const EXCHANGE_KIND = 'pgvitals-connections';
const EXCHANGE_FORMAT = 1;

const exchanged = z.object({
  kind: z.literal(EXCHANGE_KIND),
  format: z.int(),
  profiles: z.array(z.unknown()).max(10_000),
});

export type ExchangedProfile = z.infer<typeof sharedPart>;

/** Profiles for another machine, as JSON: no secrets, and no commands, which would run there. */
export function exportProfiles(profiles: readonly ConnectionProfile[]): string {
  const entries = profiles.map(({ name, environment, group, notes, settings, ssh }) => ({
    name,
    environment,
    group,
    notes,
    settings,
    ssh,
  }));
  return `${JSON.stringify({ kind: EXCHANGE_KIND, format: EXCHANGE_FORMAT, profiles: entries }, null, 2)}\n`;
}

/** The profiles of an exported file that are not here yet. Throws BAD_INPUT where it is no such file. */
export function importProfiles(
  text: string,
  present: readonly ConnectionProfile[],
): { readonly added: readonly ExchangedProfile[]; readonly notes: readonly string[] } {
  const { success, data } = exchanged.safeParse(parse(text));
  if (!success)
    throw new EngineError(
      'BAD_INPUT',
      'This is not a file of exported connections.',
      'Export them on the other computer by “Export”, and choose that file.',
    );
  if (data.format > EXCHANGE_FORMAT)
    throw new EngineError(
      'BAD_INPUT',
      'This file was exported by a newer version of PgVitals.',
      'Update PgVitals here, then import it.',
    );
  const added: ExchangedProfile[] = [];
  let unreadable = 0;
  let known = 0;
  for (const entry of data.profiles) {
    const read = sharedPart.safeParse(withoutSecrets(entry));
    if (!read.success) unreadable += 1;
    else if ([...present, ...added].some((other) => isSame(other, read.data))) known += 1;
    else added.push(read.data);
  }
  const notes = [
    ...(known > 0 ? [`${count(known)} here already and ${known === 1 ? 'was' : 'were'} left out.`] : []),
    ...(unreadable > 0 ? [`${count(unreadable)} not understood and left out.`] : []),
  ];
  return { added, notes };
}

function count(number: number): string {
  return number === 1 ? 'One connection is' : `${number} connections are`;
}

function isSame(a: ExchangedProfile, b: ExchangedProfile): boolean {
  return a.name === b.name && JSON.stringify([a.settings, a.ssh]) === JSON.stringify([b.settings, b.ssh]);
}

/** Somebody may have written a password into the file by hand: the connection is welcome, the password is not. */
function withoutSecrets(entry: unknown): unknown {
  if (typeof entry !== 'object' || entry === null || !('settings' in entry)) return entry;
  const { settings } = entry;
  if (typeof settings !== 'object' || settings === null) return entry;
  return {
    ...entry,
    settings: Object.fromEntries(
      Object.entries(settings).filter(([keyword]) => !SECRET_KEYWORDS.includes(keyword)),
    ),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
