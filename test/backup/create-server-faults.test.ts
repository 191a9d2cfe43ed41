import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import type { BackupJob } from '#shared/model/backup.ts';
import { createEngine } from '#engine/create-engine.ts';
import type { Engine } from '#engine/engine.ts';
import { createNodeHost } from '../../electron/hosts/node-host.ts';
import { dumping, expectNothingLeft, sourceHashOf, start, type Unharmed } from '../support/backup-faults.ts';
import { backing } from '../support/backups.ts';
import { createDatabase, type TestDatabase, usePrivateServer, useServer } from '../support/postgres.ts';

const shared = useServer(15);
const own = usePrivateServer({
  settings: { max_locks_per_transaction: '10', max_connections: '20', max_prepared_transactions: '0' },
});
let base = '';
let locked: Awaited<ReturnType<typeof waitForLock>>;
const databases: TestDatabase[] = [];

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'pgv-server-faults-'));
  locked = await waitForLock();
});
afterAll(async () => {
  await locked?.job.catch(() => undefined);
  for (const database of databases) await database.drop();
  await rm(base, { recursive: true, force: true });
});
beforeEach(() => {
  vi.stubEnv('XDG_RUNTIME_DIR', base);
});
afterEach(() => vi.unstubAllEnvs());

const SHOP = `
  CREATE TABLE customers AS SELECT n AS id, 'name ' || n AS name FROM generate_series(1, 1000) n;
  CREATE TABLE orders AS SELECT n AS id, md5(n::text) || md5('a' || n) || md5('b' || n) || md5('c' || n) AS note FROM generate_series(1, 100000) n`;

async function world(
  at: Parameters<typeof createDatabase>[0],
): Promise<Unharmed & { readonly dataDir: string }> {
  const database = await createDatabase(at, SHOP);
  databases.push(database);
  const dataDir = await mkdtemp(join(base, 'data-'));
  return {
    database,
    dataDir,
    older: [],
    sourceHash: await sourceHashOf(database),
    location: join(dataDir, 'backups'),
    runtime: base,
    secrets: [database.server.password],
  };
}

it('ends with a server that is killed, and works again when that is back (F26)', async () => {
  const server = await own.get();
  const before = await world(server);
  const { engine, connectionId, create, ended } = await backing(before.database.url, {
    dataDir: before.dataDir,
  });
  const first = await create();
  expect(first.error).toBeNull();
  const { folder, files } = await engine.backups.detail(connectionId, first.id, {});
  const jobId = await start({ engine, connectionId });
  await dumping(before.location, jobId, 100_000);
  const backends = await before.database.query<{ pid: number }>(
    'SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()',
  );
  // Alone, the postmaster would leave a backend that does not wait for it until its table is sent.
  for (const pid of [server.pid(), ...backends.map((backend) => backend.pid)]) kill(pid);
  const job = await ended(jobId);
  await server.restart('immediate');
  await expectNothingLeft(
    job,
    { ...before, older: [{ folder, files }] },
    {
      message: /The server ended the connection of pg_dump|connection was lost/,
      nextStep: /back up again|try again/i,
    },
  );
  expect((await create()).error).toBeNull();
});

it('says which setting is too low where there are more tables than locks (F44)', async () => {
  const before = await world(await own.get());
  for (let batch = 0; batch < 10; batch += 1)
    await before.database.query(
      `DO $$ BEGIN FOR n IN 1..100 LOOP EXECUTE pg_catalog.format('CREATE TABLE t_${batch}_%s (id int)', n); END LOOP; END $$`,
    );
  const { create } = await backing(before.database.url, { dataDir: before.dataDir });
  await expectNothingLeft(await create(), before, {
    message: /no room for a lock on every table/,
    nextStep: /max_locks_per_transaction/,
  });
});

it('does not wait for a locked table for ever, and tells who holds it (F34)', async () => {
  const { before, job, holderPid } = locked;
  vi.stubEnv('XDG_RUNTIME_DIR', before.runtime);
  await expectNothingLeft(await job, before, {
    message: new RegExp(`Locked: public.orders by pid ${holderPid} \\(nightly ddl\\)`),
    nextStep: /who holds it/,
  });
});

/** A backup that waits for a lock: 10 s, while the other tests run. */
async function waitForLock() {
  const runtime = await mkdtemp(join(base, 'run-'));
  vi.stubEnv('XDG_RUNTIME_DIR', runtime);
  const before = { ...(await world(await shared.get())), runtime };
  const { url } = before.database;
  const holder = new pg.Client({ connectionString: url, application_name: 'nightly ddl' });
  await holder.connect();
  await holder.query('BEGIN; LOCK TABLE orders IN ACCESS EXCLUSIVE MODE');
  const { rows } = await holder.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const { dataDir } = before;
  const engine = createEngine(
    createNodeHost({ kind: 'in-process', toolVersion: 'test', dataDir, writeLogLine: () => undefined }),
  );
  const { id } = await engine.open({ text: url }, {});
  const jobId = await start({ engine, connectionId: id });
  await dumping(before.location, jobId, 0);
  const job = endOf(engine, id, jobId).then(async (ended) => {
    await holder.end();
    return ended;
  });
  return { before, holderPid: rows[0]?.pid, job };
}

async function endOf(engine: Engine, id: string, jobId: string): Promise<BackupJob> {
  try {
    for await (const { type, job } of engine.backups.watch(id, jobId)) if (type === 'done') return job;
    throw new Error('the job told no end');
  } finally {
    await engine.close();
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It went with the others.
  }
}
