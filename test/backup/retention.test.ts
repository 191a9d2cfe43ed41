import { spawn } from 'node:child_process';
import fs from 'node:fs';
import {
  chmod,
  cp,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { readManifest } from '#engine/backup/manifest.ts';
import { MANIFEST_TEMPORARY, writeManifest } from '#engine/backup/manifest-file.ts';
import { emptyTrash, moveToTrash, sweepEmptied } from '#engine/backup/trash.ts';
import {
  FOLDER_KEY,
  type MadeBackup,
  makeBackupFolder,
  readBackupFolders,
  SERVER_FOLDER,
} from '../support/backup-folders.ts';

const DAY_MS = 86_400_000;
const NOW_MS = Date.parse('2026-11-26T20:00:00Z');
const daysAgo = (days: number): Date => new Date(NOW_MS - days * DAY_MS);
const isRoot = process.getuid?.() === 0;

async function newLocation(): Promise<string> {
  const location = await mkdtemp(join(tmpdir(), 'pgv-retention-'));
  onTestFinished(() => rm(location, { recursive: true, force: true }));
  return location;
}

/** One in the trash for eight days. */
async function trashed(location: string, data: 'data.dump' | 'data' = 'data.dump'): Promise<MadeBackup> {
  const made = await makeBackupFolder(location, { seq: 1, at: daysAgo(30), data });
  return { ...made, manifest: await moveToTrash(made.folder, made.manifest, FOLDER_KEY, daysAgo(8)) };
}

describe('killed after each step on the disk', () => {
  it('loses nothing that must stay, and ends as it should when it is run again (F53)', async () => {
    const original = await newLocation();
    const at = (seq: number, days: number, more: object = {}): Promise<MadeBackup> =>
      makeBackupFolder(original, { seq, at: daysAgo(days), ...more });
    const change = { trashedAt: daysAgo(8).toISOString() };
    await at(1, 50, { change, data: 'data' });
    await at(2, 40, { isVerified: true });
    await at(3, 30, { isVerified: true });
    await at(4, 20);
    await at(5, 1);
    await at(6, 0);
    const whole = Number(/^steps (\d+)$/m.exec(await run(await copyOf(original), 0))?.[1]);
    expect(whole).toBeGreaterThan(15);

    const seen = new Set<string>();
    for (let step = 1; step <= whole; step += 1) {
      const location = await copyOf(original);
      expect(await run(location, step)).toBe('');
      const left = await readBackupFolders(location);
      seen.add(await stateOf(location));
      // What stays by rule is whole, whenever it ends.
      for (const seq of [3, 5, 6])
        expect(left.find(({ manifest }) => manifest.seq === seq)).toMatchObject({
          trust: seq === 3 ? 'verified' : 'intact',
          manifest: { trashedAt: null },
        });
      // What was to be deleted is there as it was, or in the trash, or known by its manifest until its data is gone.
      for (const { manifest, trust } of left.filter((entry) => [2, 4].includes(entry.manifest.seq)))
        expect([trust, manifest.trashedAt === null || manifest.trashedAt > change.trashedAt]).toEqual([
          manifest.seq === 2 ? 'verified' : 'intact',
          true,
        ]);
      await run(location, 0);
      expect(await stateOf(location)).toBe('2 trashed, 3 verified, 4 trashed, 5 intact, 6 intact');
      await rm(location, { recursive: true });
    }
    // The steps did stop it at different points.
    expect(seen.size).toBeGreaterThanOrEqual(5);
  });
});

describe('emptying the trash', () => {
  for (const data of ['data.dump', 'data'] as const)
    it(`deletes what the manifest lists and the folder: ${data}`, async () => {
      const location = await newLocation();
      const made = await trashed(location, data);
      const sizes = made.manifest.files.reduce((sum, { bytes }) => sum + bytes, 0);
      const manifestBytes = (await stat(join(made.folder, 'manifest.json'))).size;
      expect(await emptyTrash(made, FOLDER_KEY, {})).toEqual({
        isGone: true,
        left: [],
        freedBytes: sizes + manifestBytes,
      });
      await expect(lstat(made.folder)).rejects.toThrow('ENOENT');
    });

  it('leaves foreign files, links and folders untouched, and their folder (F56)', async () => {
    const location = await newLocation();
    const elsewhere = await newLocation();
    await writeFile(join(elsewhere, 'victim'), 'mine');
    const { folder, ...made } = await trashed(location, 'data');
    await writeFile(join(folder, 'notes.txt'), 'mine');
    await writeFile(join(folder, 'data', 'holiday.jpg'), 'mine');
    await symlink('/', join(folder, 'root'));
    await mkdir(join(folder, 'sub'));
    await rm(join(folder, 'globals.sql'));
    await symlink(join(elsewhere, 'victim'), join(folder, 'globals.sql'));
    const emptied = await emptyTrash({ ...made, folder }, FOLDER_KEY, {});
    expect(emptied).toMatchObject({ isGone: false });
    expect(emptied.left.toSorted()).toEqual(['data', 'globals.sql', 'notes.txt', 'root', 'sub']);
    expect(await readdir(join(folder, 'data'))).toEqual(['holiday.jpg']);
    expect(await readFile(join(elsewhere, 'victim'), 'utf8')).toBe('mine');
    await sweepEmptied(join(folder, '..'));
    expect((await readdir(folder)).length).toBe(5);
  });

  it('follows no link to another folder, wherever it stands', async () => {
    const location = await newLocation();
    const elsewhere = await newLocation();
    const { folder, ...made } = await trashed(location, 'data');
    const refused = expect.objectContaining({ code: 'PLAN_REFUSED' });
    // In place of the backup, then of the database's folder, then of `data`.
    for (const path of [folder, join(folder, '..')]) {
      await rename(path, join(elsewhere, 'moved'));
      await symlink(join(elsewhere, 'moved'), path);
      await expect(emptyTrash({ ...made, folder }, FOLDER_KEY, {})).rejects.toEqual(refused);
      await rm(path);
      await rename(join(elsewhere, 'moved'), path);
    }
    await rename(join(folder, 'data'), join(elsewhere, 'data'));
    await symlink(join(elsewhere, 'data'), join(folder, 'data'));
    expect(await emptyTrash({ ...made, folder }, FOLDER_KEY, {})).toMatchObject({
      isGone: false,
      left: ['data'],
    });
    expect((await readdir(join(elsewhere, 'data'))).length).toBe(2);
    // A location that is a link itself was chosen like that.
    const other = await trashed(elsewhere);
    await symlink(elsewhere, join(location, 'link'));
    const throughLink = { ...other, location: join(location, 'link') };
    const below = other.folder.slice(elsewhere.length + 1);
    expect(
      await emptyTrash({ ...throughLink, folder: join(location, 'link', below) }, FOLDER_KEY, {}),
    ).toMatchObject({ isGone: true });
  });

  it('refuses what is not in the trash any more, was exchanged or signed elsewhere', async () => {
    const location = await newLocation();
    const made = await trashed(location);
    const refused = expect.objectContaining({ code: 'PLAN_REFUSED' });
    await writeManifest(made.folder, { ...made.manifest, trashedAt: null }, FOLDER_KEY);
    await expect(emptyTrash(made, FOLDER_KEY, {})).rejects.toEqual(refused);
    await writeManifest(made.folder, { ...made.manifest, id: 'ffffffffffffffff' }, FOLDER_KEY);
    await expect(emptyTrash(made, FOLDER_KEY, {})).rejects.toEqual(refused);
    await writeManifest(made.folder, made.manifest, Buffer.alloc(32, 8));
    await expect(emptyTrash(made, FOLDER_KEY, {})).rejects.toEqual(refused);
    await writeManifest(made.folder, made.manifest, FOLDER_KEY);
    const outside = { ...made, location: join(made.folder, '..') };
    await expect(emptyTrash({ ...outside, folder: location }, FOLDER_KEY, {})).rejects.toEqual(refused);
    expect((await readdir(made.folder)).length).toBe(4);
    await rename(location, `${location}.gone`);
    await expect(emptyTrash(made, FOLDER_KEY, {})).rejects.toMatchObject({ code: 'LOCATION_UNAVAILABLE' });
    await rename(`${location}.gone`, location);
  });

  it('deletes nothing that a manifest could name elsewhere', async () => {
    const location = await newLocation();
    await writeFile(join(location, 'victim'), 'mine');
    const files = [
      '../../../victim',
      'data/../../../../victim',
      '/etc/hostname',
      'data/..',
      '.',
      'other.txt',
    ];
    const made = await makeBackupFolder(location, {
      seq: 1,
      at: daysAgo(30),
      change: {
        trashedAt: daysAgo(8).toISOString(),
        files: files.map((name) => ({ name, bytes: 4, sha256: '' })),
      },
    });
    await writeFile(join(made.folder, 'other.txt'), 'mine');
    const emptied = await emptyTrash(made, FOLDER_KEY, {});
    expect(emptied.left.toSorted()).toEqual(['data.dump', 'globals.sql', 'other.txt']);
    expect(await readFile(join(location, 'victim'), 'utf8')).toBe('mine');
  });

  it.skipIf(isRoot)('says which file the disk would not let go, and goes on later', async () => {
    const location = await newLocation();
    const made = await trashed(location);
    await chmod(made.folder, 0o500);
    await expect(emptyTrash(made, FOLDER_KEY, {})).rejects.toMatchObject({
      code: 'FILE_NOT_WRITABLE',
      message: expect.stringContaining('data.dump could not be deleted (EACCES)'),
    });
    await chmod(made.folder, 0o700);
    expect(await emptyTrash(made, FOLDER_KEY, {})).toMatchObject({ isGone: true });
  });

  it('sweeps empty folders of backups only', async () => {
    const location = await newLocation();
    const made = await trashed(location);
    const database = join(made.folder, '..');
    await mkdir(join(database, '20261126T201500Z-000007-0a0b0c0d'));
    await mkdir(join(database, 'holidays'));
    await symlink(location, join(database, '20261126T201500Z-000008-0a0b0c0d'));
    await sweepEmptied(database);
    expect((await readdir(database)).length).toBe(3);
    await sweepEmptied(join(location, 'absent'));
  });
});

describe('writing a manifest', () => {
  afterEach(() => {
    vi.restoreAllMocks();
    syncBuiltinESMExports();
  });

  it('is private, signed, and leaves nothing beside it', async () => {
    const location = await newLocation();
    const { folder, manifest } = await makeBackupFolder(location, { seq: 1, at: daysAgo(1) });
    expect((await stat(join(folder, 'manifest.json'))).mode & 0o777).toBe(0o600);
    expect(readManifest(await readFile(join(folder, 'manifest.json'), 'utf8'), FOLDER_KEY)).toEqual({
      manifest,
      refusal: null,
    });
    expect((await readdir(folder)).toSorted()).toEqual([
      'data.dump',
      'globals.sql',
      'log.txt',
      'manifest.json',
    ]);
  });

  it('goes over what a crash or somebody else left at its name, not through it', async () => {
    const location = await newLocation();
    const { folder, manifest } = await makeBackupFolder(location, { seq: 1, at: daysAgo(1) });
    await writeFile(join(location, 'victim'), 'mine');
    await symlink(join(location, 'victim'), join(folder, MANIFEST_TEMPORARY));
    await writeManifest(folder, { ...manifest, note: 'second' }, FOLDER_KEY);
    await writeFile(join(folder, MANIFEST_TEMPORARY), '{"cut');
    await writeManifest(folder, { ...manifest, note: 'third' }, FOLDER_KEY);
    expect(await readFile(join(location, 'victim'), 'utf8')).toBe('mine');
    expect((await readBackupFolders(location)).map((entry) => entry.manifest.note)).toEqual(['third']);
  });

  for (const [code, call] of [
    ['ENOSPC', 'writeFile'],
    ['EIO', 'sync'],
  ] as const)
    it(`keeps the old one when the disk says ${code}`, async () => {
      const location = await newLocation();
      const { folder, manifest } = await makeBackupFolder(location, { seq: 1, at: daysAgo(1) });
      const openReally = fs.promises.open;
      vi.spyOn(fs.promises, 'open').mockImplementation(async (...args) => {
        const handle = await openReally(...args);
        vi.spyOn(handle, call).mockRejectedValue(Object.assign(new Error(code), { code }));
        return handle;
      });
      syncBuiltinESMExports();
      await expect(writeManifest(folder, { ...manifest, note: 'new' }, FOLDER_KEY)).rejects.toMatchObject({
        code: 'FILE_NOT_WRITABLE',
        message: expect.stringContaining(code),
      });
      vi.restoreAllMocks();
      syncBuiltinESMExports();
      expect((await readBackupFolders(location)).map((entry) => entry.manifest.note)).toEqual(['']);
      expect(await readdir(folder)).not.toContain(MANIFEST_TEMPORARY);
    });
});

async function copyOf(original: string): Promise<string> {
  const location = await newLocation();
  await cp(original, location, { recursive: true });
  return location;
}

/** What it said; nothing where it was killed. */
function run(location: string, crashAt: number): Promise<string> {
  const script = fileURLToPath(new URL('../fixtures/crashing-retention.ts', import.meta.url));
  const child = spawn(process.execPath, [script, location, String(crashAt), String(NOW_MS)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) =>
      code === 0 || signal === 'SIGKILL' ? resolve(text) : reject(new Error(`ended with ${code}`)),
    );
  });
}

async function stateOf(location: string): Promise<string> {
  const entries = await readBackupFolders(location);
  const folders = await readdir(join(location, SERVER_FOLDER, '16384-shop'));
  const known = entries.map(({ manifest, trust }) =>
    [manifest.seq, manifest.trashedAt === null ? trust : trust === 'damaged' ? 'going' : 'trashed'].join(' '),
  );
  const unknown = folders.length - entries.length;
  return [...known, ...(unknown === 0 ? [] : [`${unknown} empty`])].join(', ');
}
