import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import pg from 'pg';
import type { ActionRequest } from '#shared/model/plan-request.ts';
import { createBench, type PlansBench } from '../support/plans.ts';
import { createDatabase, type TestDatabase, useServer } from '../support/postgres.ts';

/** PgVitals is killed while it changes something: the next start says what is true. */
const server = useServer(17);
const folders: string[] = [];
const benches: PlansBench[] = [];
let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase(
    await server.get(),
    `CREATE TABLE items (id int PRIMARY KEY, kind int, note text);
     INSERT INTO items SELECT g, g % 100, repeat('x', 40) FROM generate_series(1, 20000) g;`,
  );
});

afterAll(async () => {
  await Promise.all(benches.map(({ engine }) => engine.close()));
  await database?.drop();
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })));
});

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pgvitals-crash-'));
  folders.push(folder);
  return folder;
}

interface Crashing {
  readonly output: () => string;
  readonly ended: Promise<void>;
  kill(): void;
}

function crashing(dataDir: string, crashAt: number, action: ActionRequest): Crashing {
  const script = fileURLToPath(new URL('../fixtures/crashing-plan.ts', import.meta.url));
  const child = spawn(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      script,
      database.url,
      dataDir,
      String(crashAt),
      JSON.stringify(action),
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return {
    output: () => text,
    ended: new Promise((resolve) => child.on('close', () => resolve())),
    kill: () => void child.kill('SIGKILL'),
  };
}

const oidOf = async (name: string): Promise<number> => {
  const [row] = await database.query<{ oid: number }>('SELECT $1::regclass::oid::int AS oid', [name]);
  return row?.oid ?? 0;
};
const isThere = async (name: string): Promise<boolean> => {
  const [row] = await database.query<{ there: boolean }>('SELECT to_regclass($1) IS NOT NULL AS there', [
    name,
  ]);
  return row?.there ?? false;
};

/** What a new start makes of it, once the server has noticed that nobody listens. */
async function recovered(dataDir: string) {
  const bench = benchOf(dataDir);
  const connection = await bench.open(database.url);
  await expect
    .poll(
      async () =>
        (await bench.engine.plans.journal(connection, {})).some(({ outcome }) => outcome === 'running'),
      {
        timeout: 10_000,
      },
    )
    .toBe(false);
  const [summary] = await bench.engine.plans.journal(connection, {});
  const job = summary ? await bench.engine.plans.job(connection, summary.id, {}) : null;
  return { bench, connection, job };
}

function benchOf(dataDir: string): PlansBench {
  const bench = createBench({ dataDir });
  benches.push(bench);
  return bench;
}

describe('killed after each write of the journal', () => {
  it('tells for each change whether it was made', async () => {
    const names = ['first_idx', 'second_idx'];
    let crashAt = 0;
    for (let last = Number.POSITIVE_INFINITY; crashAt < last; crashAt += 1) {
      await database.query('DROP INDEX IF EXISTS first_idx, second_idx');
      await database.query('CREATE INDEX first_idx ON items (kind); CREATE INDEX second_idx ON items (note)');
      const dataDir = await newFolder();
      const action: ActionRequest = { verb: 'drop-index', indexes: await Promise.all(names.map(oidOf)) };
      const run = crashing(dataDir, crashAt, action);
      await run.ended;
      // The first round is whole, and counts the writes to crash after.
      if (crashAt === 0) last = Number(/writes (\d+)/.exec(run.output())?.[1] ?? 0) + 1;
      const { job } = await recovered(dataDir);
      if (crashAt === 1) {
        // Inside the transaction that begins the job: nothing was begun.
        expect(job).toBeNull();
        continue;
      }
      for (const name of names) {
        const outcome = job?.actions.find(({ object }) => object.name === name)?.outcome;
        if (job)
          expect([name, outcome === 'done'], `crash ${crashAt}`).toEqual([name, !(await isThere(name))]);
        else expect(await isThere(name), `crash ${crashAt}`).toBe(true);
      }
    }
    expect(crashAt).toBeGreaterThan(6);
  }, 120_000);
});

describe('killed while the server builds an index', () => {
  it('finds the index unfinished or finished, and offers to remove it', async () => {
    const dataDir = await newFolder();
    const holder = new pg.Client({ connectionString: database.url });
    await holder.connect();
    await holder.query('BEGIN; UPDATE items SET kind = kind WHERE id = 1');
    const run = crashing(dataDir, 0, {
      verb: 'create-index',
      table: await oidOf('items'),
      columns: [
        { name: 'note', isDescending: false },
        { name: 'id', isDescending: true },
      ],
      include: [],
      isUnique: false,
    });
    await expect.poll(run.output, { timeout: 20_000 }).toMatch(/waiting/);
    run.kill();
    await run.ended;
    const jobId = /job ([0-9a-f]+)/.exec(run.output())?.[1] ?? '';
    const early = benchOf(dataDir);
    const connection = await early.open(database.url);
    // The backend works on: nothing is claimed while nobody can know.
    const [row] = await early.engine.plans.journal(connection, {});
    expect(row?.outcome).toBe('running');
    await database.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'pgvitals/maint:${jobId}'`,
    );
    await holder.query('COMMIT');
    await holder.end();
    const { bench, connection: later, job } = await recovered(dataDir);
    expect(job).toMatchObject({ outcome: 'interrupted', leftovers: [{ from: 'build', state: 'there' }] });
    expect(await bench.run(later, { kind: 'leftovers', jobId, how: 'drop' })).toMatchObject({
      outcome: 'done',
    });
    expect(
      await database.query("SELECT FROM pg_index WHERE NOT indisvalid AND indrelid = 'items'::regclass"),
    ).toEqual([]);
  }, 60_000);
});
