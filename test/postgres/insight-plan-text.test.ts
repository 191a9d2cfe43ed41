import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import pg from 'pg';
import { planText } from '#engine/insight/queries/plan-text.ts';
import { useEngine } from '../support/insight.ts';
import { createDatabase, type TestDatabase, useServer } from '../support/postgres.ts';

const MAKE = `
  CREATE TABLE visits (id int PRIMARY KEY, city int, note text);
  INSERT INTO visits SELECT g, g % 500, repeat('n', 40) FROM generate_series(1, 40000) g;
  CREATE INDEX visits_city ON visits (city);
  CREATE TABLE "Odd ""Name" (id int PRIMARY KEY, "user" int);
  INSERT INTO "Odd ""Name" SELECT g, g FROM generate_series(1, 300) g;
  CREATE TABLE "user" (id int PRIMARY KEY);
  CREATE TABLE parts (id int, at int) PARTITION BY RANGE (at);
  CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (100);
  CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (100) TO (200);
  INSERT INTO parts SELECT g, g % 200 FROM generate_series(1, 2000) g;
  VACUUM ANALYZE`;

/** Nodes of every kind that a statement without extensions can have. */
const READS = [
  'SELECT * FROM visits WHERE id = 17',
  'SELECT id FROM visits WHERE id < 50 ORDER BY id DESC LIMIT 3',
  'SELECT v.note FROM visits v WHERE city = 3 OR id = 5',
  'SELECT city, count(*) FROM visits GROUP BY city HAVING count(*) > 3 ORDER BY 2 DESC, 1',
  'SELECT note, id FROM visits ORDER BY note, id',
  'SELECT city, id, note FROM visits ORDER BY city, note LIMIT 20',
  'SELECT count(*) FROM visits a JOIN visits b ON b.id = a.id + 1',
  'SELECT * FROM "Odd ""Name" o LEFT JOIN visits v ON v.id = o."user" WHERE o.id < 20',
  'SELECT * FROM "Odd ""Name" o FULL JOIN "user" u USING (id)',
  'SELECT * FROM visits v WHERE NOT EXISTS (SELECT FROM "Odd ""Name" o WHERE o.id = v.city) AND id < 900',
  'WITH c AS MATERIALIZED (SELECT * FROM visits WHERE city < 5) SELECT count(*) FROM c JOIN c d USING (id)',
  'WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 5) SELECT * FROM r',
  'SELECT id, (SELECT max(id) FROM visits w WHERE w.city = v.city) FROM visits v WHERE id < 4',
  'SELECT * FROM visits WHERE id = (SELECT min(id) FROM "Odd ""Name")',
  'SELECT city, rank() OVER (PARTITION BY city ORDER BY id) FROM visits WHERE city < 3',
  'SELECT city, id % 3, count(*) FROM visits GROUP BY GROUPING SETS ((city), (id % 3), ())',
  'SELECT city, id, count(*) FROM visits WHERE id < 200 GROUP BY ROLLUP (city, id)',
  'SELECT city FROM visits EXCEPT SELECT id FROM "Odd ""Name"',
  'SELECT id FROM visits INTERSECT ALL SELECT id FROM "Odd ""Name" ORDER BY 1',
  'SELECT DISTINCT note FROM visits',
  'SELECT * FROM generate_series(1, 4) g, (VALUES (1), (2)) w(n) WHERE w.n = g',
  'SELECT * FROM parts WHERE at < 150 ORDER BY at LIMIT 5',
  'SELECT count(*) FROM visits TABLESAMPLE system (20) REPEATABLE (3)',
  "SELECT ctid FROM visits WHERE ctid = '(0,1)'",
  'SELECT 1 WHERE false',
  'SELECT count(*) FROM visits a, LATERAL (SELECT 1 FROM visits b WHERE b.id = a.city OFFSET 0) x WHERE a.id < 2000',
  'SELECT city, sum(id) FROM visits GROUP BY city',
];
const WRITES = [
  "UPDATE visits SET note = 'x' WHERE id = 3",
  'DELETE FROM parts WHERE at < 150',
  'INSERT INTO "user" SELECT 1 ON CONFLICT (id) DO NOTHING',
  'INSERT INTO visits VALUES (1) ON CONFLICT (id) DO UPDATE SET note = excluded.note RETURNING id',
];

describe.each([14, 15, 16, 17, 18] as const)("a plan's text on PostgreSQL %i", (major) => {
  const server = useServer(major);
  const { engine, open } = useEngine();
  let database: TestDatabase;
  let connectionId: string;

  beforeAll(async () => {
    database = await createDatabase(await server.get(), 'SELECT 1');
    for (const sql of MAKE.split(';')) await database.query(sql);
    for (const setting of ["work_mem = '128kB'", 'jit = off', 'track_io_timing = off'])
      await database.query(`ALTER DATABASE ${database.name} SET ${setting}`);
    connectionId = await open(database.url);
  });
  afterAll(() => database?.drop());

  const ours = async (text: string): Promise<string[]> => {
    const request = { connectionId, text, values: [], analyze: false, confirmed: false };
    const plan = await engine.insight.queries.plan(request, {});
    return plan.text.split('\n');
  };
  const servers = async (text: string): Promise<string[]> => {
    const rows = await database.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${text}`);
    return rows.map((row) => row['QUERY PLAN']);
  };

  it('is what EXPLAIN says', async () => {
    for (const text of [...READS, ...WRITES])
      expect([text, ...(await ours(text))]).toEqual([text, ...(await servers(text))]);
  });

  it('is what EXPLAIN says in parallel, and of what is switched off', async () => {
    const settings = [
      'min_parallel_table_scan_size = 0',
      'parallel_setup_cost = 0',
      'parallel_tuple_cost = 0',
    ];
    for (const setting of [...settings, 'enable_nestloop = off'])
      await database.query(`ALTER DATABASE ${database.name} SET ${setting}`);
    try {
      for (const text of READS)
        expect([text, ...(await ours(text))]).toEqual([text, ...(await servers(text))]);
      expect((await ours(READS.at(-1) ?? '')).join('\n')).toMatch(/Gather.*\n(.*\n)*.*Partial/);
    } finally {
      for (const setting of [...settings, 'enable_nestloop = off'])
        await database.query(`ALTER DATABASE ${database.name} RESET ${setting.split(' ')[0]}`);
    }
  });

  it('is what EXPLAIN (ANALYZE, BUFFERS) says, but for the times', async () => {
    // One session, and once before: catalogs that it has not read yet are counted as buffers of the plan.
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    try {
      const measured = async (text: string, format: string) => {
        const { rows } = await client.query<{ 'QUERY PLAN': unknown }>(
          `EXPLAIN (ANALYZE, BUFFERS, FORMAT ${format}) ${text}`,
        );
        return rows.map((row) => row['QUERY PLAN']);
      };
      await client.query('SET max_parallel_workers_per_gather = 0');
      for (const text of READS) {
        await measured(text, 'TEXT');
        const [json] = await measured(text, 'JSON');
        const [plan] = json as [Record<string, unknown>];
        const made = planText(plan, major * 10_000).split('\n');
        const truth = (await measured(text, 'TEXT')).map(String);
        expect([text, ...steady(made)]).toEqual([text, ...steady(truth)]);
      }
    } finally {
      await client.end();
    }
  });
});

/** Without what differs from run to run: times, and what planning read of the catalogs. */
function steady(lines: readonly string[]): string[] {
  const whole = lines
    .join('\n')
    .replaceAll(/time=\d+\.\d{3}\.\.\d+\.\d{3} /g, 'time=… ')
    .replaceAll(/^(Planning|Execution) Time: \d+\.\d{3} ms$/gm, '$1 Time: …')
    // Less than half a row per loop: the JSON has a zero, as where there was none.
    .replaceAll(/^ *Rows Removed by .*: 0\n/gm, '')
    .replace(/^Planning:\n {2}Buffers: .*\n/m, '');
  return whole.split('\n');
}
