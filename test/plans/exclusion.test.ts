import { spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import pg from 'pg';
import type { PlanRequest } from '#shared/model/plan-request.ts';
import { createBench, usePlans } from '../support/plans.ts';
import { createDatabase, type TestDatabase, useServer } from '../support/postgres.ts';

/** F80 and one job per database: what must not happen at the same time does not. */
const server = useServer(15);
const bench = usePlans();
let database: TestDatabase;
let rewrite: PlanRequest;

beforeAll(async () => {
  database = await createDatabase(
    await server.get(),
    'CREATE TABLE items (id int PRIMARY KEY, note text); CREATE INDEX items_note ON items (note); CREATE TABLE locked (id int)',
  );
  const [row] = await database.query<{ oid: number }>("SELECT 'items'::regclass::oid::int AS oid");
  rewrite = { kind: 'action', action: { verb: 'vacuum', tables: [row?.oid ?? 0], mode: 'full' } };
});

afterAll(async () => {
  await database?.drop();
});

async function holding(sql: string): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query(`BEGIN; ${sql}`);
  return () => client.end();
}

describe('a table is not rewritten', () => {
  it('while pg_dump makes a backup, and it is afterwards', async () => {
    const release = await holding('LOCK TABLE locked');
    const dump = spawn('pg_dump', ['--schema-only', '--no-password', `--dbname=${database.url}`], {
      stdio: 'ignore',
    });
    const dumped = new Promise((resolve) => dump.on('close', resolve));
    await expect
      .poll(() =>
        database.query(
          "SELECT FROM pg_stat_activity WHERE application_name = 'pg_dump' AND wait_event_type = 'Lock'",
        ),
      )
      .toHaveLength(1);
    const connection = await bench.open(database.url);
    const plan = await bench.preview(connection, rewrite);
    expect(plan.preflight.filter(({ verdict }) => verdict === 'stop')).toMatchObject([
      { text: expect.stringMatching(/A backup of this database is being made: pid \d+ \(pg_dump/) },
    ]);
    await expect(bench.start(connection, plan)).rejects.toMatchObject({ code: 'PLAN_REFUSED' });
    await release();
    await dumped;
    expect(await bench.run(connection, rewrite)).toMatchObject({ outcome: 'done' });
  });
});

describe('two PgVitals on one database', () => {
  it('do not change it at the same time, and the second says who does', async () => {
    const other = createBench();
    const release = await holding('SELECT FROM items');
    const [mine, theirs] = [await bench.open(database.url), await other.open(database.url)];
    const jobId = await bench.start(mine, await bench.preview(mine, rewrite));
    await expect(other.run(theirs, rewrite)).rejects.toMatchObject({
      code: 'JOB_RUNNING',
      message: expect.stringContaining(`pgvitals/maint:${jobId}`),
    });
    await release();
    expect(await bench.finish(mine, jobId)).toMatchObject({ outcome: 'done' });
    expect(await other.run(theirs, rewrite)).toMatchObject({ outcome: 'done' });
    await other.engine.close();
  });
});
