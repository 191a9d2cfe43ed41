import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Snapshot } from '#shared/model/snapshot.ts';
import type { InsightContext } from '#engine/insight/context.ts';
import { schemaTopic } from '#engine/insight/schema/topic.ts';
import { openStore } from '#engine/store/open-store.ts';
import { ALL, useEngine } from '../support/insight.ts';
import { createDatabase, query, useDemo, useServer } from '../support/postgres.ts';
import { collectFrom, withClient } from './collect-support.ts';

const { engine, open } = useEngine();
const demo = useDemo();

const GENERATED = `
  CREATE SCHEMA "Odd"; CREATE EXTENSION btree_gist;
  CREATE TABLE parent (id int PRIMARY KEY, code text UNIQUE, a int, b int, UNIQUE (a, b), CONSTRAINT put_off UNIQUE (b, code) DEFERRABLE INITIALLY DEFERRED);
  CREATE TABLE "Odd"."Child" (id smallserial PRIMARY KEY, parent_id int REFERENCES parent ON DELETE CASCADE, x int, y int,
    CONSTRAINT "wide key" FOREIGN KEY (x, y) REFERENCES parent (a, b) ON DELETE SET NULL DEFERRABLE,
    CONSTRAINT positive CHECK (x > 0), during tsrange, EXCLUDE USING gist (id WITH =, during WITH &&));
  CREATE INDEX ON "Odd"."Child" (parent_id); CREATE INDEX ON "Odd"."Child" (y, x);
  CREATE TABLE loose (parent_id int REFERENCES parent, id bigint GENERATED ALWAYS AS IDENTITY, n int DEFAULT 1);
  ALTER TABLE loose ADD CONSTRAINT late CHECK (n > 0) NOT VALID;
  CREATE INDEX ON loose (parent_id) WHERE n > 0;
  CREATE SEQUENCE small MAXVALUE 1000; SELECT setval('small', 251);
  CREATE SEQUENCE fed; CREATE TABLE fed_table (n int DEFAULT nextval('fed')); SELECT setval('fed', 1073741824);
  CREATE SEQUENCE unused; CREATE SEQUENCE round MAXVALUE 10 CYCLE; SELECT setval('round', 7);
  INSERT INTO parent SELECT g, g::text, g, g FROM generate_series(1, 3000) g;
  INSERT INTO "Odd"."Child" (parent_id, x, y) SELECT g, g, g FROM generate_series(1, 1000) g;
  CREATE TABLE months (at date, region text) PARTITION BY RANGE (at);
  CREATE TABLE months_1 PARTITION OF months FOR VALUES FROM ('2020-01-01') TO ('2020-02-01');
  CREATE TABLE months_3 PARTITION OF months FOR VALUES FROM ('2020-03-01') TO ('2020-04-01') PARTITION BY LIST (region);
  CREATE TABLE months_3_eu PARTITION OF months_3 FOR VALUES IN ('eu', 'ch');
  CREATE TABLE months_3_rest PARTITION OF months_3 DEFAULT;
  CREATE TABLE hashed (id int) PARTITION BY HASH (id);
  CREATE TABLE hashed_0 PARTITION OF hashed FOR VALUES WITH (MODULUS 2, REMAINDER 0);
  INSERT INTO months SELECT '2020-01-05', 'eu' FROM generate_series(1, 2000);
  INSERT INTO months SELECT '2020-03-05', 'eu' FROM generate_series(1, 3000);
  ANALYZE`;

const CONSTRAINTS_SQL = `SET search_path = '';
  SELECT CASE n.nspname WHEN 'public' THEN '' ELSE n.nspname || '.' END || t.relname AS "table", k.conname AS name,
    CASE contype WHEN 'c' THEN 'CHECK' WHEN 'f' THEN 'FOREIGN KEY' WHEN 'n' THEN 'NOT NULL' WHEN 'p' THEN 'PRIMARY KEY'
      WHEN 'u' THEN 'UNIQUE' WHEN 'x' THEN 'EXCLUDE' ELSE 'TRIGGER' END AS kind,
    coalesce((SELECT string_agg(attname, ', ' ORDER BY place) FROM unnest(conkey) WITH ORDINALITY u (number, place)
      JOIN pg_attribute ON attrelid = conrelid AND attnum = number), '') AS columns,
    CASE WHEN contype = 'f' THEN (SELECT CASE pn.nspname WHEN 'public' THEN '' ELSE pn.nspname || '.' END || p.relname || ' (' ||
        (SELECT string_agg(attname, ', ' ORDER BY place) FROM unnest(confkey) WITH ORDINALITY u (number, place)
          JOIN pg_attribute ON attrelid = confrelid AND attnum = number) || '), on delete ' ||
        (ARRAY['no action', 'restrict', 'cascade', 'set null', 'set default'])[strpos('arcnd', confdeltype::text)]
      FROM pg_class p JOIN pg_namespace pn ON pn.oid = p.relnamespace WHERE p.oid = confrelid)
      WHEN contype = 'c' THEN pg_get_constraintdef(k.oid) END AS rule,
    CASE WHEN to_jsonb(k) ->> 'conenforced' = 'false' THEN 'not enforced' WHEN convalidated THEN 'validated' ELSE 'not validated' END AS state,
    CASE WHEN NOT condeferrable THEN 'no' WHEN condeferred THEN 'initially deferred' ELSE 'initially immediate' END AS deferrable,
    i.relname AS index
  FROM pg_constraint k JOIN pg_class t ON t.oid = conrelid JOIN pg_namespace n ON n.oid = t.relnamespace
  LEFT JOIN pg_class i ON i.oid = conindid
  WHERE conparentid = 0 AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND (contype <> 'n' OR NOT convalidated)`;

const KEYS_SQL = `
  SELECT conname AS name, convalidated AS "isValidated",
    EXISTS (SELECT FROM pg_index WHERE indrelid = conrelid AND indisvalid AND indpred IS NULL
      AND (string_to_array(indkey::text, ' ')::int2[])[1:cardinality(conkey)] @> conkey) AS "isIndexed",
    (SELECT string_agg(attname, ', ' ORDER BY place) FROM unnest(conkey) WITH ORDINALITY u (number, place)
      JOIN pg_attribute ON attrelid = conrelid AND attnum = number) AS columns
  FROM pg_constraint WHERE contype = 'f' AND conparentid = 0`;

/** Direct children, and rows of the parent; who is reached is compared in insight-schema.test.ts. */
const PARENTS_SQL = `
  SELECT p.oid::int AS oid, n.nspname AS schema, p.relname AS name, count(*)::int AS children,
    json_build_object('no action', count(*) FILTER (WHERE confdeltype = 'a'), 'restrict', count(*) FILTER (WHERE confdeltype = 'r'),
      'cascade', count(*) FILTER (WHERE confdeltype = 'c'), 'set null', count(*) FILTER (WHERE confdeltype = 'n'),
      'set default', count(*) FILTER (WHERE confdeltype = 'd')) AS "byRule",
    CASE WHEN p.reltuples >= 0 THEN p.reltuples::float8 END AS rows
  FROM pg_constraint JOIN pg_class p ON p.oid = confrelid JOIN pg_namespace n ON n.oid = p.relnamespace
  WHERE contype = 'f' AND conparentid = 0 GROUP BY p.oid, n.nspname, p.relname, p.reltuples`;

/** Of sequences that count up from 1: the tightest of their own end and of the columns that hold their values. */
const SEQUENCES_SQL = `
  WITH feed AS (
    SELECT objid AS seq, refobjid AS rel, refobjsubid AS col FROM pg_depend
      WHERE classid = 'pg_class'::regclass AND deptype IN ('a', 'i') AND refobjsubid > 0
    UNION SELECT d.refobjid, a.adrelid, a.adnum FROM pg_depend d JOIN pg_attrdef a ON a.oid = d.objid
      WHERE d.classid = 'pg_attrdef'::regclass AND d.refclassid = 'pg_class'::regclass),
  held AS (
    SELECT seq, rel, col FROM feed
    UNION SELECT seq, conrelid, conkey[array_position(confkey, col::int2)] FROM feed
      JOIN pg_constraint ON confrelid = rel AND contype = 'f' AND array_position(confkey, col::int2) IS NOT NULL),
  ends AS (
    SELECT s.*, c.oid, least(s.max_value, (SELECT min(CASE format_type(atttypid, NULL) WHEN 'smallint' THEN 32767
      WHEN 'integer' THEN 2147483647 ELSE 9223372036854775807 END) FROM held
      JOIN pg_attribute ON attrelid = rel AND attnum = col WHERE seq = c.oid)) AS ends_at
    FROM pg_sequences s JOIN pg_namespace n ON n.nspname = schemaname
    JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = sequencename)
  SELECT oid::int AS oid, CASE schemaname WHEN 'public' THEN '' ELSE schemaname || '.' END || sequencename AS name, data_type::text AS type,
    last_value::text AS "lastValue", CASE WHEN last_value IS NULL THEN 'never used' ELSE 'known' END AS value, ends_at::text AS "limit", cycle AS "isCycled",
    coalesce(nullif((trunc((coalesce(last_value, 1) - 1)::numeric * 10000 / (ends_at - 1)) / 100)::float8, 0),
      (coalesce(last_value, 1) - 1)::float8 / (ends_at - 1)::float8 * 100) AS "usedPercent",
    (SELECT CASE n.nspname WHEN 'public' THEN '' ELSE n.nspname || '.' END || t.relname || '.' || attname
      FROM feed JOIN pg_class t ON t.oid = rel JOIN pg_namespace n ON n.oid = t.relnamespace
      JOIN pg_attribute ON attrelid = rel AND attnum = col WHERE seq = ends.oid LIMIT 1) AS feeds
  FROM ends`;

const PARTITIONED_SQL = `
  SELECT c.relname AS name, (SELECT p.relname FROM pg_inherits JOIN pg_class p ON p.oid = inhparent WHERE inhrelid = c.oid) AS "partitionOf",
    CASE partstrat WHEN 'r' THEN 'range' WHEN 'l' THEN 'list' ELSE 'hash' END AS strategy,
    (SELECT relname FROM pg_class WHERE oid = partdefid) AS "defaultPartition",
    (SELECT count(*)::int FROM pg_inherits WHERE inhparent = c.oid) AS partitions,
    (SELECT sum(pg_relation_size(relid))::float8 FROM pg_partition_tree(c.oid) WHERE isleaf) AS bytes,
    (SELECT sum(greatest(l.reltuples, 0))::float8 FROM pg_partition_tree(c.oid) JOIN pg_class l ON l.oid = relid WHERE isleaf) AS rows,
    (SELECT count(*)::int FROM pg_inherits i WHERE inhparent = c.oid
      AND (SELECT sum(pg_relation_size(relid)) FROM pg_partition_tree(i.inhrelid) WHERE isleaf) = 0) AS empty
  FROM pg_partitioned_table JOIN pg_class c ON c.oid = partrelid`;

const PARTITIONS_SQL = `SET TimeZone = 'UTC';
  SELECT c.relname AS name, pg_get_expr(c.relpartbound, c.oid) AS bound, c.oid = partdefid AS "isDefault",
    inhdetachpending AS "isDetachPending", c.relkind = 'p' AS "isPartitioned",
    (SELECT sum(pg_relation_size(relid))::float8 FROM pg_partition_tree(c.oid) WHERE isleaf) AS bytes,
    (SELECT sum(greatest(l.reltuples, 0))::float8 FROM pg_partition_tree(c.oid) JOIN pg_class l ON l.oid = relid WHERE isleaf) AS rows
  FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid JOIN pg_partitioned_table ON partrelid = inhparent`;

/** Each key of a table whose rows go, with the shortest way there. */
const REACH_SQL = `
  WITH RECURSIVE k AS (SELECT * FROM pg_constraint WHERE contype = 'f' AND conparentid = 0),
    gone (root, oid, depth) AS (SELECT DISTINCT confrelid, confrelid, 0 FROM k
      UNION SELECT root, conrelid, depth + 1 FROM gone JOIN k ON confrelid = gone.oid AND confdeltype = 'c' WHERE depth < 12),
    nearest AS (SELECT root, oid, min(depth) AS depth FROM gone GROUP BY root, oid)
  SELECT root::int AS root, (depth + 1)::int AS depth, conname AS constraint,
    CASE WHEN confdeltype = 'c' THEN 'deletes rows' WHEN confdeltype IN ('n', 'd') THEN 'clears columns' ELSE 'stops the delete' END AS does,
    CASE WHEN c.reltuples >= 0 THEN c.reltuples::float8 END AS rows
  FROM nearest JOIN k ON confrelid = nearest.oid JOIN pg_class c ON c.oid = conrelid`;

const GRAPH_SQL = `
  SELECT c.relname AS name, CASE WHEN c.reltuples >= 0 THEN c.reltuples::float8 END AS rows FROM pg_class c
  WHERE EXISTS (SELECT FROM pg_constraint WHERE contype = 'f' AND conparentid = 0 AND c.oid IN (conrelid, confrelid))`;

const byName = (a: object, b: object): number => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);

/** Only these properties of each row, in an order of their own. */
function picked<Row extends object>(rows: readonly Row[], like: readonly object[]): object[] {
  const fields = Object.keys(like[0] ?? {});
  return rows.map((row) => Object.fromEntries(fields.map((f) => [f, Reflect.get(row, f)]))).sort(byName);
}

async function expectTruth(url: string): Promise<void> {
  const connectionId = await open(url);
  const { data } = await engine.insight.schema.overview({ connectionId, maxAgeMs: 0 }, {});
  const constraints = await engine.insight.schema.constraints({ connectionId, view: 'all', ...ALL }, {});
  const keys = await engine.insight.schema.foreignKeys({ connectionId, ...ALL }, {});
  const parents = await engine.insight.schema.parents({ connectionId, ...ALL }, {});
  const sequences = await engine.insight.schema.sequences({ connectionId, ...ALL }, {});
  const partitioned = await engine.insight.schema.partitioned({ connectionId, ...ALL }, {});
  const partitions = await Promise.all(
    partitioned.rows.map(({ oid }) => engine.insight.schema.partitions({ connectionId, oid, ...ALL }, {})),
  );
  for (const [sql, rows] of [
    [CONSTRAINTS_SQL, constraints.rows],
    [KEYS_SQL, keys.rows],
    [PARENTS_SQL, parents.rows],
    [SEQUENCES_SQL, sequences.rows],
    [PARTITIONED_SQL, partitioned.rows],
    [PARTITIONS_SQL, partitions.flatMap((page) => page.rows)],
  ] as const) {
    const truth = await query(url, sql);
    expect(picked<object>(rows, truth)).toEqual(truth.toSorted(byName));
  }
  expect(data.figures).toMatchObject({
    foreignKeys: keys.total,
    parents: parents.total,
    constraints: constraints.total,
    notValidated: constraints.rows.filter((row) => row.state !== 'validated').length,
    sequences: sequences.total,
    partitionedTables: partitioned.total,
  });
  // One connection each: some will do, of every kind.
  const step = Math.ceil(constraints.rows.length / 24);
  for (const { oid } of constraints.rows.filter((_, at) => at % step === 0)) {
    const [truth] = await query<{ definition: string }>(
      url,
      `SET search_path = ''; SELECT pg_get_constraintdef(${oid}, true) AS definition`,
    );
    const { definition } = await engine.insight.schema.constraint({ connectionId, oid }, {});
    expect(definition).toBe(truth?.definition);
  }
}

it('the demo: every step of what a delete reaches, and the whole picture', async () => {
  const { url } = await demo.get();
  const connectionId = await open(url);
  await engine.insight.schema.overview({ connectionId, maxAgeMs: 0 }, {});
  const parents = await engine.insight.schema.parents({ connectionId, ...ALL }, {});
  const truth = await query<{ root: number }>(url, REACH_SQL);
  const steps = await Promise.all(
    parents.rows.map(async ({ oid }) => {
      const reach = await engine.insight.schema.reach({ connectionId, oid }, {});
      return reach.steps.map((step) => ({ root: oid, ...step }));
    }),
  );
  expect(truth.length).toBeGreaterThan(48);
  expect(picked(steps.flat(), truth)).toEqual(truth.toSorted(byName));
  const graph = await engine.insight.schema.graph({ connectionId, around: null, steps: 1 }, {});
  const nodes = await query(url, GRAPH_SQL);
  expect(picked(graph.nodes, nodes)).toEqual(nodes.toSorted(byName));
  const keys = await engine.insight.schema.foreignKeys({ connectionId, ...ALL }, {});
  const edges = keys.rows.map(({ oid, childOid, parentOid, onDelete }) => ({
    id: oid,
    child: childOid,
    parent: parentOid,
    rule: onDelete,
  }));
  expect(picked(graph.edges, edges)).toEqual(edges.toSorted(byName));
});

it('the demo: every figure', async () => expectTruth((await demo.get()).url), 120_000);

describe.each([14, 15, 16, 17, 18] as const)('on PostgreSQL %i', (major) => {
  const server = useServer(major);

  it('every figure', async () => {
    const database = await createDatabase(await server.get(), GENERATED);
    if (major >= 18) await database.query('ALTER TABLE loose ADD CONSTRAINT told CHECK (n < 9) NOT ENFORCED');
    await expectTruth(database.url);
  });

  it('values without a partition are those that the server refuses', async () => {
    const database = await createDatabase(
      await server.get(),
      `CREATE TABLE days (at timestamptz) PARTITION BY RANGE (at);
       CREATE TABLE numbers (n bigint) PARTITION BY RANGE (n);
       CREATE TABLE numbers_1 PARTITION OF numbers FOR VALUES FROM (MINVALUE) TO (-5);
       CREATE TABLE numbers_2 PARTITION OF numbers FOR VALUES FROM (100) TO (200);
       CREATE TABLE hashed (id int) PARTITION BY HASH (id);
       CREATE TABLE hashed_0 PARTITION OF hashed FOR VALUES WITH (MODULUS 3, REMAINDER 0);
       CREATE TABLE hashed_1 PARTITION OF hashed FOR VALUES WITH (MODULUS 3, REMAINDER 1)`,
    );
    await database.query(
      `DO $$ BEGIN FOR day IN -2..1 LOOP
         EXECUTE format('CREATE TABLE days_%s PARTITION OF days FOR VALUES FROM (%L) TO (%L)', day + 2,
           date_trunc('day', now()) + day * interval '1 day', date_trunc('day', now()) + (day + 1) * interval '1 day');
       END LOOP; DROP TABLE days_1; END $$`,
    );
    const connectionId = await open(database.url);
    const coverage = async (name: string) => {
      await engine.insight.schema.overview({ connectionId, maxAgeMs: 0 }, {});
      const page = await engine.insight.schema.partitioned({ connectionId, ...ALL }, {});
      return page.rows.find((row) => row.name === name)?.coverage;
    };
    const isRefused = (sql: string, values: unknown[] = []) =>
      database.query(sql, values).then(
        () => false,
        (error: unknown) => /no partition of relation/.test(String(error)),
      );
    const days = await coverage('days');
    expect(days).toMatchObject({ state: 'ahead', hasDefault: false });
    expect(days?.daysLeft).toBeGreaterThan(1);
    expect(days?.daysLeft).toBeLessThanOrEqual(2);
    const insertDay = 'INSERT INTO days VALUES ($1)';
    expect(await isRefused(insertDay, [days?.endsAt])).toBe(true);
    expect(
      await isRefused("INSERT INTO days VALUES ($1::timestamptz - interval '1 second')", [days?.endsAt]),
    ).toBe(false);
    expect(days?.gaps).toHaveLength(1);
    expect(await isRefused(insertDay, [days?.gaps[0]?.from])).toBe(true);
    expect(await isRefused(insertDay, [days?.gaps[0]?.to])).toBe(false);
    await database.query('DROP TABLE days_3');
    expect((await coverage('days'))?.state).toBe('soon');
    await database.query('DROP TABLE days_2');
    expect((await coverage('days'))?.state).toBe('ended');
    expect(await isRefused('INSERT INTO days VALUES (now())')).toBe(true);
    await database.query('CREATE TABLE days_rest PARTITION OF days DEFAULT');
    expect(await coverage('days')).toMatchObject({ state: 'ended', hasDefault: true });
    expect(await isRefused('INSERT INTO days VALUES (now())')).toBe(false);

    const numbers = await coverage('numbers');
    expect(numbers).toMatchObject({ state: 'ends', endsAt: '200', gaps: [{ from: '-5', to: '100' }] });
    for (const [value, refused] of [
      ['-5', true],
      ['99', true],
      ['100', false],
      ['199', false],
      ['200', true],
    ] as const)
      expect([value, await isRefused('INSERT INTO numbers VALUES ($1)', [value])]).toEqual([value, refused]);

    expect(await coverage('hashed')).toMatchObject({ state: 'incomplete', missingRemainders: 1 });
    expect(await isRefused('INSERT INTO hashed SELECT generate_series(1, 100)')).toBe(true);
    await database.query(
      'CREATE TABLE hashed_2 PARTITION OF hashed FOR VALUES WITH (MODULUS 3, REMAINDER 2)',
    );
    expect(await coverage('hashed')).toMatchObject({ state: 'complete' });
    expect(await isRefused('INSERT INTO hashed SELECT generate_series(1, 100)')).toBe(false);
  });

  it('a detach that was not finished, and a partition that is locked', async () => {
    const database = await createDatabase(
      await server.get(),
      `CREATE TABLE p (n int) PARTITION BY RANGE (n);
       CREATE TABLE p_1 PARTITION OF p FOR VALUES FROM (0) TO (10);
       CREATE TABLE p_2 PARTITION OF p FOR VALUES FROM (10) TO (20)`,
    );
    const connectionId = await open(database.url);
    const read = async () => {
      const { unread } = await engine.insight.schema.overview({ connectionId, maxAgeMs: 0 }, {});
      const { rows } = await engine.insight.schema.partitioned({ connectionId, ...ALL }, {});
      return { table: rows[0], unread: unread.filter((u) => u.fact === 'partitions') };
    };
    expect((await read()).table).toMatchObject({ detachPending: 0, coverage: { gaps: [], endsAt: '20' } });
    await withClient(database.url, async (reader) => {
      await reader.query('BEGIN; SELECT FROM p');
      await withClient(database.url, async (owner) => {
        await owner.query('SET statement_timeout = 600');
        await expect(owner.query('ALTER TABLE p DETACH PARTITION p_2 CONCURRENTLY')).rejects.toThrow(
          /timeout/,
        );
      });
      const { table } = await read();
      expect(table).toMatchObject({ partitions: 2, detachPending: 1, coverage: { endsAt: '10' } });
      const pending = await engine.insight.schema.partitions(
        { connectionId, oid: table?.oid ?? 0, ...ALL },
        {},
      );
      expect(pending.rows.map((row) => [row.name, row.isDetachPending])).toEqual([
        ['p_1', false],
        ['p_2', true],
      ]);
    });
    await withClient(database.url, async (owner) => {
      await owner.query('ALTER TABLE p DETACH PARTITION p_2 FINALIZE');
      await owner.query('BEGIN; LOCK TABLE p_1 IN ACCESS EXCLUSIVE MODE');
      const { table, unread } = await read();
      expect(table).toMatchObject({ partitions: 1, strategy: 'range', coverage: null });
      expect(unread).toMatchObject([{ cause: 'lock' }]);
    });
  });
});

describe('days that a sequence lasts', () => {
  const server = useServer(17);
  const DAY_MS = 86_400_000;

  it('are those of its pace since the oldest sample', async () => {
    const database = await createDatabase(
      await server.get(),
      `CREATE SEQUENCE quick MAXVALUE 11000; SELECT setval('quick', 1000);
       CREATE SEQUENCE down INCREMENT -2 MINVALUE -2100 MAXVALUE -1 START -1; SELECT setval('down', -101);
       CREATE SEQUENCE still; SELECT setval('still', 5); CREATE SEQUENCE back; SELECT setval('back', 500)`,
    );
    const dir = mkdtempSync(join(tmpdir(), 'pgvitals-pace-'));
    const store = openStore(dir, { log: () => undefined });
    try {
      const identity = { key: '1/2', label: 'test' };
      const before = await collectFrom(database.url);
      const at = (snapshot: Snapshot, iso: string): Snapshot => ({ ...snapshot, collectedAt: iso });
      await database.query(`SELECT setval('quick', 6000), setval('down', -1101), setval('back', 100)`);
      const now = await collectFrom(database.url);
      const nowMs = Date.parse(now.collectedAt);
      await store.history.record(identity, at(before, new Date(nowMs - 10 * DAY_MS).toISOString()));
      // In between it went slower; what counts is the whole stretch.
      await store.history.record(identity, at(before, new Date(nowMs - 2 * DAY_MS).toISOString()));
      const context: InsightContext = {
        facts: () => Promise.resolve({ snapshot: now, ageMs: 0, readMs: 1 }),
        withSession: () => Promise.reject(new Error('not needed')),
        identity: () => Promise.resolve(identity),
        latestAudit: () => null,
        directConnection: () => null,
        sampling: { read: () => Promise.reject(new Error('not needed')), write: () => Promise.resolve() },
        history: store.history,
        profiles: store.profiles,
        journal: store.journal,
      };
      const sequences = await schemaTopic(context).sequences({ connectionId: 'x', ...ALL }, {});
      const days = new Map(sequences.rows.map((row) => [row.name, row.daysLeft]));
      // 5,000 values in 10 days, 5,000 left; 500 steps in 10 days, 499 left (−1101 to −2100 by twos).
      expect(days.get('quick')).toBeCloseTo(10, 2);
      expect(days.get('down')).toBeCloseTo(9.98, 2);
      expect(days.get('still')).toBeNull();
      expect(days.get('back')).toBeNull();
    } finally {
      store.close();
      rmSync(dir, { recursive: true, force: true });
    }
  });
});
