import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { formatCountOf } from '#shared/model/format.ts';
import { createEngine } from '#engine/create-engine.ts';
import { createNodeHost } from '../../electron/hosts/node-host.ts';
import {
  dumping,
  expectNothingLeft,
  filesWith,
  foldersOf,
  processesOf,
  sourceHashOf,
  start,
  type Unharmed,
  watchCommandLines,
} from '../support/backup-faults.ts';
import { type Backing, backing } from '../support/backups.ts';
import { shimClient } from '../support/fake-client.ts';
import { createDatabase, query, type TestDatabase, urlOf, useServer } from '../support/postgres.ts';

const server = useServer(15);
let base = '';
let dataDir = '';
let database: TestDatabase;
let before: Unharmed;

/** About 12 MB as a dump, half a second's work. */
const SHOP = `
  CREATE TABLE customers AS SELECT n AS id, 'name ' || n AS name FROM generate_series(1, 1000) n;
  CREATE TABLE orders AS SELECT n AS id, md5(n::text) || md5('a' || n) || md5('b' || n) || md5('c' || n) AS note
    FROM generate_series(1, 150000) n`;

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'pgv-create-faults-'));
  dataDir = join(base, 'data');
  vi.stubEnv('XDG_RUNTIME_DIR', base);
  database = await createDatabase(await server.get(), SHOP);
  const engine = createEngine(
    createNodeHost({ kind: 'in-process', toolVersion: 'test', dataDir, writeLogLine: () => undefined }),
  );
  const { id } = await engine.open({ text: database.url }, {});
  const scope = { kind: 'tables' as const, tables: [{ schema: 'public', name: 'customers' }] };
  const { jobId } = await engine.backups.create(id, {
    shape: 'default',
    scope,
    locationId: null,
    comparesSource: false,
    note: '',
  });
  for await (const { type, job } of engine.backups.watch(id, jobId))
    if (type === 'done' && job.error) throw new Error(job.error.message);
  const { folder, files } = await engine.backups.detail(id, jobId, {});
  await engine.close();
  before = {
    database,
    older: [{ folder, files }],
    sourceHash: await sourceHashOf(database),
    location: join(dataDir, 'backups'),
    runtime: base,
    secrets: [database.server.password],
  };
});
afterAll(async () => {
  await database?.drop();
  await rm(base, { recursive: true, force: true });
});
beforeEach(() => {
  vi.stubEnv('XDG_RUNTIME_DIR', base);
});
afterEach(() => vi.unstubAllEnvs());

const open = (url = database.url): Promise<Backing> => backing(url, { dataDir });

/** A client of a newer minor than the machine's, which is therefore taken; `script` instead of what pg_dump does. */
async function withClient(script: string): Promise<void> {
  const folder = await shimClient(await mkdtemp(join(base, 'client-')), '15.99', script);
  vi.stubEnv('PATH', `${folder}:${process.env['PATH']}`);
}

describe('a dump that is ended', () => {
  it('by the user: TERM, nothing kept, its session gone (F23)', async () => {
    const own = await open();
    const jobId = await start(own);
    const { pid } = await dumping(before.location, jobId, 1_000_000);
    own.engine.backups.cancel(own.connectionId, jobId);
    const startedMs = performance.now();
    const job = await own.ended(jobId);
    expect(performance.now() - startedMs).toBeLessThan(5_000);
    expect(pid).toBeGreaterThan(1);
    await expectNothingLeft(job, before, 'cancelled');
  });

  it.each([0, 1, 2_000_000, 5_000_000, 9_000_000])('from outside, after %i bytes (F24)', async (bytes) => {
    const own = await open();
    const jobId = await start(own);
    process.kill((await dumping(before.location, jobId, bytes)).pid, 'SIGKILL');
    const job = await own.ended(jobId);
    expect(job.steps.map(({ state }) => state)).toEqual(['done', 'failed', ...Array(4).fill('not run')]);
    await expectNothingLeft(job, before, {
      message: /^pg_dump was ended from outside \(SIGKILL\)/,
      nextStep: /back up again/,
    });
  });

  it('by a worker that is lost (F24)', async () => {
    const own = await open();
    const jobId = await start(own, { shape: 'fast' });
    // The youngest is a worker as soon as there are two; all three may never be seen at once.
    let worker = 0;
    const newest = async (): Promise<number> => {
      const pids = await processesOf(jobId);
      worker = pids.length > 1 ? Math.max(...pids) : 0;
      return worker;
    };
    await expect.poll(newest, { interval: 2, timeout: 20_000 }).toBeGreaterThan(0);
    process.kill(worker, 'SIGKILL');
    await expectNothingLeft(await own.ended(jobId), before, { message: /pg_dump/, nextStep: /./ });
  });

  it('by an administrator, who ends its session in the middle of a table (F25)', async () => {
    const own = await open();
    const jobId = await start(own);
    const { pid } = await dumping(before.location, jobId, 3_000_000);
    // It would come to its end before the administrator is connected.
    process.kill(pid, 'SIGSTOP');
    try {
      await query(
        urlOf(database.server, 'postgres'),
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'pgvitals/backup:' || $1`,
        [jobId],
      );
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await expectNothingLeft(await own.ended(jobId), before, {
      message:
        /^The server ended the connection of pg_dump: (FATAL: +terminating connection|server closed the connection)/,
      nextStep: /log of the server/,
    });
  });

  it('by an administrator, who ends the session that holds its snapshot', async () => {
    const own = await open();
    const jobId = await start(own);
    await dumping(before.location, jobId, 1);
    await query(
      urlOf(database.server, 'postgres'),
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'pgvitals/snapshot:' || $1`,
      [jobId],
    );
    const job = await own.ended(jobId);
    // pg_dump has taken the snapshot over by now: the dump is whole.
    if (job.outcome !== 'done') await expectNothingLeft(job, before, { message: /./, nextStep: /./ });
    else await rm((await own.engine.backups.detail(own.connectionId, jobId, {})).folder, { recursive: true });
  });
});

describe('a disk that', () => {
  it('is too small is refused before anything is written (F27)', async () => {
    const own = await open();
    const setPages = (pages: number) =>
      database.query(`UPDATE pg_class SET relpages = ${pages} WHERE oid = 'orders'::regclass`);
    await setPages(2_000_000_000);
    try {
      await expectNothingLeft(await own.create(), before, {
        message: new RegExp(
          `^${before.location} has [\\d.,]+ [kMGT]?i?B left; this backup is expected to need about \\d`,
        ),
        nextStep: /another location/,
      });
    } finally {
      await setPages(0);
    }
  });

  it('runs full in the middle is named (F27)', async () => {
    await withClient(`ln -s /dev/full "$file"; exec "$real" "$@"`);
    const own = await open();
    await expectNothingLeft(await own.create(), before, {
      message: /^There is no space left in \//,
      nextStep: /the unfinished backup was removed/,
    });
  });

  it('does not take what was written is not believed (F28)', async () => {
    // fsync of it fails.
    await withClient(`ln -s /dev/null "$file"; exec "$real" "$@"`);
    const own = await open();
    await expectNothingLeft(await own.create(), before, { message: /could not fsync file/, nextStep: /./ });
  });

  it('does not let the finished folder have its name (F28)', async () => {
    const own = await open();
    const jobId = await start(own);
    const { folder } = await dumping(before.location, jobId, 0);
    const final = folder.replace('.partial', '');
    await mkdir(join(final, 'in-the-way'), { recursive: true });
    const job = await own.ended(jobId);
    await rm(final, { recursive: true });
    await expectNothingLeft(job, before, { message: /could not be|cannot/, nextStep: /./ });
  });
});

describe('a client that', () => {
  it('is older than the server is refused before it starts, with what to install (F32)', async () => {
    const newer = await createDatabase(await useNewer.get());
    onTestFinished(() => newer.drop());
    const own = await open(newer.url);
    await expect(start(own)).rejects.toMatchObject({
      code: 'TOOL_MISSING',
      message: expect.stringMatching(/The server is PostgreSQL 16.*pg_dump 15\.\d+ \(\/usr\/lib\/postgresql/),
      nextStep: expect.stringContaining('postgresql-client-16'),
    });
  });

  it.each([
    ['writes nothing and says that all is well', 'exit 0', /ENOENT|not there|no file/],
    ['writes an empty file', ': >"$file"', /archive is damaged/],
    ['writes something else', 'echo hello >"$file"', /archive is damaged: it does not b/],
    ['writes a part', '"$real" "$@" || exit; truncate -s -40000 "$file"', /end of file|cut|decode/],
    ['writes a link', 'ln -s /etc/passwd "$file"', /link|regular|ELOOP/],
    ['fails without a word', 'exit 7', /pg_dump failed with exit code 7/],
  ])('%s is not believed (F33)', async (_, script, message) => {
    await withClient(script);
    const own = await open();
    await expectNothingLeft(await own.create(), before, { message, nextStep: /./ });
  });

  it('hangs can be cancelled (F33)', async () => {
    await withClient('sleep 60');
    const own = await open();
    const jobId = await start(own);
    await dumping(before.location, jobId, 0);
    own.engine.backups.cancel(own.connectionId, jobId);
    await expectNothingLeft(await own.ended(jobId), before, 'cancelled');
  });

  it('cannot be executed any more is named (F33)', async () => {
    await withClient('exit 0');
    const own = await open();
    await own.engine.backups.overview(own.connectionId, {});
    const client = (process.env['PATH'] ?? '').split(':')[0] ?? '';
    await rm(join(client, 'pg_dump'));
    await expectNothingLeft(await own.create(), before, {
      message: /pg_dump is not there/,
      nextStep: /Install/,
    });
  });
});

const useNewer = useServer(16);

describe('a server that', () => {
  const role = (name: string) => ({ user: `${name}_${database.name}`, password: `canary ${name}` });
  async function createRole(name: string, grants: string): Promise<string> {
    const { user, password } = role(name);
    await database.query(
      `CREATE ROLE ${user} LOGIN PASSWORD '${password}'; ${grants.replaceAll('$role', user)}`,
    );
    onTestFinished(async () => {
      await database.query(`DROP OWNED BY ${user}; DROP ROLE ${user}`);
    });
    return urlOf(database.server, database.name, { user, password });
  }

  it('keeps one table from this role fails the whole, and names the table (F35)', async () => {
    const own = await open(await createRole('f35', 'GRANT SELECT ON customers TO $role'));
    await expectNothingLeft(
      await own.create(),
      { ...before, secrets: ['canary f35'] },
      {
        message: /permission denied for table orders/,
        nextStep: /grant the role pg_read_all_data/,
      },
    );
  });

  it('hides rows from this role fails the whole, and names the table (F36)', async () => {
    const url = await createRole('f36', 'GRANT SELECT ON ALL TABLES IN SCHEMA public TO $role');
    await database.query(
      'ALTER TABLE customers ENABLE ROW LEVEL SECURITY; CREATE POLICY half ON customers USING (id < 500)',
    );
    onTestFinished(async () => {
      await database.query('DROP POLICY half ON customers; ALTER TABLE customers DISABLE ROW LEVEL SECURITY');
    });
    const own = await open(url);
    await expectNothingLeft(
      await own.create(),
      { ...before, secrets: ['canary f36'] },
      {
        message: /Row security hides rows from this role: .*customers/,
        nextStep: /BYPASSRLS/,
      },
    );
  });
});

it('a place for passwords that others can enter is refused, and used once it is private', async () => {
  const runtime = await mkdtemp(join(base, 'open-'));
  const folder = join(runtime, `pgvitals-${process.getuid?.()}`);
  await mkdir(folder);
  await chmod(folder, 0o755);
  vi.stubEnv('XDG_RUNTIME_DIR', runtime);
  const own = await open();
  await expect(start(own)).rejects.toMatchObject({
    code: 'FILE_NOT_WRITABLE',
    nextStep: expect.stringContaining('Remove it'),
  });
  await chmod(folder, 0o700);
  const { backups } = await own.engine.backups.overview(own.connectionId, {});
  expect(backups).toHaveLength(before.older.length);
});

it('a canary password is in no command line, no event, no line of the log and no file', async () => {
  const canary = `canary:${database.name}`;
  const user = `canary_${database.name}`;
  await database.query(`CREATE ROLE ${user} SUPERUSER LOGIN PASSWORD '${canary}'`);
  onTestFinished(async () => {
    await database.query(`DROP ROLE ${user}`);
  });
  const stop = new AbortController();
  const watching = watchCommandLines(stop.signal);
  const own = await backing(urlOf(database.server, database.name, { user, password: canary }));
  const told: unknown[] = [];
  const jobId = await start(own, { shape: 'fast', comparesSource: true });
  for await (const event of own.engine.backups.watch(own.connectionId, jobId)) told.push(event);
  told.push(await own.engine.backups.detail(own.connectionId, jobId, {}));
  stop.abort();
  const lines = await watching;
  expect(lines.filter((line) => line.includes(`pgvitals/backup:${jobId}`))).not.toEqual([]);
  expect(lines.filter((line) => line.includes(canary))).toEqual([]);
  expect(JSON.stringify(told)).not.toContain(canary);
  for (const folder of [own.dataDir, base]) expect(await filesWith(folder, canary)).toEqual([]);
});

describe('a location in which', () => {
  it.each(['server', 'database'])(
    'a link lies in the place of the %s’s folder is refused; what it leads to is untouched (F42)',
    async (level) => {
      const victim = await mkdtemp(join(base, 'victim-'));
      await writeFile(join(victim, 'data.dump'), 'precious');
      const location = await mkdtemp(join(base, 'location-'));
      const [older] = before.older;
      const place = level === 'server' ? dirname(dirname(older?.folder ?? '')) : dirname(older?.folder ?? '');
      const planted = place.replace(before.location, location);
      await mkdir(dirname(planted), { recursive: true });
      await symlink(victim, planted);
      const own = await open();
      const { id } = await own.engine.backups.addLocation(own.connectionId, location, {});
      onTestFinished(() => own.engine.backups.removeLocation(own.connectionId, id, {}));
      await expectNothingLeft(await own.create({ locationId: id }), before, {
        message: /could not be made: something else is in its place/,
        nextStep: /another location/,
      });
      expect(await foldersOf(location)).toEqual([]);
      expect(await readdir(victim)).toEqual(['data.dump']);
      expect(await readFile(join(victim, 'data.dump'), 'utf8')).toBe('precious');
    },
  );
});

it('after all of that the older backup is listed intact, the failures are told, and a backup can be made', async () => {
  const own = await open();
  const overview = await own.engine.backups.overview(own.connectionId, {});
  expect(overview.backups.map(({ trust }) => trust)).toEqual(['intact']);
  expect(overview.failures.length).toBeGreaterThan(10);
  expect(
    overview.failures.every(
      ({ message, nextStep, outcome }) => message !== '' && (nextStep !== null || outcome === 'cancelled'),
    ),
  ).toBe(true);
  const job = await own.create();
  expect(job.error).toBeNull();
});

it('a client that compresses nothing cannot be followed: pg_restore decodes afterwards', async () => {
  await withClient('exec "$real" "$@" --compress=0');
  const own = await open();
  const job = await own.create();
  expect(job.error).toBeNull();
  const { verifications } = await own.engine.backups.detail(own.connectionId, job.id, {});
  expect(verifications[0]?.steps[3]?.text).toBe(
    `Every row could be decoded: ${formatCountOf(151_000, 'row')} in 2 tables.`,
  );
});
