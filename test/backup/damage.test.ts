import { appendFile, copyFile, open as openFile, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeArchive, hashFiles, listArchive } from '#engine/backup/archive.ts';
import { followDump } from '#engine/backup/archive-follow.ts';
import { readArchiveHead } from '#engine/backup/archive-toc.ts';
import type { CopiedRows } from '#engine/backup/copy-rows.ts';
import { MANIFEST_FILE, readManifest } from '#engine/backup/manifest.ts';
import { TOOLS } from '../support/backup-files.ts';
import { dice } from '../support/dice.ts';
import { createDatabase, type TestDatabase, useServer } from '../support/postgres.ts';
import {
  backUp,
  type BackupOnDisk,
  dump,
  KEY,
  never,
  refit,
  serverAt,
  verify,
} from '../support/verified-backups.ts';

const FLIPS = 1000;
const TRUNCATIONS = 200;
const GOOD = 200;
/** Dumps that are under way at a time: most of the time is that of starting processes. */
const LANES = 4;
const AT_CHECKSUM = 'passed, failed, not run, not run, not run';
const AT_FILE = 'failed, not run, not run, not run, not run';

const server = useServer(15);
let database: TestDatabase;
const backups: BackupOnDisk[] = [];
let backup: BackupOnDisk;
let file = '';
let original = Buffer.alloc(0);

beforeAll(async () => {
  database = await createDatabase(
    await server.get(),
    `CREATE TABLE people (id int PRIMARY KEY, name text); INSERT INTO people SELECT g, md5(g::text) FROM generate_series(1, 500) g;
     CREATE TABLE empty (i int); CREATE VIEW names AS SELECT name FROM people`,
  );
  backup = await keep(backUp(database.url));
  file = join(backup.folder, 'data.dump');
  original = await readFile(file);
});
afterAll(async () => {
  await Promise.all(backups.map((made) => made.remove()));
  await database.drop();
});

async function keep(making: Promise<BackupOnDisk>): Promise<BackupOnDisk> {
  const made = await making;
  backups.push(made);
  return made;
}

async function writeFlipped(at: number, bit: number): Promise<void> {
  const flipped = Buffer.from(original);
  flipped[at] = (flipped[at] ?? 0) ^ (1 << bit);
  await writeFile(file, flipped);
}

describe('a damaged file', () => {
  it(`is caught ${FLIPS} of ${FLIPS} times where one bit is another, before any parser sees it`, async () => {
    const roll = dice(1);
    // The header and the table of contents are small: each gets a share of its own.
    const ranges = [48, 4096, original.length, original.length];
    const missed: string[] = [];
    for (let flip = 0; flip < FLIPS && missed.length < 3; flip += 1) {
      const at = roll(ranges[flip % ranges.length] ?? 1);
      const bit = roll(8);
      await writeFlipped(at, bit);
      const { verdicts } = await verify(backup);
      if (verdicts !== AT_CHECKSUM) missed.push(`byte ${at}, bit ${bit}: ${verdicts}`);
    }
    await writeFile(file, original);
    expect(missed).toEqual([]);
    expect((await verify(backup)).verdicts).toBe('passed, passed, passed, passed, not run');
  });

  it('is what checksums are for: decoding alone lets some of 40 flipped bits through; following catches no fewer', async ({
    annotate,
  }) => {
    const roll = dice(2);
    let caught = 0;
    for (let flip = 0; flip < 40; flip += 1) {
      await writeFlipped(roll(original.length), roll(8));
      const late = await decoded();
      if (late === null) caught += 1;
      const early = await followed();
      if (early) expect(early).toEqual(late);
    }
    await writeFile(file, original);
    await annotate(`decoding alone noticed ${caught} of 40`);
    expect(caught).toBeGreaterThan(20);
    expect(await followed()).toEqual(await decoded());
  });

  it(`is caught ${TRUNCATIONS} of ${TRUNCATIONS} times where its end is missing`, async () => {
    const roll = dice(3);
    for (let cut = 0; cut < TRUNCATIONS; cut += 1) {
      await writeFile(file, original);
      await truncate(file, cut === 0 ? 0 : cut === 1 ? original.length - 1 : roll(original.length));
      expect((await verify(backup)).verdicts).toBe(AT_FILE);
    }
    await writeFile(file, original);
  });

  it('is caught by decoding, too, where the manifest was made for the cut file', async () => {
    for (const part of [0.3, 0.9, 0.999]) {
      await writeFile(file, original.subarray(0, Math.floor(original.length * part)));
      const { verdicts } = await verify({ ...backup, manifest: await refit(backup) });
      expect(verdicts).toMatch(/^passed, passed, (failed, not run|passed, failed), not run$/);
      expect(await followed()).toBeNull();
    }
    await writeFile(file, original);
  });

  it('is caught where it is longer, empty inside, or another good one', async () => {
    await writeFile(file, Buffer.concat([original, Buffer.from('x')]));
    const longer = await verify(backup);
    expect(longer.verdicts).toBe(AT_FILE);
    expect(longer.text('file')).toBe(
      `The file data.dump has ${original.length + 1} bytes instead of ${original.length}.`,
    );
    await writeFile(file, Buffer.alloc(original.length));
    expect((await verify(backup)).verdicts).toBe(AT_CHECKSUM);
    const other = await keep(backUp(database.url));
    await copyFile(join(other.folder, 'data.dump'), file);
    expect((await verify(backup)).verdicts).toMatch(/^(passed, )?failed, not run/);
    await writeFile(file, original);
  });

  it('needs a newer pg_restore where its version is one that this one does not know', async () => {
    const newer = Buffer.from(original);
    newer[6] = 99;
    await writeFile(file, newer);
    const { verdicts, text } = await verify({ ...backup, manifest: await refit(backup) });
    expect(verdicts).toBe('passed, passed, failed, not run, not run');
    expect(text('archive')).toBe(
      'The archive has version 1.99 and needs pg_restore of PostgreSQL 19 or newer.',
    );
    newer[6] = 16;
    await writeFile(file, newer);
    expect((await verify({ ...backup, manifest: await refit(backup) })).text('archive')).toBe(
      'The archive has version 1.16 and needs pg_restore of PostgreSQL 17 or newer.',
    );
    await writeFile(file, original);
  });
});

describe('a dump that is followed while it grows', () => {
  const TRUTH = [
    { schema: 'public', name: 'empty', rows: 0 },
    { schema: 'public', name: 'people', rows: 500 },
  ];
  /** As pg_dump does: the places of the data stay open until the end. */
  async function growing(then: () => Promise<void> = async () => undefined): Promise<typeof TRUTH | null> {
    const { bytes, fields } = await places();
    const open = Buffer.from(original);
    for (const at of fields) open.fill(0, at, at + 9).fill(1, at, at + 1);
    const write = async (): Promise<void> => {
      await rm(file);
      let at = 0;
      for (const to of [3, bytes - 1, bytes + 4, original.length - 9, original.length]) {
        await appendFile(file, open.subarray(at, to));
        // A little longer than it waits between two looks.
        await sleep(25);
        at = to;
      }
      const handle = await openFile(file, 'r+');
      await handle.write(original, 0, bytes, 0);
      await handle.close();
    };
    const rows = await followed(write, then);
    await writeFile(file, original);
    return rows && [...rows].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }
  /** Where the table of contents says where data begins. */
  async function places(): Promise<{ readonly bytes: number; readonly fields: readonly number[] }> {
    const { bytes, entries } = await readArchiveHead(file, 15);
    const fields = entries.flatMap(({ dataAt }) => {
      if (typeof dataAt !== 'number') return [];
      const field = Buffer.alloc(9, 2);
      field.writeBigUInt64LE(BigInt(dataAt), 1);
      return [original.indexOf(field)];
    });
    return { bytes, fields };
  }

  it('is proven by it, row for row', async () => {
    expect((await places()).fields).toHaveLength(2);
    expect(await growing()).toEqual(TRUTH);
  });

  it('is not where the finished file is another one, be it by one bit', async () => {
    const { bytes, fields } = await places();
    for (const at of [bytes, original.length - 1, fields[0] ?? 0, (fields[1] ?? 0) + 1])
      expect(await growing(() => writeFlipped(at, 0)), `byte ${at}`).toBeNull();
    for (const other of [original.subarray(0, -1), Buffer.concat([original, Buffer.alloc(1)])])
      expect(await growing(() => writeFile(file, other))).toBeNull();
  });

  it('is not where its table of contents leads to the data of another table', async () => {
    const [first = 0, second = 0] = (await places()).fields;
    const swapped = Buffer.from(original);
    original.copy(swapped, first, second, second + 9);
    original.copy(swapped, second, first, first + 9);
    expect(await growing(() => writeFile(file, swapped))).toBeNull();
  });

  it('is let go where it does not come to an end', async () => {
    const stop = new AbortController();
    const following = followDump(backup.folder, 'not-there', { restoreMajor: 15, signal: stop.signal });
    stop.abort();
    await following.ended;
    await expect(following.rows([])).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});

describe('a manifest', () => {
  const textOf = (of: BackupOnDisk): Promise<string> => readFile(join(of.folder, MANIFEST_FILE), 'utf8');

  it('that was edited, or signed by another installation, is foreign', async () => {
    const text = await textOf(backup);
    expect(readManifest(text, KEY).refusal).toBeNull();
    const sha = backup.manifest.files[0]?.sha256 ?? '';
    const edits = [
      text.replace('"rows": 500', '"rows": 499'),
      text.replace(
        sha,
        sha.replace(/^./, (digit) => (digit === '0' ? '1' : '0')),
      ),
      text.replace('"isPinned": false', '"isPinned": true'),
    ];
    for (const edited of edits) {
      expect(edited).not.toBe(text);
      expect(readManifest(edited, KEY)).toMatchObject({ refusal: 'not signed here' });
    }
    expect(readManifest(text, Buffer.alloc(32, 8)).refusal).toBe('not signed here');
    expect(readManifest(text.replace(/"hmac": "..../, '"hmac": "'), KEY).refusal).toBe('not signed here');
  });

  it('of a newer PgVitals, or that is none, is not read', async () => {
    const text = await textOf(backup);
    expect(readManifest(text.replace('"schemaVersion": 1', '"schemaVersion": 2'), KEY)).toEqual({
      manifest: null,
      refusal: 'too new',
    });
    for (const none of ['', '{}', '[]', 'null', text.slice(0, -20), text.replace('"hmac"', '"mac"')])
      expect(readManifest(none, KEY)).toEqual({ manifest: null, refusal: 'unreadable' });
  });

  it('of another database does not fit the files', async () => {
    const other = await createDatabase(await server.get(), 'CREATE TABLE x AS SELECT 1 AS i');
    try {
      const foreign = await keep(backUp(other.url));
      const { verdicts } = await verify({ folder: backup.folder, manifest: foreign.manifest });
      expect(verdicts).toBe(AT_FILE);
    } finally {
      await other.drop();
    }
  });
});

describe('a good backup', () => {
  it(`is never called damaged: ${GOOD} of ${GOOD}, each dumped anew`, async () => {
    const alarms: string[] = [];
    const lanes = Array.from({ length: LANES }, async (_, lane) => {
      const { url, query, drop } = await createDatabase(
        await server.get(),
        'CREATE TABLE run (n int, t text)',
      );
      const like = await backUp(url);
      for (let run = lane; run < GOOD; run += LANES) {
        await query(
          `TRUNCATE run; INSERT INTO run SELECT g, repeat(chr(${32 + run}), g) FROM generate_series(1, ${run}) g`,
        );
        const { folder, remove } = await dump(url, { args: [`--compress=${run % 10}`] });
        const tables = [{ schema: 'public', name: 'run', rows: run, sourceHash: null }];
        const manifest = await refit({ folder, manifest: { ...like.manifest, tables } });
        // Every fiftieth is restored, too; all the others are decoded.
        const on = run % 50 === 0 ? serverAt(url) : null;
        const { verdicts, verification } = await verify({ folder, manifest, on });
        if (verdicts !== `passed, passed, passed, passed, ${on ? 'passed' : 'not run'}`)
          alarms.push(JSON.stringify(verification.steps));
        await remove();
      }
      await like.remove();
      await drop();
    });
    await Promise.all(lanes);
    expect(alarms).toEqual([]);
  }, 180_000);
});

/** What a backup that was made just now is proven by, where it was not followed; null for a damaged one. */
async function decoded(): Promise<readonly CopiedRows[] | null> {
  const at = { folder: backup.folder, data: backup.data };
  try {
    await listArchive(at, TOOLS, { signal: never });
    return await decodeArchive(at, TOOLS, { signal: never });
  } catch {
    return null;
  }
}

/** The same where it was; `write` writes the file while it is followed. */
async function followed(
  write: () => Promise<void> = async () => undefined,
  atEnd: () => Promise<void> = async () => undefined,
): Promise<readonly CopiedRows[] | null> {
  const { folder, data } = backup;
  const following = followDump(folder, data, { restoreMajor: 15, signal: AbortSignal.timeout(20_000) });
  await write();
  await following.written();
  await atEnd();
  await hashFiles(folder, [data], { signal: never, onChunk: (_, chunk) => following.reread(chunk) });
  const entries = await listArchive({ folder, data }, TOOLS, { signal: never }).catch(() => null);
  return entries && following.rows(entries);
}
