import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  LOG_FILE,
  type Manifest,
  MANIFEST_FILE,
  readManifest,
  signManifest,
} from '#engine/backup/manifest.ts';
import { type Backing, backing } from '../support/backups.ts';
import { dice } from '../support/dice.ts';
import { shimClient } from '../support/fake-client.ts';
import { createDatabase, query, type TestDatabase, urlOf, useServer } from '../support/postgres.ts';

/** In the ordinary run; a release is tried with 1000. */
const ARCHIVES = Number(process.env['FUZZED_ARCHIVES'] ?? 100);
const FOREIGN_KEY = Buffer.alloc(32, 9);

const server = useServer(15);
let database: TestDatabase;
let base = '';
let safeClient = '';
/** A good backup of each shape, as another installation left it. */
const good: Backup[] = [];

interface Backup {
  /** Inside of a location. */
  readonly way: string;
  readonly manifest: Manifest;
  readonly files: ReadonlyMap<string, Buffer>;
}

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'pgv-foreign-'));
  // Client programs of this machine have the hole for which imports are refused.
  safeClient = await shimClient(join(base, 'client'), '15.99');
  database = await createDatabase(
    await server.get(),
    `CREATE TABLE customers (id int PRIMARY KEY, name text); INSERT INTO customers SELECT n, 'name ' || n FROM generate_series(1, 500) n;
     CREATE TABLE orders (id int, customer int REFERENCES customers); INSERT INTO orders SELECT n, n FROM generate_series(1, 500) n;
     CREATE FUNCTION canary() RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE VIEW names AS SELECT name FROM customers;
     COMMENT ON TABLE orders IS 'what was ordered'`,
  );
});
afterAll(async () => {
  await database?.drop();
  await rm(base, { recursive: true, force: true });
});
beforeEach(async () => {
  if (good.length > 0) return;
  const maker = await backing(database.url);
  for (const shape of ['default', 'fast'] as const) {
    const { id } = await maker.create({ shape });
    const { folder, files } = await maker.engine.backups.detail(maker.connectionId, id, {});
    const { manifest } = readManifest(await readFile(join(folder, MANIFEST_FILE), 'utf8'), FOREIGN_KEY);
    if (manifest === null) throw new Error('no manifest');
    const contents = await Promise.all(
      files.map(async ({ name }) => [name, await readFile(join(folder, name))] as const),
    );
    good.push({ way: relative(maker.location, folder), manifest, files: new Map(contents) });
  }
});

async function importer(isSafe: boolean): Promise<Backing & { readonly place: string }> {
  vi.stubEnv('PATH', isSafe ? `${safeClient}:${process.env['PATH']}` : process.env['PATH']);
  onTestFinished(() => void vi.unstubAllEnvs());
  const own = await backing(database.url);
  const place = await mkdtemp(join(base, 'place-'));
  await own.engine.backups.addLocation(own.connectionId, place, {});
  return { ...own, place };
}

/** Puts it where a user would, with a manifest that fits its files: whoever crafts an archive can write that, too. */
async function put(
  place: string,
  { way, manifest, files }: Backup,
  change: Partial<Manifest> = {},
): Promise<{ readonly id: string; readonly folder: string }> {
  const folder = join(place, way);
  for (const [name, content] of files) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  const fitting = [...files].map(([name, content]) => ({
    name,
    bytes: content.length,
    sha256: createHash('sha256').update(content).digest('hex'),
  }));
  const crafted = { ...manifest, files: fitting, ...change };
  await writeFile(join(folder, MANIFEST_FILE), signManifest(crafted, FOREIGN_KEY));
  return { id: crafted.id, folder };
}

async function adopt({ engine, connectionId, ended }: Backing, id: string): ReturnType<Backing['ended']> {
  return ended((await engine.backups.adopt(connectionId, id)).jobId);
}

const trustOf = async ({ engine, connectionId }: Backing, id: string): Promise<string | undefined> =>
  (await engine.backups.overview(connectionId, {})).backups.find((row) => row.id === id)?.trust;

describe('a backup that was made elsewhere', () => {
  it('is read by no client that has a known hole, and by none before it is imported (F67)', async () => {
    const own = await importer(false);
    const [backup] = good;
    if (!backup) throw new Error('none');
    const { id } = await put(own.place, backup);
    await expect(own.engine.backups.adopt(own.connectionId, id)).rejects.toMatchObject({
      code: 'PLAN_REFUSED',
      message: expect.stringMatching(
        /^The client 15\.18 runs code that a crafted archive brings along \(CVE-/,
      ),
      nextStep: expect.stringContaining('Update'),
    });
    await expect(
      own.engine.backups.verify(own.connectionId, { backupId: id, depth: 'intact', on: 'own server' }),
    ).rejects.toMatchObject({ code: 'PLAN_REFUSED', nextStep: expect.stringContaining('Import it first') });
    expect(await trustOf(own, id)).toBe('foreign');
  });

  it.each([0, 1])('is imported, proven and restored to its end by one without (%i)', async (which) => {
    const own = await importer(true);
    const backup = good[which];
    if (!backup) throw new Error('none');
    const { id, folder } = await put(own.place, backup);
    // As a copy from another machine comes.
    await chmod(folder, 0o755);
    expect((await adopt(own, id)).error).toBeNull();
    const { backups } = await own.engine.backups.overview(own.connectionId, {});
    expect(backups).toMatchObject([{ id, trust: 'intact', isPinned: true, rows: 1000 }]);
    own.engine.plans.unlock(own.connectionId);
    const { jobId } = await own.engine.backups.verify(own.connectionId, {
      backupId: id,
      depth: 'restore',
      on: 'this server',
    });
    expect((await own.ended(jobId)).error).toBeNull();
    expect(await trustOf(own, id)).toBe('verified');
    const copy = `${database.name}_imported_${which}`;
    onTestFinished(async () => {
      await query(urlOf(database.server, 'postgres'), `DROP DATABASE IF EXISTS "${copy}" WITH (FORCE)`);
    });
    expect((await own.change({ kind: 'restore', backupId: id, database: copy })).error).toBeNull();
    expect(
      await query(
        urlOf(database.server, copy),
        'SELECT count(*)::int, sum(id)::int FROM orders JOIN names ON true',
      ),
    ).toEqual(await database.query('SELECT count(*)::int, sum(id)::int FROM orders JOIN names ON true'));
  });

  it('is not taken where its manifest leaves out what would be read, or leads elsewhere', async () => {
    const own = await importer(true);
    const [file, folder] = good;
    if (!file || !folder) throw new Error('none');
    const victim = join(base, 'victim');
    await writeFile(victim, 'mine', { mode: 0o644 });
    const log = { name: LOG_FILE, bytes: file.files.get(LOG_FILE)?.length ?? 0, sha256: '' };
    const bad: readonly (readonly [Backup, Partial<Manifest>, RegExp])[] = [
      [file, { files: [] }, /toc\.dat is not among the files/],
      [file, { files: [log] }, /toc\.dat is not among the files/],
      [
        file,
        { files: [{ name: '../../../../victim', bytes: 4, sha256: '' }] },
        /its name leads out of the backup/,
      ],
      [
        folder,
        { files: folder.manifest.files.filter(({ name }) => !/\.dat\.(gz|zst)$/.test(name)) },
        /was put there after/,
      ],
    ];
    for (const [backup, change, message] of bad) {
      const { id, folder: at } = await put(own.place, backup, change);
      expect((await adopt(own, id)).error?.message).toMatch(message);
      expect(await trustOf(own, id)).toBe('foreign');
      await rm(at, { recursive: true });
    }
    expect([await readFile(victim, 'utf8'), await modeOf(victim)]).toEqual(['mine', 0o644]);
  });

  it(`ends as a sentence or as a backup that verifies, ${ARCHIVES} times fuzzed (F67)`, {
    timeout: 60_000 + ARCHIVES * 1_000,
  }, async ({ annotate }) => {
    const own = await importer(true);
    const roll = dice(67);
    const names = await databases();
    const canary = join(base, 'canary');
    const sentences = new Map<string, number>();
    const wrong: string[] = [];
    let imported = 0;
    for (let round = 0; round < ARCHIVES && wrong.length < 3; round += 1) {
      const backup = good[round % 2];
      if (!backup) throw new Error('none');
      const [kind, files] = fuzzed(backup.files, roll, canary);
      const id = round.toString(16).padStart(16, '0');
      const { folder } = await put(own.place, { ...backup, files }, { id });
      const before = await contents(folder);
      const startedMs = performance.now();
      const job = await adopt(own, id);
      const told = `round ${round}, ${kind}: ${job.outcome} ${job.error?.message ?? ''}`;
      if (performance.now() - startedMs > 20_000) wrong.push(`${told} took too long`);
      if (job.outcome === 'done') {
        imported += 1;
        const check = await own.engine.backups.verify(own.connectionId, {
          backupId: id,
          depth: 'intact',
          on: 'own server',
        });
        const { outcome, error } = await own.ended(check.jobId);
        if (outcome !== 'done') wrong.push(`${told}, but then ${error?.message}`);
      } else {
        const { message = '', nextStep = null } = job.error ?? {};
        // One sentence of ours, with what the client said inside, and what to do.
        if (
          job.outcome !== 'failed' ||
          !/^[A-Za-z].*\.$/s.test(message) ||
          message.includes('did not expect') ||
          nextStep === null
        )
          wrong.push(told);
        sentences.set(
          message.replace(/[\d]+|".*"/g, '#'),
          1 + (sentences.get(message.replace(/[\d]+|".*"/g, '#')) ?? 0),
        );
        if ((await trustOf(own, id)) !== 'foreign') wrong.push(`${told}, and is not foreign`);
      }
      if (JSON.stringify(await contents(folder)) !== JSON.stringify(before))
        wrong.push(`${told} left something`);
      await rm(folder, { recursive: true });
    }
    expect(wrong).toEqual([]);
    expect(imported).toBeLessThan(ARCHIVES);
    expect(sentences.size).toBeGreaterThan(3);
    // Nothing of it was run, here or on the server, and nothing of it still runs.
    expect(await readdir(base)).not.toContain(basename(canary));
    expect(await databases()).toEqual(names);
    expect(await processesWith(own.place)).toEqual([]);
    await annotate(
      `${ARCHIVES} of ${ARCHIVES} archives: ${imported} imported and verified, ${ARCHIVES - imported} refused in ${sentences.size} ways`,
    );
    console.log(
      `fuzzed archives: ${ARCHIVES} of ${ARCHIVES}, ${imported} imported and verified, the others refused in ${sentences.size} ways`,
    );
  });
});

/** One of the files as somebody would have it who wants to break what reads it. */
function fuzzed(
  files: ReadonlyMap<string, Buffer>,
  roll: (below: number) => number,
  canary: string,
): readonly [kind: string, files: ReadonlyMap<string, Buffer>] {
  const names = [...files.keys()].filter((name) => name.startsWith('data')).toSorted();
  const toc = names.find((name) => /^data(\.dump|\/toc\.dat)$/.test(name)) ?? '';
  const name = roll(4) === 0 ? (names[roll(names.length)] ?? toc) : toc;
  const bytes = Buffer.from(files.get(name) ?? '');
  const head = Math.min(bytes.length, 8_192);
  const at = roll(roll(2) === 0 ? head : bytes.length);
  const [kind, content] = ((): readonly [string, Buffer] => {
    switch (roll(7)) {
      case 0:
        bytes[at] = (bytes[at] ?? 0) ^ (1 << roll(8));
        return ['a bit', bytes];
      case 1:
        bytes.writeUInt32LE(
          [0xffffffff, 0x7fffffff, 0x80000000, 0, 1][roll(5)] ?? 0,
          Math.min(at, bytes.length - 4),
        );
        return ['a number', bytes];
      case 2:
        return ['cut', bytes.subarray(0, at)];
      case 3:
        return [
          'something in between',
          Buffer.concat([bytes.subarray(0, at), noise(roll), bytes.subarray(at)]),
        ];
      case 4:
        bytes.copy(bytes, at, roll(bytes.length), bytes.length);
        return ['a piece elsewhere', bytes];
      case 5:
        return [
          'names',
          replaced(
            bytes,
            'orders',
            ['../../', '\n\\!id\n', '"; --x', '%s%n%s', '\0\0\0\0\0\0'][roll(5)] ?? '',
          ),
        ];
      default:
        return ['commands', replaced(bytes, 'SELECT 1', `\\! >${canary}`.slice(0, 8))];
    }
  })();
  return [`${kind} in ${name} at ${at}`, new Map([...files, [name, content]])];
}

function noise(roll: (below: number) => number): Buffer {
  return Buffer.from(Array.from({ length: 1 + roll(64) }, () => roll(256)));
}

/** As long as before, wherever it stands. */
function replaced(bytes: Buffer, from: string, to: string): Buffer {
  return Buffer.from(
    bytes.toString('latin1').replaceAll(from, to.padEnd(from.length).slice(0, from.length)),
    'latin1',
  );
}

async function contents(folder: string): Promise<readonly string[]> {
  return (await readdir(folder, { recursive: true })).toSorted();
}

async function databases(): Promise<readonly { datname: string }[]> {
  return query(
    urlOf(database.server, 'postgres'),
    `SELECT datname FROM pg_database WHERE datname LIKE $1 OR datname LIKE 'pgv%' ORDER BY 1`,
    [`${database.name}%`],
  );
}

async function modeOf(path: string): Promise<number> {
  return (await stat(path)).mode & 0o777;
}

async function processesWith(text: string): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return lines.filter((line) => line.includes(text));
}
