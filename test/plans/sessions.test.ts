import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import pg from 'pg';
import type { ActionRequest } from '#shared/model/plan-request.ts';
import { usePlans } from '../support/plans.ts';
import { createDatabase, query, type TestDatabase, urlOf, usePrivateServer } from '../support/postgres.ts';

describe.each([14, 18] as const)('what runs on %i', (major) => {
  const server = usePrivateServer({ major });
  const bench = usePlans();
  let database: TestDatabase;
  let connection: string;

  beforeAll(async () => {
    database = await createDatabase(
      await server.get(),
      `CREATE TABLE t (id int); CREATE ROLE app LOGIN PASSWORD 'app'; GRANT INSERT ON t TO app;
       CREATE EXTENSION pg_stat_statements SCHEMA public; CREATE ROLE plain LOGIN PASSWORD 'plain';`,
    );
    connection = await bench.open(database.url);
  });
  afterAll(() => database?.drop());

  const preview = (action: ActionRequest, id = connection) => bench.preview(id, { kind: 'action', action });
  const textsOf = async (action: ActionRequest): Promise<string> =>
    (await preview(action)).preflight.map(({ text }) => text).join('\n');
  /** A session of the application, with what identifies it. */
  const openClient = async (name: string) => {
    const client = new pg.Client({
      connectionString: urlOf(await server.get(), database.name, { user: 'app', password: 'app' }),
      application_name: name,
    });
    client.on('error', () => undefined);
    await client.connect();
    const { rows } = await client.query<{ pid: number; started: string }>(
      `SELECT pid, to_char(backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS started
       FROM pg_stat_activity WHERE pid = pg_backend_pid()`,
    );
    const [row] = rows;
    return { client, session: { pid: row?.pid ?? 0, backendStartedAt: row?.started ?? '' } };
  };
  const isOpen = async (pid: number): Promise<boolean> =>
    (await database.query('SELECT FROM pg_stat_activity WHERE pid = $1', [pid])).length > 0;

  it('a query is cancelled, its session stays, and the result says that it ended', async () => {
    const { client, session } = await openClient('report');
    await client.query('BEGIN; INSERT INTO t VALUES (1)');
    const running = client.query('SELECT pg_sleep(60)').catch((error: unknown) => error);
    await delay(200);
    const plan = await preview({ verb: 'cancel-query', ...session });
    expect(plan).toMatchObject({ risk: 'R2', phrase: null });
    expect(plan.actions[0]).toMatchObject({ way: 'none' });
    const said = plan.preflight.map(({ text }) => text).join('\n');
    expect(said).toMatch(/pid \d+ \(report, role app, .*\) in test_\w+ has had a transaction open for/);
    expect(said).toContain('what it wrote is rolled back');
    const job = await bench.finish(connection, await bench.start(connection, plan));
    expect(job.actions[0]).toMatchObject({
      outcome: 'done',
      notes: [],
      measures: [{ label: 'Query', before: 'running', after: 'ended' }],
    });
    expect(await running).toMatchObject({ code: '57014' });
    expect(await isOpen(session.pid)).toBe(true);
    await expect(preview({ verb: 'cancel-query', ...session })).rejects.toMatchObject({
      code: 'PLAN_REFUSED',
    });
    await client.end();
  });

  it('only the query that was seen is cancelled, not the next one of its session', async () => {
    const { client, session } = await openClient('loop');
    const first = client.query('SELECT pg_sleep(60)').catch((error: unknown) => error);
    await delay(200);
    const plan = await preview({ verb: 'cancel-query', ...session });
    await database.query('SELECT pg_cancel_backend($1)', [session.pid]);
    expect(await first).toMatchObject({ code: '57014' });
    const second = client.query('SELECT pg_sleep(1)').then(() => 'to its end');
    await delay(200);
    const job = await bench.finish(connection, await bench.start(connection, plan));
    expect(job.actions[0]).toMatchObject({
      outcome: 'done',
      measures: [{ before: 'ended', after: 'ended' }],
    });
    expect(await second).toBe('to its end');
    await client.end();
  });

  it('a session is ended, what it wrote is rolled back, and the result says that it is gone', async () => {
    const { client, session } = await openClient('worker');
    await client.query('BEGIN; INSERT INTO t VALUES (2)');
    const plan = await preview({ verb: 'end-session', ...session });
    expect(plan).toMatchObject({ risk: 'R4', phrase: `pid ${session.pid}` });
    expect(plan.preflight.map(({ text }) => text).join('\n')).toContain(
      'all of that is rolled back and lost',
    );
    const job = await bench.finish(connection, await bench.start(connection, plan));
    expect(job).toMatchObject({ outcome: 'done', noUndo: 'What it changed cannot be put back.' });
    expect(job.actions[0]?.measures).toMatchObject([{ label: 'Session', before: 'open', after: 'gone' }]);
    expect(await isOpen(session.pid)).toBe(false);
    expect(await database.query('SELECT FROM t')).toEqual([]);
    await expect(preview({ verb: 'end-session', ...session })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('a pid that was given to another session by then is left alone', async () => {
    const { client, session } = await openClient('other');
    const other = new Date(Date.parse(session.backendStartedAt) - 60_000).toISOString();
    await expect(
      preview({ verb: 'end-session', pid: session.pid, backendStartedAt: other }),
    ).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const plan = await preview({ verb: 'end-session', ...session });
    await client.end();
    await delay(200);
    await expect(bench.start(connection, plan)).rejects.toMatchObject({ code: 'PLAN_STALE' });
  });

  it('PgVitals does not end itself, nor processes of the server, nor what the role may not', async () => {
    const [own] = await database.query<{ pid: number; started: string; kind: string }>(
      `SELECT pid, to_char(backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS started
       FROM pg_stat_activity WHERE application_name = 'pgvitals/collector' AND datname = current_database()`,
    );
    const [server_] = await database.query<{ pid: number; started: string }>(
      `SELECT pid, to_char(backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS started
       FROM pg_stat_activity WHERE backend_type = 'checkpointer'`,
    );
    for (const row of [own, server_])
      await expect(
        preview({ verb: 'end-session', pid: row?.pid ?? 0, backendStartedAt: row?.started ?? '' }),
      ).rejects.toMatchObject({ code: 'PLAN_REFUSED' });
    const { client, session } = await openClient('safe');
    const plain = await bench.open(
      urlOf(await server.get(), database.name, { user: 'plain', password: 'plain' }),
    );
    await expect(preview({ verb: 'end-session', ...session }, plain)).rejects.toMatchObject({
      code: 'PLAN_REFUSED',
    });
    await client.end();
  });

  it('statistics of statements are reset with a copy of every row that can be read afterwards', async () => {
    await database.query('SELECT 4711 AS canary_of_this_test');
    const read = async (): Promise<Record<string, unknown>[]> =>
      database.query(
        `SELECT userid::text, dbid::text, queryid::text, query, calls FROM pg_stat_statements
         WHERE query LIKE '%canary_of_this_test%' AND query NOT LIKE '%pg_stat_statements%'`,
      );
    const before = await read();
    expect(before).toHaveLength(1);
    const plan = await preview({ verb: 'reset-statements' });
    expect(plan).toMatchObject({ risk: 'R4', phrase: 'pg_stat_statements' });
    expect(plan.actions[0]).toMatchObject({ way: 'none' });
    const job = await bench.finish(connection, await bench.start(connection, plan));
    expect(job.outcome).toBe('done');
    expect(await read()).toEqual([]);
    const [copy, ...others] = await bench.engine.plans.copies(connection, job.id, {});
    expect(others).toEqual([]);
    expect(copy?.title).toBe('Statistics of statements before the reset');
    expect(job.actions[0]?.notes[0]).toBe(
      `A copy is kept with this job: Statistics of statements before the reset, ${copy?.rows.length ?? 0} rows.`,
    );
    const kept = copy?.rows.filter(({ query: text }) => String(text).includes('canary_of_this_test')) ?? [];
    expect(
      kept.map((row) => ({ query: row['query'], calls: String(row['calls']), dbid: String(row['dbid']) })),
    ).toEqual(before.map((row) => ({ query: row['query'], calls: String(row['calls']), dbid: row['dbid'] })));
    const plain = await bench.open(
      urlOf(await server.get(), database.name, { user: 'plain', password: 'plain' }),
    );
    expect((await preview({ verb: 'reset-statements' }, plain)).preflight).toContainEqual(
      expect.objectContaining({ verdict: 'stop' }),
    );
  });

  it('a slot is dropped where nobody uses it, and refused with its user where somebody does', async () => {
    await database.query("SELECT pg_create_physical_replication_slot('idle', true)");
    await database.query("SELECT pg_create_logical_replication_slot('busy', 'pgoutput')");
    const job = await bench.act(connection, { verb: 'drop-slot', name: 'idle' });
    expect(job).toMatchObject({ outcome: 'done', noUndo: 'What it changed cannot be put back.' });
    expect(await database.query("SELECT FROM pg_replication_slots WHERE slot_name = 'idle'")).toEqual([]);
    const { host, port, user, password } = await server.get();
    const walsender = new pg.Client({
      host,
      port,
      user,
      password,
      database: database.name,
      application_name: 'subscriber',
      replication: 'database',
    } as pg.ClientConfig);
    walsender.on('error', () => undefined);
    await walsender.connect();
    void walsender
      .query(`START_REPLICATION SLOT busy LOGICAL 0/0 (proto_version '1', publication_names 'none')`)
      .catch(() => undefined);
    await expect
      .poll(
        async () =>
          (await database.query("SELECT active FROM pg_replication_slots WHERE slot_name = 'busy'"))[0],
      )
      .toEqual({ active: true });
    await expect(preview({ verb: 'drop-slot', name: 'busy' })).rejects.toMatchObject({
      code: 'PLAN_REFUSED',
      message: expect.stringMatching(/in use \(pid \d+, subscriber, role postgres, 127\.0\.0\.1\)/),
    });
    await expect(preview({ verb: 'drop-slot', name: 'none' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const [row] = await database.query<{ pid: number; started: string }>(
      `SELECT pid, to_char(backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS started
       FROM pg_stat_activity WHERE application_name = 'subscriber'`,
    );
    const sender = { pid: row?.pid ?? 0, backendStartedAt: row?.started ?? '' };
    expect(await textsOf({ verb: 'end-session', ...sender })).toContain('replication breaks off');
    expect((await bench.act(connection, { verb: 'end-session', ...sender })).outcome).toBe('done');
    expect((await bench.act(connection, { verb: 'drop-slot', name: 'busy' })).outcome).toBe('done');
  });

  it('a prepared transaction is rolled back, only in its own database', async () => {
    const gid = `it's "odd" \\ $1`;
    await database.query(
      `BEGIN; INSERT INTO t VALUES (3); PREPARE TRANSACTION '${gid.replaceAll("'", "''")}'`,
    );
    const elsewhere = await bench.open(urlOf(await server.get(), 'postgres'));
    await expect(preview({ verb: 'rollback-prepared', gid }, elsewhere)).rejects.toMatchObject({
      code: 'PLAN_REFUSED',
      nextStep: `Connect to ${database.name}.`,
    });
    const job = await bench.act(connection, { verb: 'rollback-prepared', gid });
    expect(job, JSON.stringify(job.actions[0]?.error)).toMatchObject({
      outcome: 'done',
      noUndo: 'What it changed cannot be put back.',
    });
    expect(Number(job.actions[0]?.measures[0]?.before)).toBeGreaterThan(0);
    expect(job.actions[0]?.measures[0]?.after).toBe('0');
    expect(await query(database.url, 'SELECT FROM pg_prepared_xacts')).toEqual([]);
    await expect(preview({ verb: 'rollback-prepared', gid })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
