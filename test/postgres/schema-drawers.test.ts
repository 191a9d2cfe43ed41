import { describe, expect, it } from 'vitest';
import { formatDuration } from '#shared/model/format.ts';
import type { Coverage } from '#shared/model/schema.ts';
import { coverageWords } from '#renderer/pages/schema/coverage-words.ts';
import { ALL, rowNamed, useEngine } from '../support/insight.ts';
import { createDatabase, query, type TestDatabase, useDemo, useServer } from '../support/postgres.ts';

const { engine, open } = useEngine();
const demo = useDemo();

/** Names that need quotes or occur twice, every delete rule, a loop of cascades, and two keys between the same tables. */
const LINKED = `
  CREATE SCHEMA "Odd.1"; CREATE SCHEMA other;
  CREATE TABLE users (id smallserial PRIMARY KEY, boss smallint REFERENCES users ON DELETE SET NULL);
  CREATE TABLE "Odd.1".users (id int PRIMARY KEY, owner int REFERENCES public.users ON DELETE CASCADE);
  CREATE TABLE "Odd.1"."Post ""x""" (id bigserial PRIMARY KEY, author int DEFAULT 1 REFERENCES "Odd.1".users ON DELETE SET DEFAULT,
    editor int, CONSTRAINT "the editor" FOREIGN KEY (editor) REFERENCES "Odd.1".users ON DELETE CASCADE);
  CREATE TABLE other.users (post bigint REFERENCES "Odd.1"."Post ""x""" ON DELETE RESTRICT, id int PRIMARY KEY);
  CREATE TABLE other.a (id int PRIMARY KEY, b int); CREATE TABLE other.b (id int PRIMARY KEY, a int REFERENCES other.a ON DELETE CASCADE);
  ALTER TABLE other.a ADD CONSTRAINT round FOREIGN KEY (b) REFERENCES other.b ON DELETE CASCADE;
  CREATE TABLE other.c (b int REFERENCES other.b, u smallint REFERENCES users ON DELETE CASCADE);
  CREATE TABLE other.kept (id int PRIMARY KEY, u smallint REFERENCES users ON DELETE SET NULL);
  CREATE TABLE other.beyond (kept int REFERENCES other.kept ON DELETE CASCADE);
  CREATE SEQUENCE other.short MAXVALUE 100 OWNED BY other.users.id; ALTER TABLE other.users ALTER id SET DEFAULT nextval('other.short');
  CREATE SEQUENCE alone AS smallint; CREATE SEQUENCE down INCREMENT -1;
  INSERT INTO users (boss) SELECT NULL FROM generate_series(1, 1500); INSERT INTO "Odd.1".users SELECT g, 1 FROM generate_series(1, 2500) g;
  ANALYZE users; ANALYZE "Odd.1".users`;

const label = (space: string, relation: string): string =>
  `CASE ${space}.nspname WHEN 'public' THEN '' ELSE ${space}.nspname || '.' END || ${relation}.relname`;

/** Each key of a table that loses rows, at its nearest; the walk is a fixed point, so that loops end. */
const STEPS = `
  WITH RECURSIVE k AS (SELECT * FROM pg_constraint WHERE contype = 'f' AND conparentid = 0),
    walk (root, oid, depth) AS (SELECT DISTINCT confrelid, confrelid, 0 FROM k
      UNION SELECT root, conrelid, depth + 1 FROM walk JOIN k ON confrelid = walk.oid AND confdeltype = 'c' WHERE depth < 8),
    nearest AS (SELECT root, oid, min(depth) AS depth FROM walk GROUP BY root, oid)
  SELECT root::int AS root, ${label('rn', 'r')} AS "rootLabel", (depth + 1)::int AS depth, ${label('cn', 'c')} AS "table", ${label('pn', 'p')} AS "from",
    conname AS constraint, CASE WHEN confdeltype = 'c' THEN 'deletes rows' WHEN confdeltype IN ('n', 'd') THEN 'clears columns' ELSE 'stops the delete' END AS does,
    CASE WHEN c.reltuples >= 0 THEN c.reltuples::float8 END AS rows
  FROM nearest JOIN k ON confrelid = nearest.oid
    JOIN pg_class c ON c.oid = conrelid JOIN pg_namespace cn ON cn.oid = c.relnamespace
    JOIN pg_class p ON p.oid = confrelid JOIN pg_namespace pn ON pn.oid = p.relnamespace
    JOIN pg_class r ON r.oid = root JOIN pg_namespace rn ON rn.oid = r.relnamespace`;

interface Step {
  readonly root: number;
  readonly rootLabel: string;
  readonly depth: number;
  readonly table: string;
  readonly does: string;
}

const KEYS = `
  SELECT k.oid::int AS oid, conname AS name, ${label('cn', 'c')} AS child, conrelid::int AS "childOid", ${label('pn', 'p')} AS parent, confrelid::int AS "parentOid",
    (ARRAY['no action', 'restrict', 'cascade', 'set null', 'set default'])[strpos('arcnd', confdeltype::text)] AS "onDelete"
  FROM pg_constraint k JOIN pg_class c ON c.oid = conrelid JOIN pg_namespace cn ON cn.oid = c.relnamespace
    JOIN pg_class p ON p.oid = confrelid JOIN pg_namespace pn ON pn.oid = p.relnamespace WHERE contype = 'f' AND conparentid = 0`;

/** Whose end comes first: of columns that end as soon as each other any may be named, before the sequence itself. */
const LIMITS = `
  WITH held AS (
    SELECT objid AS seq, refobjid AS rel, refobjsubid AS col FROM pg_depend
      WHERE classid = 'pg_class'::regclass AND deptype IN ('a', 'i') AND refobjsubid > 0
    UNION SELECT objid, conrelid, conkey[array_position(confkey, refobjsubid::int2)] FROM pg_depend JOIN pg_constraint ON confrelid = refobjid
      WHERE classid = 'pg_class'::regclass AND deptype IN ('a', 'i') AND contype = 'f' AND array_position(confkey, refobjsubid::int2) IS NOT NULL),
  ends AS (
    SELECT seq, ${label('tn', 't')} || '.' || attname || ' (' || format_type(atttypid, NULL) || ')' AS origin,
      CASE format_type(atttypid, NULL) WHEN 'smallint' THEN 32767 WHEN 'integer' THEN 2147483647 ELSE 9223372036854775807 END AS ends
    FROM held JOIN pg_class t ON t.oid = rel JOIN pg_namespace tn ON tn.oid = t.relnamespace JOIN pg_attribute ON attrelid = rel AND attnum = col)
  SELECT ${label('n', 'c')} AS name, coalesce((SELECT array_agg(origin) FROM ends WHERE seq = c.oid AND ends <= seqmax
    AND ends = (SELECT min(ends) FROM ends WHERE seq = c.oid)), '{the sequence}') AS origins
  FROM pg_sequence JOIN pg_class c ON c.oid = seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace`;

const byText = (a: object, b: object): number => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);

/** The rows are those of SQL in any order, in every column that SQL has. */
function expectSame(rows: readonly object[], truth: readonly object[]): void {
  const fields = Object.keys(truth[0] ?? {});
  const picked = rows.map((row) =>
    Object.fromEntries(fields.map((field) => [field, Reflect.get(row, field)])),
  );
  expect(picked.sort(byText)).toEqual(truth.toSorted(byText));
}

async function expectReach(url: string): Promise<number> {
  const connectionId = await open(url);
  await engine.insight.schema.overview({ connectionId, maxAgeMs: 0 }, {});
  const parents = await engine.insight.schema.parents({ connectionId, ...ALL }, {});
  const truth = Map.groupBy(await query<Step & object>(url, STEPS), (step) => step.root);
  expect(new Set(parents.rows.map((row) => row.oid))).toEqual(new Set(truth.keys()));
  for (const { oid, reached } of parents.rows) {
    const own = truth.get(oid) ?? [];
    const tables = (...does: readonly string[]): number =>
      new Set(own.filter((step) => does.includes(step.does)).map((step) => step.table)).size;
    const { table, steps, ...counts } = await engine.insight.schema.reach({ connectionId, oid }, {});
    expectSame(
      steps.map((step) => ({ root: oid, rootLabel: table, ...step })),
      own,
    );
    // The nearest come first, as the drawer indents them.
    expect(steps.map((step) => step.depth)).toEqual(own.map((step) => step.depth).toSorted((a, b) => a - b));
    expect({ reached, ...counts }).toEqual({
      reached: tables('deletes rows', 'clears columns'),
      deleted: tables('deletes rows'),
      cleared: tables('clears columns'),
      stopping: tables('stops the delete'),
      stepCount: own.length,
    });
  }
  const keys = await engine.insight.schema.foreignKeys({ connectionId, ...ALL }, {});
  expectSame(keys.rows, await query(url, KEYS));
  return keys.total;
}

it('the demo: names, counts and steps of what deleting a row of each parent reaches', async () => {
  expect(await expectReach((await demo.get()).url)).toBe(48);
});

describe.each([14, 15, 16, 17, 18] as const)('drawers of the Schema page on PostgreSQL %i', (major) => {
  const server = useServer(major);

  it('what a delete reaches, whatever the names; whose end a sequence meets first', async () => {
    const database = await createDatabase(await server.get(), LINKED);
    expect(await expectReach(database.url)).toBe(11);
    const connectionId = await open(database.url);
    await engine.insight.schema.overview({ connectionId, maxAgeMs: 0 }, {});
    const sequences = await engine.insight.schema.sequences({ connectionId, ...ALL }, {});
    const limits = await database.query<{ name: string; origins: string[] }>(LIMITS);
    expect(sequences.total).toBe(limits.length);
    for (const { name, origins } of limits) expect(origins).toContain(rowNamed(sequences, name).limitOf);
    expect(rowNamed(sequences, 'other.short').limitOf).toBe('the sequence');
  });

  it('a constraint is defined as the server prints it, and vouches for what the drawer says', async () => {
    const database = await createDatabase(
      await server.get(),
      `${LINKED}; CREATE TABLE t (n int, m int, UNIQUE (m) DEFERRABLE INITIALLY DEFERRED); INSERT INTO t VALUES (-1, 0);
       ALTER TABLE t ADD CONSTRAINT late CHECK (n > 0) NOT VALID`,
    );
    if (major >= 18) await database.query('ALTER TABLE t ADD CONSTRAINT told CHECK (n < 100) NOT ENFORCED');
    const connectionId = await open(database.url);
    await engine.insight.schema.overview({ connectionId, maxAgeMs: 0 }, {});
    const { rows } = await engine.insight.schema.constraints({ connectionId, view: 'all', ...ALL }, {});
    const truth = await query<{ oid: number; definition: string; open: boolean }>(
      database.url,
      `SET search_path = ''; SELECT k.oid::int AS oid, pg_get_constraintdef(k.oid, true) AS definition,
         NOT convalidated AND coalesce((to_jsonb(k) ->> 'conenforced')::bool, true) AS open
       FROM pg_constraint k JOIN pg_class ON pg_class.oid = conrelid WHERE relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
         AND (contype <> 'n' OR NOT convalidated)`,
    );
    expect(new Set(rows.map((row) => row.oid))).toEqual(new Set(truth.map((t) => t.oid)));
    for (const { oid, definition, open: isOpen } of truth) {
      const detail = await engine.insight.schema.constraint({ connectionId, oid }, {});
      expect([oid, detail.definition, detail.fix !== null]).toEqual([oid, definition, isOpen]);
    }
    const isRefused = (sql: string): Promise<boolean> =>
      database.query(sql).then(
        () => false,
        (error: unknown) => /violates/.test(String(error)),
      );
    // New rows only: one that was there is against it.
    const page = { total: rows.length, of: rows.length, offset: 0, rows };
    const late = rowNamed(page, 'late');
    expect(late.state).toBe('not validated');
    expect(await isRefused('INSERT INTO t VALUES (-2, 1)')).toBe(true);
    expect(await database.query('SELECT n FROM t WHERE n <= 0')).toEqual([{ n: -1 }]);
    if (major >= 18) {
      expect(rowNamed(page, 'told').state).toBe('not enforced');
      expect(await isRefused('INSERT INTO t VALUES (500, 2)')).toBe(false);
    }
    // When the transaction ends, not before.
    expect(rowNamed(page, 't_m_key').deferrable).toBe('initially deferred');
    expect(
      await isRefused('BEGIN; INSERT INTO t VALUES (1, 0); UPDATE t SET m = 9 WHERE n = 1; COMMIT'),
    ).toBe(false);
    expect(await isRefused('BEGIN; INSERT INTO t VALUES (1, 0); COMMIT')).toBe(true);
    await database.query('DELETE FROM t WHERE n < 0');
    const { fix } = await engine.insight.schema.constraint({ connectionId, oid: late.oid }, {});
    for (const sql of fix?.sql ?? []) await database.query(sql);
    const [after] = await database.query(`SELECT convalidated FROM pg_constraint WHERE oid = ${late.oid}`);
    expect(after).toEqual({ convalidated: true });
  });

  it('partitions: what they are called, what they are, and the words about what is missing', async () => {
    const database = await createDatabase(
      await server.get(),
      `CREATE SCHEMA "Past.1";
       CREATE TABLE "Past.1".months (at date, k text) PARTITION BY RANGE (at);
       CREATE TABLE "Past.1".months_1 PARTITION OF "Past.1".months FOR VALUES FROM ('2015-01-01') TO ('2015-02-01');
       CREATE TABLE "Month ""3""" PARTITION OF "Past.1".months FOR VALUES FROM ('2015-03-01') TO ('2015-04-01') PARTITION BY LIST (k);
       CREATE TABLE months_6 PARTITION OF "Past.1".months FOR VALUES FROM ('2015-06-01') TO ('2015-07-01');
       CREATE TABLE rest PARTITION OF "Month ""3""" DEFAULT;
       INSERT INTO "Past.1".months SELECT '2015-06-02', 'x' FROM generate_series(1, 3000); INSERT INTO "Past.1".months VALUES ('2015-01-02', 'x');
       ANALYZE months_6`,
    );
    const connectionId = await open(database.url);
    const partitioned = await engine.insight.schema.partitioned({ connectionId, ...ALL }, {});
    const tables = await database.query<{ oid: number; name: string }>(
      `SELECT c.oid::int AS oid, ${label('n', 'c')} AS name, (SELECT ${label('pn', 'p')} FROM pg_inherits
           JOIN pg_class p ON p.oid = inhparent JOIN pg_namespace pn ON pn.oid = p.relnamespace WHERE inhrelid = c.oid) AS "partitionOf",
         (SELECT ${label('dn', 'd')} FROM pg_class d JOIN pg_namespace dn ON dn.oid = d.relnamespace WHERE d.oid = partdefid) AS "defaultPartition",
         (SELECT ${label('ln', 'l')} FROM pg_inherits JOIN pg_class l ON l.oid = inhrelid JOIN pg_namespace ln ON ln.oid = l.relnamespace
           WHERE inhparent = c.oid ORDER BY (SELECT sum(pg_relation_size(relid)) FROM pg_partition_tree(inhrelid) WHERE isleaf) DESC LIMIT 1) AS largest
       FROM pg_partitioned_table JOIN pg_class c ON c.oid = partrelid JOIN pg_namespace n ON n.oid = c.relnamespace`,
    );
    expectSame(partitioned.rows, tables);
    for (const { oid } of tables) {
      expect(await engine.insight.schema.partitionedTable({ connectionId, oid }, {})).toEqual(
        partitioned.rows.find((row) => row.oid === oid),
      );
      const page = await engine.insight.schema.partitions({ connectionId, oid, ...ALL }, {});
      const truth = await database.query(
        `SELECT c.oid::int AS oid, ${label('n', 'c')} AS name, c.relkind = 'p' AS "isPartitioned",
           pg_get_expr(c.relpartbound, c.oid) = 'DEFAULT' AS "isDefault", pg_get_expr(c.relpartbound, c.oid) AS bound
         FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE inhparent = ${oid}`,
      );
      expectSame(page.rows, truth);
    }
    await expectCoverage(database, partitioned.rows.find(({ name }) => name === 'Past.1.months')?.coverage);
  });
});

/** Ends and gaps by a window over the bounds; the words by the time since then. */
async function expectCoverage(database: TestDatabase, coverage: Coverage | null | undefined): Promise<void> {
  const bounds = `WITH b AS (SELECT (regexp_match(pg_get_expr(relpartbound, c.oid), 'FROM \\(''(.*?)''\\)'))[1]::date AS lo,
      (regexp_match(pg_get_expr(relpartbound, c.oid), 'TO \\(''(.*?)''\\)'))[1]::date AS hi
    FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid WHERE inhparent = '"Past.1".months'::regclass)`;
  const gaps = await database.query(
    `${bounds} SELECT hi::text AS "from", next::text AS "to" FROM (SELECT hi, lead(lo) OVER (ORDER BY lo) AS next FROM b) g WHERE next > hi ORDER BY hi`,
  );
  const [end] = await database.query<{ at: string; days: number }>(
    `${bounds} SELECT max(hi)::text AS at, extract(epoch FROM max(hi)::timestamp AT TIME ZONE 'UTC' - now())::float8 / 86400 AS days FROM b`,
  );
  expect(gaps).toHaveLength(2);
  expect(coverage).toMatchObject({ state: 'ended', gaps, endsAt: end?.at, hasDefault: false });
  expect(coverage?.daysLeft).toBeCloseTo(end?.days ?? Number.NaN, 2);
  expect(coverage && coverageWords(coverage)).toEqual({
    mark: 'critical',
    word: `ended ${formatDuration(-(end?.days ?? 0) * 86_400_000)} ago: inserts now fail, 2 gaps`,
  });
}

describe('a chain of cascades that is longer than the drawer lists', () => {
  const server = useServer(17);

  it('is counted to its end, in the list and in the drawer', async () => {
    const database = await createDatabase(
      await server.get(),
      `DO $$ BEGIN CREATE TABLE t_1 (id int PRIMARY KEY); FOR n IN 2..620 LOOP
         EXECUTE format('CREATE TABLE t_%s (id int PRIMARY KEY REFERENCES t_%s ON DELETE CASCADE)', n, n - 1);
       END LOOP; END $$`,
    );
    const connectionId = await open(database.url);
    const { data } = await engine.insight.schema.overview({ connectionId, maxAgeMs: 0 }, {});
    const parents = await engine.insight.schema.parents({ connectionId, ...ALL }, {});
    const [truth] = await database.query<{ oid: number; tables: number }>(
      `WITH RECURSIVE gone (oid) AS (SELECT 't_1'::regclass::oid UNION SELECT conrelid FROM gone JOIN pg_constraint ON confrelid = gone.oid)
       SELECT 't_1'::regclass::int AS oid, count(*)::int - 1 AS tables FROM gone`,
    );
    const reach = await engine.insight.schema.reach({ connectionId, oid: truth?.oid ?? 0 }, {});
    expect(rowNamed(parents, 't_1').reached).toBe(truth?.tables);
    expect(reach).toMatchObject({ deleted: truth?.tables, stepCount: truth?.tables });
    expect(reach.steps.map((step) => step.depth)).toEqual(Array.from({ length: 500 }, (_, at) => at + 1));
    expect(data.figures.parents).toBe(truth?.tables);
  });
});
