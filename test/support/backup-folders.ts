import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { BackupLocation } from '#shared/model/backup.ts';
import { type CatalogEntry, trustOf } from '#engine/backup/catalog.ts';
import {
  DATA_FILE,
  GLOBALS_FILE,
  LOG_FILE,
  type Manifest,
  MANIFEST_FILE,
  MANIFEST_VERSION,
  readManifest,
} from '#engine/backup/manifest.ts';
import { writeManifest } from '#engine/backup/manifest-file.ts';

/** Folders of backups as `create.ts` leaves them, with short files of our own instead of dumps: for rules about files. */

export const FOLDER_KEY = Buffer.alloc(32, 7);
/** Of the databases of one server, inside a location. */
export const SERVER_FOLDER = 'a-server';

export interface MadeBackup {
  readonly location: string;
  readonly folder: string;
  readonly manifest: Manifest;
}

export interface BackupTraits {
  readonly seq: number;
  readonly at: Date;
  readonly isVerified?: boolean;
  readonly data?: 'data.dump' | 'data';
  readonly change?: Partial<Manifest>;
}

export async function makeBackupFolder(
  location: string,
  { seq, at, isVerified = false, data = 'data.dump', change = {} }: BackupTraits,
): Promise<MadeBackup> {
  const stamp = at.toISOString().replace(/[-:]|\.\d+/g, '');
  const name = `${stamp}-${String(seq).padStart(6, '0')}-${seq.toString(16).padStart(8, '0')}`;
  const folder = join(location, SERVER_FOLDER, '16384-shop', name);
  const names = data === 'data' ? ['data/toc.dat', 'data/3001.dat.gz'] : [DATA_FILE];
  const files: Manifest['files'][number][] = [];
  for (const file of [...names, GLOBALS_FILE, LOG_FILE]) {
    const text = `${file} of backup ${seq}\n`.repeat(20);
    await mkdir(dirname(join(folder, file)), { recursive: true, mode: 0o700 });
    await writeFile(join(folder, file), text, { mode: 0o600 });
    files.push({ name: file, bytes: text.length, sha256: createHash('sha256').update(text).digest('hex') });
  }
  const manifest = manifestOf(seq, at, { files, isVerified, change });
  await writeManifest(folder, manifest, FOLDER_KEY);
  return { location, folder, manifest };
}

/** What a catalog makes of the folders of a location. */
export async function readBackupFolders(location: string): Promise<readonly CatalogEntry[]> {
  const database = join(location, SERVER_FOLDER, '16384-shop');
  const entries: CatalogEntry[] = [];
  for (const name of (await readdir(database)).toSorted()) {
    const folder = join(database, name);
    const text = await readFile(join(folder, MANIFEST_FILE), 'utf8').catch(() => '');
    const { manifest, refusal } = readManifest(text, FOLDER_KEY);
    if (manifest === null) continue;
    const isWhole = await filesMatch(folder, manifest);
    entries.push({
      manifest,
      folder,
      location: { ...PLACE, path: location },
      trust: isWhole ? trustOf(manifest) : 'damaged',
      isOurs: refusal === null,
    });
  }
  return entries;
}

const PLACE: BackupLocation = { id: 'here', path: '', isDefault: true, unavailable: null, freeBytes: null };

async function filesMatch(folder: string, { files }: Manifest): Promise<boolean> {
  for (const { name, sha256 } of files) {
    const content = await readFile(join(folder, name)).catch(() => null);
    if (content === null || createHash('sha256').update(content).digest('hex') !== sha256) return false;
  }
  return true;
}

function manifestOf(
  seq: number,
  at: Date,
  {
    files,
    isVerified,
    change,
  }: {
    readonly files: Manifest['files'];
    readonly isVerified: boolean;
    readonly change: Partial<Manifest>;
  },
): Manifest {
  return {
    schemaVersion: MANIFEST_VERSION,
    appVersion: '0.0.0-test',
    id: seq.toString(16).padStart(16, '0'),
    seq,
    instanceId: 'here',
    server: {
      key: '7000000000000000001/16384',
      label: 'shop on db.example:5432',
      systemIdentifier: '7000000000000000001',
      databaseOid: 16_384,
      database: 'shop',
      version: '15.18',
      versionNum: 150_018,
      encoding: 'UTF8',
      collate: 'C.UTF-8',
      ctype: 'C.UTF-8',
      snapshotAt: at.toISOString(),
    },
    tool: { version: '15.18', versionNum: 150_018 },
    shape: files.some(({ name }) => name === DATA_FILE) ? 'default' : 'fast',
    scope: { kind: 'database' },
    startedAt: at.toISOString(),
    endedAt: at.toISOString(),
    durationMs: 1_000,
    databaseBytes: 8_000_000,
    files,
    entries: [{ type: 'TABLE', count: 1 }],
    tables: [{ schema: 'public', name: 'orders', rows: 5, sourceHash: null }],
    extensions: [],
    roles: [],
    tablespaces: [],
    hasGlobals: true,
    notices: [],
    verifications: [
      {
        at: at.toISOString(),
        restoredOn: isVerified ? 'a PostgreSQL 15 of PgVitals’ own' : null,
        restoreMs: isVerified ? 900 : null,
        steps: (['file', 'checksum', 'archive', 'decode', 'restore'] as const).map((step) => ({
          step,
          verdict: step === 'restore' && !isVerified ? ('not run' as const) : ('passed' as const),
          durationMs: 1,
          text: 'As written.',
        })),
      },
    ],
    isPinned: false,
    note: '',
    trashedAt: null,
    ...change,
  };
}
