import { describe, expect, it } from 'vitest';
import { planExtras, planNodes } from '#engine/insight/queries/plan-tree.ts';
import { EVERY_STATEMENT, useEngine } from '../support/insight.ts';
import { createDatabase, query, usePrivateServer, useServer } from '../support/postgres.ts';

const { engine, open } = useEngine();
const HERE = 'dbid = (SELECT oid FROM pg_database WHERE datname = current_database())';
/** A text of ours, by any of the marks that it may carry. */
const OWN = "query ~ '^/\\* pgvitals:|/\\* pgvitals:collector \\*/$|^SET pgvitals\\.'";

describe.each([14, 18] as const)('tiles of statements on PostgreSQL %i', (major) => {
  const server = useServer(major);

  it('count the loops of look-ups and what is ours, as SQL does', async () => {
    const database = await createDatabase(
      await server.get(),
      `CREATE EXTENSION pg_stat_statements; CREATE TABLE item (id int PRIMARY KEY, tag int, note text);
       INSERT INTO item SELECT g, g % 9, 'n' FROM generate_series(1, 2000) g; ANALYZE item`,
    );
    const many = (make: (n: number) => string, count: number): Promise<unknown> =>
      database.query(Array.from({ length: count }, (_, n) => make(n + 1)).join(';'));
    await many((n) => `SELECT note FROM item WHERE id = ${n}`, 1_100);
    await many((n) => `SELECT tag FROM item WHERE id = ${n}`, 1_300);
    await many((n) => `SELECT id FROM item WHERE id = ${n} AND tag = 1`, 900);
    await many((n) => `SELECT count(*) FROM item WHERE id < ${n % 3}`, 1_200);
    for (const sql of ['SELECT 1', 'SELECT now()', 'SELECT max(id) FROM item', 'SELECT min(id) FROM item'])
      await database.query(sql);
    const connectionId = await open(database.url);
    await engine.insight.queries.overview({ connectionId, maxAgeMs: 0 }, {});
    const before = await database.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM pg_stat_statements WHERE ${HERE} AND ${OWN}`,
    );
    const { data } = await engine.insight.queries.overview({ connectionId, maxAgeMs: 0 }, {});
    const [truth] = await database.query<{ suspects: number; own: number; others: number }>(
      `SELECT count(*) FILTER (WHERE query ~ '^SELECT \\w+ FROM item WHERE id = \\$1' AND calls >= 1000
           AND rows::float8 / calls BETWEEN 0.5 AND 1.5 AND mean_exec_time < 20)::int AS suspects,
         count(*) FILTER (WHERE ${OWN})::int AS own FROM pg_stat_statements WHERE ${HERE}`,
    );
    expect(truth?.suspects).toBe(2);
    expect(data.figures.suspects).toBe(truth?.suspects);
    expect(before[0]?.n).toBeGreaterThan(0);
    expect(data.figures.own).toBeGreaterThanOrEqual(before[0]?.n ?? Infinity);
    expect(data.figures.own).toBeLessThanOrEqual(truth?.own ?? 0);
    const suspects = await engine.insight.queries.list(
      { connectionId, ...EVERY_STATEMENT, suspectsOnly: true },
      {},
    );
    expect(suspects.rows.map((row) => row.calls).toSorted((a, b) => a - b)).toEqual([1_100, 1_300]);
    expect(data.isCut).toBe(false);
  });

  it('say where the list ends, and where a text does', async () => {
    const database = await createDatabase(await server.get(), 'CREATE EXTENSION pg_stat_statements');
    // Thirteen columns of + or -: statements that differ in more than their constants.
    const shape = (n: number): string =>
      `SELECT ${Array.from({ length: 13 }, (_, bit) => `1 ${(n >> bit) & 1 ? '+' : '-'} 1`).join(', ')}`;
    await database.query(Array.from({ length: 5_050 }, (_, n) => shape(n)).join(';'));
    const long = `SELECT 1 AS long_one WHERE ${Array.from({ length: 1_500 }, () => '1 <> 2').join(' AND ')}`;
    await database.query(`${long}; SELECT pg_sleep(0.2)`);
    for (let n = 0; n < 200; n += 1) await database.query(long);
    const [truth] = await database.query<{ n: number; text: string; length: number; id: string }>(
      `SELECT count(*) OVER ()::int AS n, left(query, 8192) AS text, length(query) AS length, queryid::text AS id
       FROM pg_stat_statements WHERE ${HERE} ORDER BY query LIKE '%long_one%' DESC LIMIT 1`,
    );
    expect(truth?.n).toBeGreaterThan(5_000);
    expect(truth?.length).toBeGreaterThan(8_192);
    const connectionId = await open(database.url);
    const { data } = await engine.insight.queries.overview({ connectionId, maxAgeMs: 0 }, {});
    expect(data.isCut).toBe(true);
    const list = await engine.insight.queries.list(
      { connectionId, ...EVERY_STATEMENT, filter: 'long_one' },
      {},
    );
    const [row] = list.rows;
    expect(row?.queryId).toBe(truth?.id);
    expect(row?.query?.length).toBeLessThanOrEqual(301);
    const detail = await engine.insight.queries.detail(
      { connectionId, key: row?.key ?? '', from: null, database: null },
      {},
    );
    expect(detail.text).toBe(truth?.text);
  });

  it('a node costs what is above the cost of its children; planning and triggers are as measured', async () => {
    const database = await createDatabase(
      await server.get(),
      `CREATE TABLE p (id int PRIMARY KEY, k int); CREATE TABLE c (id int, p int REFERENCES p);
       INSERT INTO p SELECT g, g % 7 FROM generate_series(1, 3000) g; INSERT INTO c SELECT g, g % 3000 + 1 FROM generate_series(1, 9000) g;
       CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN PERFORM pg_sleep(0.01); RETURN NEW; END$$;
       CREATE TRIGGER naps BEFORE INSERT ON c FOR EACH ROW EXECUTE FUNCTION slow(); ANALYZE`,
    );
    const connectionId = await open(database.url);
    const text = 'SELECT k, count(*) FROM c JOIN p ON p.id = c.p WHERE c.id > 100 GROUP BY k ORDER BY 2 DESC';
    const plan = await engine.insight.queries.plan(
      { connectionId, text, values: [], analyze: false, confirmed: false },
      {},
    );
    // Each level of the JSON as rows, by SQL: a node's cost less that of its children.
    await database.query(`CREATE FUNCTION plan(sql text) RETURNS json LANGUAGE plpgsql AS
      $$DECLARE made json; BEGIN EXECUTE 'EXPLAIN (FORMAT JSON) ' || sql INTO made; RETURN made; END$$`);
    const costs = await database.query<{ type: string; own: number }>(
      `WITH RECURSIVE node AS (
         SELECT plan($1)::jsonb -> 0 -> 'Plan' AS node, ARRAY[0]::bigint[] AS place
         UNION ALL SELECT child, place || at FROM node, jsonb_array_elements(node -> 'Plans') WITH ORDINALITY AS t (child, at))
       SELECT node ->> 'Node Type' AS type, (node ->> 'Total Cost')::float8
         - coalesce((SELECT sum((c ->> 'Total Cost')::float8) FROM jsonb_array_elements(node -> 'Plans') c), 0) AS own
       FROM node ORDER BY place`,
      [text],
    );
    expect(costs.length).toBeGreaterThan(4);
    expect(plan.nodes).toHaveLength(costs.length);
    for (const [at, { own }] of costs.entries()) expect(plan.nodes[at]?.ownCost).toBeCloseTo(own, 6);

    const measured = await engine.insight.queries.plan(
      { connectionId, text, values: [], analyze: true, confirmed: true },
      {},
    );
    const [raw] = JSON.parse(measured.json) as { 'Planning Time': number; 'Execution Time': number }[];
    expect([measured.planningMs, measured.executionMs]).toEqual([
      raw?.['Planning Time'],
      raw?.['Execution Time'],
    ]);

    // The engine runs nothing that writes: triggers are read from what the server says of an INSERT.
    const [explained] = await query<{ 'QUERY PLAN': Record<string, unknown>[] }>(
      database.url,
      'EXPLAIN (ANALYZE, FORMAT JSON) INSERT INTO c VALUES (1, 1), (2, 2), (3, 3)',
    );
    const [written = {}] = explained?.['QUERY PLAN'] ?? [];
    const { triggers } = planExtras(written);
    expect(Object.fromEntries(triggers.map(({ name, calls }) => [name, calls]))).toEqual({
      'c_p_fkey on c': 3,
      'naps on c': 3,
    });
    expect(triggers.find(({ name }) => name === 'naps on c')?.timeMs).toBeGreaterThanOrEqual(30);
    const said = written['Triggers'] as { Time: number }[];
    expect(triggers.map(({ timeMs }) => timeMs)).toEqual(said.map(({ Time }) => Time));
    expect(planNodes(written, 8192)[0]?.type).toMatch(/ModifyTable/);
  });
});

describe('settings of the slow-query log', () => {
  const server = usePrivateServer({
    major: 17,
    settings: {
      log_min_duration_statement: '250ms',
      log_lock_waits: 'off',
      log_temp_files: '-1',
      track_io_timing: 'on',
    },
  });

  it('are those of SHOW; each change is what the advice says it is', async () => {
    const database = await createDatabase(await server.get());
    const connectionId = await open(database.url);
    const read = async () =>
      (await engine.insight.queries.overview({ connectionId, maxAgeMs: 0 }, {})).data.logging;
    const logging = await read();
    const plain = (value: string): string => value.replaceAll(/\s/g, '');
    expect(logging.map(({ name }) => name)).toHaveLength(5);
    for (const { name, value } of logging) {
      const [shown] = await database.query<Record<string, string>>(`SHOW ${name}`);
      expect([name, plain(value)]).toEqual([name, plain(shown?.[name] ?? '')]);
    }
    expect(logging.filter(({ fix }) => fix !== null).map(({ name }) => name)).toEqual(
      expect.arrayContaining(['log_lock_waits', 'log_temp_files']),
    );
    expect(logging.find(({ name }) => name === 'track_io_timing')?.fix).toBeNull();
    for (const { fix } of logging) for (const sql of fix?.sql ?? []) await database.query(sql);
    await database.query('SELECT pg_reload_conf()');
    await expect.poll(async () => (await read()).filter(({ fix }) => fix !== null)).toEqual([]);
    expect(await database.query('SHOW log_temp_files')).toEqual([{ log_temp_files: '10MB' }]);
  });
});
