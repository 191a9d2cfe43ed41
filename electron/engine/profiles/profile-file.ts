import { join } from 'node:path';
import { z } from 'zod';
import { type ConnectionProfile, ENVIRONMENTS } from '#shared/model/profile.ts';
import { EngineError } from '#engine/errors.ts';
import { readJsonFile, writeJsonFile } from '#engine/json-file.ts';
import { SECRET_KEYWORDS } from '#engine/postgres/target.ts';

/** Raised when an older version could misread what this one writes; each released one has a fixture in the tests. */
export const PROFILE_FORMAT = 1;

const settings = z
  .record(z.string().max(64), z.string().max(4096))
  .refine((values) => SECRET_KEYWORDS.every((keyword) => !(keyword in values)));

/** What a profile has wherever it is written: in our own file and in an exported one. */
export const sharedPart = z.object({
  name: z.string().min(1).max(80),
  environment: z.enum(ENVIRONMENTS),
  group: z.string().max(80).nullable(),
  notes: z.string().max(4000),
  settings,
  ssh: z
    .object({
      destination: z.string().min(1).max(255),
      port: z.int().min(1).max(65_535).nullable(),
      user: z.string().max(255).nullable(),
      keyFile: z.string().max(4096).nullable(),
    })
    .nullable(),
});

const stored = sharedPart.extend({
  id: z.string().min(1).max(64),
  passwordCommand: z.string().max(4096).nullable(),
  createdAt: z.string(),
  lastUsedAt: z.string().nullable(),
  /** The database it last led to, as the store knows it. */
  databaseKey: z.string().nullable(),
});
const file = z.object({ format: z.int(), profiles: z.array(z.unknown()) });

export interface StoredProfile extends ConnectionProfile {
  readonly databaseKey: string | null;
}

export interface ProfileFile {
  readonly profiles: readonly StoredProfile[];
  /** Entries that this version cannot read; they are written back as they are. */
  readonly unreadable: readonly unknown[];
  /** Written by a newer version: it is left alone. */
  readonly isNewer: boolean;
}

export function profilePath(dataDir: string): string {
  return join(dataDir, 'connections.json');
}

/** Reads the saved connections. A damaged file is kept aside, and the one of before the last change is used. */
export async function readProfiles(path: string): Promise<ProfileFile> {
  const content = await readJsonFile(path);
  if (content === null) return { profiles: [], unreadable: [], isNewer: false };
  const { success, data } = file.safeParse(content);
  if (!success) return { profiles: [], unreadable: [content], isNewer: false };
  if (data.format > PROFILE_FORMAT) return { profiles: [], unreadable: [], isNewer: true };
  const entries = data.profiles.map((entry) => ({ entry, read: stored.safeParse(entry) }));
  return {
    profiles: entries.flatMap(({ read }) => (read.success ? [read.data] : [])),
    unreadable: entries.flatMap(({ entry, read }) => (read.success ? [] : [entry])),
    isNewer: false,
  };
}

/** Replaces the file as a whole. Throws FILE_NOT_WRITABLE. */
export async function writeProfiles(
  path: string,
  { profiles, unreadable }: Pick<ProfileFile, 'profiles' | 'unreadable'>,
): Promise<void> {
  try {
    await writeJsonFile(path, { format: PROFILE_FORMAT, profiles: [...profiles, ...unreadable] });
  } catch (cause) {
    throw new EngineError(
      'FILE_NOT_WRITABLE',
      `The file of the saved connections cannot be written: ${path}`,
      'Check the free space and the permissions of the folder; nothing was changed.',
      { cause },
    );
  }
}
