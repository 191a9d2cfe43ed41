import { describe, expect, it } from 'vitest';
import { EVERY_STATEMENT, useEngine } from '../support/insight.ts';
import {
  createDatabase,
  query,
  type TestDatabase,
  useDemo,
  usePrivateServer,
  useServer,
} from '../support/postgres.ts';

const { engine, open } = useEngine();
const demo = useDemo();

it('the demo: every figure is what pg_stat_statements says, and none of ours is there', async () => {
  const { url } = await demo.get();
  const connectionId = await open(url);
  const { data } = await engine.insight.queries.overview({ connectionId, maxAgeMs: 0 }, {});
  expect(data.setup).toBeNull();
  const { rows, total } = await engine.insight.queries.list({ connectionId, ...EVERY_STATEMENT }, {});
  expect(total).toBe(data.figures.statements);
  expect(
    rows
      .filter((row) => /pg_backend_pid|pg_stat_activity|pgvitals/.test(row.query ?? ''))
      .map((row) => row.query)
      // Other tests ask the same server what is true.
      .filter((text) => !text?.includes('/* asked by a test */')),
  ).toEqual([]);
  const truth = await query<{
    id: string;
    role: string;
    calls: string;
    total: number;
    mean: number;
    rows: string;
    hit: string;
    read: string;
    text: string;
  }>(
    url,
    `SELECT queryid::text AS id, rolname AS role, sum(calls) AS calls, sum(total_exec_time) AS total,
       sum(total_exec_time) / nullif(sum(calls), 0) AS mean, sum(rows) AS rows, sum(shared_blks_hit) AS hit, sum(shared_blks_read) AS read, min(query) AS text
     FROM pg_stat_statements s JOIN pg_roles r ON r.oid = userid JOIN pg_database d ON d.oid = dbid
     WHERE datname = current_database() GROUP BY queryid, rolname, toplevel`,
  );
  // Statements of the demo's workload stand still; the tests' own may run meanwhile.
  const steady = truth.filter(
    (t) => /\b(?:posts|channels|post_metrics)\b/.test(t.text) && !/pg_/.test(t.text),
  );
  expect(steady.length).toBeGreaterThan(5);
  for (const t of steady) {
    const row = rows.find((candidate) => candidate.queryId === t.id && candidate.role === t.role);
    expect([t.text.slice(0, 60), row?.calls]).toEqual([t.text.slice(0, 60), Number(t.calls)]);
    expect(row?.totalMs).toBeCloseTo(Number(t.total), 3);
    expect(row?.meanMs).toBeCloseTo(Number(t.mean), 3);
    expect(row?.rowsPerCall).toBeCloseTo(Number(t.rows) / Number(t.calls), 6);
    const blocks = Number(t.hit) + Number(t.read);
    expect(row?.hitPercent ?? null).toEqual(
      blocks === 0 ? null : expect.closeTo((Number(t.hit) / blocks) * 100, 6),
    );
  }
  expect(rows.reduce((sum, row) => sum + row.sharePercent, 0)).toBeCloseTo(100, 6);
  const slow = await engine.insight.queries.list({ connectionId, ...EVERY_STATEMENT, minMeanMs: 100 }, {});
  expect(slow.rows.every((row) => row.meanMs >= 100)).toBe(true);
  const quiet = await engine.insight.queries.list(
    { connectionId, ...EVERY_STATEMENT, withUtility: false },
    {},
  );
  expect(quiet.rows.some((row) => /^(?:RESET|UNLISTEN|BEGIN)/i.test(row.query ?? ''))).toBe(false);
  expect(rows.some((row) => /UNLISTEN|RESET/i.test(row.query ?? ''))).toBe(true);
});

describe.each([14, 15, 16, 17, 18] as const)('statements and plans on PostgreSQL %i', (major) => {
  const server = useServer(major);
  const make = async (): Promise<TestDatabase> =>
    createDatabase(
      await server.get(),
      `CREATE EXTENSION pg_stat_statements;
       CREATE TABLE orders (id int PRIMARY KEY, customer int, state text, total numeric);
       INSERT INTO orders SELECT g, g % 500, 'open', g FROM generate_series(1, 20000) g; ANALYZE orders`,
    );

  it('counts calls, finds tags and the loop of single look-ups', async () => {
    const database = await make();
    const lookUps = Array.from({ length: 1_200 }, (_, n) => `SELECT state FROM orders WHERE id = ${n + 1}`);
    await database.query(lookUps.join(';'));
    await database.query("SELECT count(*) FROM orders /*route='%2Forders',framework='rails'*/");
    for (let n = 0; n < 3; n += 1)
      await database.query('SELECT customer, sum(total) FROM orders GROUP BY customer');
    const connectionId = await open(database.url);
    const { data } = await engine.insight.queries.overview({ connectionId, maxAgeMs: 0 }, {});
    const { rows } = await engine.insight.queries.list({ connectionId, ...EVERY_STATEMENT }, {});
    const loop = rows.find((row) => row.query?.startsWith('SELECT state FROM orders'));
    expect(loop).toMatchObject({ calls: 1_200, rowsPerCall: 1 });
    expect(loop?.suspicion).toMatch(/1\s200 calls.*orders/);
    expect(rows.find((row) => row.query?.startsWith('SELECT customer'))).toMatchObject({
      calls: 3,
      rowsPerCall: 500,
      suspicion: null,
    });
    expect(data.tags).toEqual([
      { key: 'framework', values: ['rails'] },
      { key: 'route', values: ['/orders'] },
    ]);
    const tagged = await engine.insight.queries.list(
      { connectionId, ...EVERY_STATEMENT, tag: 'route=/orders' },
      {},
    );
    expect(tagged.rows.map((row) => row.calls)).toEqual([1]);
    expect(rows.map((row) => row.query).filter((text) => /pgvitals|pg_backend_pid/.test(text ?? ''))).toEqual(
      [],
    );
  });

  it('plans without running: parameters, values, tables and indexes used', async () => {
    const database = await make();
    const connectionId = await open(database.url);
    const plan = (text: string, values: string[] = [], analyze = false) =>
      engine.insight.queries.plan({ connectionId, text, values, analyze, confirmed: analyze }, {});
    const generic = await plan('SELECT * FROM orders WHERE id = $1;');
    expect(generic).toMatchObject({ relations: ['orders'], indexes: ['orders_pkey'], isAnalyzed: false });
    expect(generic.note).toMatch(/generic/);
    expect((await plan('SELECT * FROM orders WHERE customer = $1 AND total > $2', ['7', '10'])).note).toMatch(
      /values/,
    );
    const [expected] = await database.query<{ 'QUERY PLAN': { Plan: { 'Total Cost': number } }[] }>(
      'EXPLAIN (FORMAT JSON) SELECT * FROM orders WHERE customer = 7',
    );
    const scan = await plan('SELECT * FROM orders WHERE customer = 7');
    expect(scan.nodes[0]?.totalCost).toBe(expected?.['QUERY PLAN'][0]?.Plan['Total Cost']);
    expect(scan.nodes.reduce((sum, node) => sum + node.heat, 0)).toBeCloseTo(1, 6);
    expect(scan.advice[0]).toMatchObject({ table: 'orders', columns: ['customer'], costAfter: null });
    expect(scan.advice[0]?.verdict).toMatch(/guess/);
    // Its SQL runs, the plan then uses it, and nothing more is advised.
    await database.query(scan.advice[0]?.fix.sql[0] ?? '');
    await engine.insight.indexes.overview({ connectionId, maxAgeMs: 0 }, {});
    expect(await plan('SELECT * FROM orders WHERE customer = 7')).toMatchObject({
      indexes: ['orders_customer_idx'],
      advice: [],
    });
    const writes = await plan("UPDATE orders SET state = 'x' WHERE id = 1");
    expect(writes.nodes[0]?.type).toMatch(/ModifyTable/);
    expect(await database.query("SELECT count(*)::int AS n FROM orders WHERE state = 'x'")).toEqual([
      { n: 0 },
    ]);
    const measured = await plan('SELECT count(*) FROM orders WHERE customer < 100', [], true);
    expect(measured.nodes.find((node) => node.on?.includes('orders'))?.actualRows).toBe(4_000);
    expect(measured.executionMs).toBeGreaterThan(0);
  });

  it('refuses what could run, write or break out', async () => {
    const database = await make();
    const connectionId = await open(database.url);
    const attempt = (
      text: string,
      change: { values?: string[]; analyze?: boolean; confirmed?: boolean } = {},
    ) =>
      engine.insight.queries
        .plan({ connectionId, text, values: [], analyze: false, confirmed: false, ...change }, {})
        .then(
          () => 'planned',
          (error: { code: string }) => error.code,
        );
    const before = await database.query('SELECT count(*)::int AS n FROM pg_class');
    const texts = [
      'SELECT 1; DROP TABLE orders',
      'SELECT 1; COMMIT; DROP TABLE orders',
      'SELECT $1; COMMIT; DROP TABLE orders',
      'COMMIT',
      '/* SELECT */ DROP TABLE orders',
      'ANALYZE orders',
      'EXPLAIN ANALYZE DELETE FROM orders',
      'CREATE TABLE x AS SELECT 1',
      'SELECT * FROM orders WHERE total > interval $1',
      'SELECT * FROM nowhere',
      'nonsense',
      `SELECT ${'1+'.repeat(40_000)}1`,
    ];
    for (const text of texts)
      expect([text.slice(0, 40), await attempt(text)]).not.toEqual([text.slice(0, 40), 'planned']);
    for (const text of ['SELECT 1', 'DELETE FROM orders'])
      expect(await attempt(text, { analyze: true })).toBe('BAD_INPUT');
    expect(await attempt('DELETE FROM orders', { analyze: true, confirmed: true })).toBe('BAD_INPUT');
    expect(
      await attempt('WITH gone AS (DELETE FROM orders RETURNING 1) SELECT * FROM gone', {
        analyze: true,
        confirmed: true,
      }),
    ).toBe('BAD_INPUT');
    expect(
      await attempt('SELECT * FROM orders WHERE id = $1', { values: ["1'; DROP TABLE orders; --"] }),
    ).toBe('BAD_INPUT');
    expect(
      await attempt("SELECT nextval('pg_stat_statements')", { analyze: true, confirmed: true }),
    ).not.toBe('planned');
    expect(await database.query('SELECT count(*)::int AS n FROM pg_class')).toEqual(before);
    expect(await database.query('SELECT count(*)::int AS n FROM orders')).toEqual([{ n: 20_000 }]);
  });
});

describe('without the extension', () => {
  const bare = usePrivateServer({ major: 16, settings: { shared_preload_libraries: '' } });

  it('names the steps for this server', async () => {
    const database = await createDatabase(await bare.get());
    const connectionId = await open(database.url);
    const { data } = await engine.insight.queries.overview({ connectionId, maxAgeMs: 0 }, {});
    expect(data.setup?.steps.map(({ fix }) => fix.sql[0])).toEqual([
      "ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'",
      'CREATE EXTENSION pg_stat_statements',
    ]);
    const [preload, create] = data.setup?.steps ?? [];
    expect(create?.request).toBeNull();
    for (const sql of preload?.fix.sql ?? []) await database.query(sql);
    await (await bare.get()).restart();
    const loaded = await open(database.url);
    const { data: then } = await engine.insight.queries.overview({ connectionId: loaded, maxAgeMs: 0 }, {});
    expect(then.setup?.steps.map(({ request }) => request)).toEqual([
      { verb: 'create-extension', name: 'pg_stat_statements', schema: null },
    ]);
    for (const sql of then.setup?.steps[0]?.fix.sql ?? []) await database.query(sql);
    const again = await open(database.url);
    expect(
      (await engine.insight.queries.overview({ connectionId: again, maxAgeMs: 0 }, {})).data.setup,
    ).toBeNull();
  });
});
