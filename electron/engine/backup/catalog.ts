import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BackupLocation, BackupRow, BackupTrust, Verification } from '#shared/model/backup.ts';
import { formatCountOf } from '#shared/model/format.ts';
import { EngineError, throwIfAborted } from '#engine/errors.ts';
import type { BackupStore } from '#engine/store/backups.ts';
import { LOG_FILE, MANIFEST_FILE, type Manifest, readManifest, signManifest } from './manifest.ts';
import { writeManifest } from './manifest-file.ts';
import type { Places } from './places.ts';

export interface CatalogEntry {
  readonly manifest: Manifest;
  readonly folder: string;
  readonly location: BackupLocation;
  readonly trust: BackupTrust;
  /** Made by this installation and as it left it: only such ones are ever deleted. */
  readonly isOurs: boolean;
}

export interface Catalog {
  /** Of one server, newest first; what cannot be listed is said in `notices`. */
  list(
    server: string,
    options: { readonly signal?: AbortSignal | undefined },
  ): Promise<{ readonly entries: readonly CatalogEntry[]; readonly notices: readonly string[] }>;
  /** NOT_FOUND; LOCATION_UNAVAILABLE where it is known, but its drive is not there. */
  read(
    server: string,
    id: string,
    options: { readonly signal?: AbortSignal | undefined },
  ): Promise<CatalogEntry>;
  /** Files a new backup. */
  add(server: string, location: BackupLocation, folder: string, manifest: Manifest): void;
  /** Writes the manifest of a folder that is no unfinished one, and files it. */
  file(server: string, location: BackupLocation, folder: string, manifest: Manifest): Promise<void>;
  /** Changes what may change (verifications, pin, note, trash); the file first, then the store. */
  change(server: string, entry: CatalogEntry, change: Partial<Manifest>): Promise<void>;
  forget(id: string): void;
}

/** Larger ones are none of ours. */
const MOST_MANIFEST_BYTES = 64 * 1024 * 1024;

/**
 * The backups of all locations. The manifests beside the data are the truth and are read each time; the store only
 * remembers those of a location that is not there, and is rebuilt from the manifests when it is lost.
 */
export function openCatalog(store: BackupStore, places: Places): Catalog {
  /** Of each server what somebody else removed; said until this process ends, whoever reads the list first. */
  const removed = new Map<string, Set<string>>();
  const catalog: Catalog = {
    list: async (server, { signal }) => {
      const notices: string[] = [];
      const entries: CatalogEntry[] = [];
      const seen = new Set<string>();
      const remembered = store.list(server);
      const locations = await places.list();
      for (const location of locations) {
        throwIfAborted(signal);
        if (location.unavailable !== null) {
          const lost = remembered.filter(({ place }) => place === location.id);
          const known =
            lost.length === 0
              ? 'Whether it holds backups is not known'
              : `${formatCountOf(lost.length, 'backup')} of it ${lost.length === 1 ? 'is' : 'are'} known from before; it may hold others`;
          notices.push(`${location.path} cannot be used now (${location.unavailable}). ${known}.`);
          for (const { id, folder, manifest } of lost) {
            const read = readManifest(manifest, places.key);
            seen.add(id);
            if (read.manifest)
              entries.push({ manifest: read.manifest, folder, location, trust: 'missing', isOurs: false });
          }
          continue;
        }
        for (const folder of await backupFolders(join(location.path, server), notices)) {
          const entry = await entryAt(folder, location, places.key, notices);
          if (entry === null || seen.has(entry.manifest.id)) continue;
          seen.add(entry.manifest.id);
          entries.push(entry);
          if (entry.isOurs) catalog.add(server, location, folder, entry.manifest);
        }
      }
      const gone = removed.get(server) ?? new Set();
      removed.set(server, gone);
      // What another PgVitals deletes meanwhile it forgets itself.
      for (const { id, place, manifest } of store.list(server)) {
        if (seen.has(id) || !remembered.some((known) => known.id === id)) continue;
        store.forget(id);
        // What was there and is gone, though its location is not: somebody removed it by hand. The trash may be gone halfway.
        const isTrash = readManifest(manifest, places.key).manifest?.trashedAt !== null;
        if (!isTrash && locations.some((location) => location.id === place)) gone.add(id);
      }
      for (const id of seen) gone.delete(id);
      if (gone.size > 0)
        notices.push(
          `${formatCountOf(gone.size, 'backup was', 'backups were')} removed outside of PgVitals.`,
        );
      return { entries: entries.toSorted((a, b) => b.manifest.seq - a.manifest.seq), notices };
    },
    read: async (server, id, options) => {
      const { entries } = await catalog.list(server, options);
      const entry = entries.find(({ manifest }) => manifest.id === id);
      if (!entry)
        throw new EngineError('NOT_FOUND', 'This backup is not there any more.', 'Read the list again.');
      if (entry.location.unavailable !== null)
        throw new EngineError(
          'LOCATION_UNAVAILABLE',
          `${entry.location.path} cannot be used now: ${entry.location.unavailable}.`,
          'Connect the drive, then try again.',
        );
      return entry;
    },
    add: (server, location, folder, manifest) =>
      store.put({
        id: manifest.id,
        server,
        place: location.id,
        folder,
        seq: manifest.seq,
        manifest: signManifest(manifest, places.key),
      }),
    change: async (server, { manifest, folder, location, isOurs }, change) => {
      if (!isOurs)
        throw new EngineError(
          'PLAN_REFUSED',
          'This backup was not made here, or its manifest was changed: it is left alone.',
          'Import it first; then it is one of yours.',
        );
      await catalog.file(server, location, folder, { ...manifest, ...change });
    },
    file: async (server, location, folder, manifest) => {
      await writeManifest(folder, manifest, places.key);
      catalog.add(server, location, folder, manifest);
    },
    forget: (id) => store.forget(id),
  };
  return catalog;
}

/** What the last verification left of it: 1–4 decide whether it is damaged, only a test restore makes it verified. */
export function trustOf(manifest: Manifest): BackupTrust {
  const last = manifest.verifications.at(-1);
  if (last?.steps.some(({ step, verdict }) => verdict === 'failed' && step !== 'restore')) return 'damaged';
  const restored = manifest.verifications.findLast(({ steps }) =>
    steps.some(({ step, verdict }) => step === 'restore' && verdict !== 'not run'),
  );
  return restored && hasRestored(restored) ? 'verified' : 'intact';
}

export function hasRestored({ steps }: Pick<Verification, 'steps'>): boolean {
  return steps.some(({ step, verdict }) => step === 'restore' && verdict === 'passed');
}

export function rowOf({ manifest, trust, location }: CatalogEntry, busy: string | null): BackupRow {
  return {
    id: manifest.id,
    seq: manifest.seq,
    database: manifest.server.database,
    trust,
    shape: manifest.shape,
    scope: manifest.scope,
    startedAt: manifest.startedAt,
    durationMs: manifest.durationMs,
    sizeBytes: sizeOf(manifest),
    databaseBytes: manifest.databaseBytes,
    tables: manifest.tables.length,
    rows: manifest.tables.reduce((sum, { rows }) => sum + rows, 0),
    serverVersion: manifest.server.version,
    toolVersion: manifest.tool.version,
    hasGlobals: manifest.hasGlobals,
    isPinned: manifest.isPinned,
    note: manifest.note,
    lastVerification: manifest.verifications.at(-1) ?? null,
    lastRestoreTestAt: manifest.verifications.findLast(hasRestored)?.at ?? null,
    locationId: location.id,
    trashedAt: manifest.trashedAt,
    busy,
  };
}

/** Data and globals; the log is no part of it. */
export function sizeOf({ files }: Manifest): number {
  return files.reduce((sum, { name, bytes }) => (name === LOG_FILE ? sum : sum + bytes), 0);
}

async function entryAt(
  folder: string,
  location: BackupLocation,
  key: Uint8Array,
  notices: string[],
): Promise<CatalogEntry | null> {
  const path = join(folder, MANIFEST_FILE);
  const status = await lstat(path).catch(() => null);
  if (!status?.isFile() || status.size > MOST_MANIFEST_BYTES) {
    notices.push(`${folder} has no manifest: it is none of PgVitals' backups and is left alone.`);
    return null;
  }
  const { manifest, refusal } = readManifest(await readFile(path, 'utf8').catch(() => ''), key);
  if (manifest === null) {
    notices.push(
      refusal === 'too new'
        ? `${folder} was written by a newer PgVitals.`
        : `${path} cannot be read: the backup beside it is left alone.`,
    );
    return null;
  }
  const isOurs = refusal === null;
  const isWhole = await filesAreThere(folder, manifest);
  const trust = !isOurs ? 'foreign' : isWhole ? trustOf(manifest) : 'damaged';
  return { manifest, folder, location, trust, isOurs };
}

/** By name, kind and length only: what they hold is for a verification. */
async function filesAreThere(folder: string, { files }: Manifest): Promise<boolean> {
  for (const { name, bytes } of files) {
    const status = await lstat(join(folder, name)).catch(() => null);
    if (!status?.isFile() || status.size !== bytes) return false;
  }
  return true;
}

/** `<server>/<database>/<backup>`; links are not followed, unfinished ones are not listed. */
async function backupFolders(server: string, notices: string[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const database of await foldersIn(server, notices)) {
    for (const folder of await foldersIn(database, notices)) {
      if (!folder.endsWith('.partial')) found.push(folder);
    }
  }
  return found;
}

async function foldersIn(folder: string, notices: string[]): Promise<readonly string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code !== 'ENOENT') notices.push(`${folder} cannot be read (${code}).`);
    return [];
  }
}
