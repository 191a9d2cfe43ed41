import { describe, expect, it } from 'vitest';
import { ALL, rowNamed, useEngine } from '../support/insight.ts';
import { createDatabase, query, useDemo, useServer } from '../support/postgres.ts';

const { engine, open } = useEngine();
const demo = useDemo();

const RULES_SQL = `
  SELECT p.relname AS parent, c.relname AS child, conname AS name,
    CASE confdeltype WHEN 'a' THEN 'no action' WHEN 'r' THEN 'restrict' WHEN 'c' THEN 'cascade' WHEN 'n' THEN 'set null' ELSE 'set default' END AS rule
  FROM pg_constraint k JOIN pg_class c ON c.oid = conrelid JOIN pg_class p ON p.oid = confrelid
  WHERE contype = 'f' AND conparentid = 0 ORDER BY conname`;

/** Tables that a delete changes: whatever refers to the parent or to what cascades from it, unless it refuses. */
const REACHED_SQL = `
  WITH RECURSIVE k AS (SELECT conrelid AS child, confrelid AS parent, confdeltype AS rule FROM pg_constraint WHERE contype = 'f' AND conparentid = 0),
    deleted (root, oid) AS (SELECT DISTINCT parent, parent FROM k
      UNION SELECT root, child FROM deleted JOIN k ON k.parent = deleted.oid AND rule = 'c')
  SELECT root::regclass::text AS parent, count(DISTINCT child) FILTER (WHERE rule IN ('c', 'n', 'd'))::int AS tables
  FROM deleted JOIN k ON k.parent = deleted.oid GROUP BY root`;

it('the demo: every foreign key and rule, the mixed parents, and the policies of its owner', async () => {
  const { url } = await demo.get();
  const connectionId = await open(url);
  const read = async () => (await engine.insight.schema.overview({ connectionId, maxAgeMs: 0 }, {})).data;
  const data = await read();
  const truth = await query<{ parent: string; child: string; name: string; rule: string }>(url, RULES_SQL);
  const keys = await engine.insight.schema.foreignKeys({ connectionId, ...ALL }, {});
  expect(keys.rows.map((row) => [row.name, row.child, row.parent, row.onDelete])).toEqual(
    truth
      .map((t) => [t.name, t.child, t.parent, t.rule])
      .toSorted((a, b) => (a[0] ?? '').localeCompare(b[0] ?? '', 'en', { numeric: true })),
  );
  expect(data.figures.foreignKeys).toBe(truth.length);
  const parents = (await engine.insight.schema.parents({ connectionId, ...ALL }, {})).rows;
  // Logs that cascade with their user keep records: only the children of channels disagree.
  expect(parents.filter((p) => p.isMixed).map((p) => p.name)).toEqual(['channels']);
  expect(data.figures.mixedParents).toBe(1);
  const reached = await query<{ parent: string; tables: number }>(url, REACHED_SQL);
  expect(new Map(parents.map((p) => [p.name, p.reached]))).toEqual(
    new Map(reached.map((t) => [t.parent, t.tables])),
  );
  for (const parent of parents) {
    const own = truth.filter((t) => t.parent === parent.name);
    expect([parent.name, parent.children]).toEqual([parent.name, own.length]);
    for (const [rule, count] of Object.entries(parent.byRule))
      expect([parent.name, rule, count]).toEqual([
        parent.name,
        rule,
        own.filter((t) => t.rule === rule).length,
      ]);
  }
  await engine.insight.schema.setPolicies(
    {
      connectionId,
      policies: [
        { parent: 'users', child: '*_log', rule: 'cascade' },
        { parent: 'users', child: '*', rule: 'restrict' },
        { parent: 'channels', child: '*', rule: 'cascade' },
      ],
    },
    {},
  );
  const violations = (await engine.insight.schema.violations({ connectionId, ...ALL }, {})).rows;
  expect((await read()).figures.violations).toBe(violations.length);
  const wanted = (t: (typeof truth)[number]): string | null =>
    t.parent === 'users'
      ? t.child.endsWith('_log')
        ? 'cascade'
        : 'restrict'
      : t.parent === 'channels'
        ? 'cascade'
        : null;
  expect(violations.map((v) => v.constraint).sort()).toEqual(
    truth
      .filter((t) => wanted(t) !== null && wanted(t) !== t.rule)
      .map((t) => t.name)
      .sort(),
  );
  expect(violations.map((v) => v.constraint)).toContain(
    truth.find((t) => t.child === 'scheduled_posts' && t.parent === 'channels')?.name,
  );
});

describe.each([14, 18] as const)('on PostgreSQL %i', (major) => {
  const server = useServer(major);

  it('what a delete reaches is what a delete does', async () => {
    const database = await createDatabase(
      await server.get(),
      `CREATE TABLE a (id int PRIMARY KEY);
       CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a ON DELETE CASCADE);
       CREATE TABLE c (id int PRIMARY KEY, b int REFERENCES b ON DELETE CASCADE, again int REFERENCES c ON DELETE CASCADE);
       CREATE TABLE d (id int PRIMARY KEY, c int REFERENCES c ON DELETE SET NULL);
       CREATE TABLE e (id int PRIMARY KEY, d int REFERENCES d ON DELETE CASCADE);
       CREATE TABLE f (id int PRIMARY KEY, b int REFERENCES b ON DELETE RESTRICT);
       INSERT INTO a VALUES (1); INSERT INTO b VALUES (1, 1); INSERT INTO c VALUES (1, 1, NULL), (2, 1, 1);
       INSERT INTO d VALUES (1, 1); INSERT INTO e VALUES (1, 1)`,
    );
    const connectionId = await open(database.url);
    await engine.insight.schema.overview({ connectionId, maxAgeMs: 0 }, {});
    const { oid } = rowNamed(await engine.insight.schema.parents({ connectionId, ...ALL }, {}), 'a');
    const { steps } = await engine.insight.schema.reach({ connectionId, oid }, {});
    expect(steps.map((s) => [s.depth, s.table, s.does])).toEqual([
      [1, 'b', 'deletes rows'],
      [2, 'c', 'deletes rows'],
      [2, 'f', 'stops the delete'],
      [3, 'c', 'deletes rows'],
      [3, 'd', 'clears columns'],
    ]);
    await database.query('INSERT INTO f VALUES (1, 1)');
    await expect(database.query('DELETE FROM a')).rejects.toThrow(/violates|foreign key/);
    await database.query('DELETE FROM f; DELETE FROM a');
    const left = await database.query(
      'SELECT (SELECT count(*)::int FROM b) AS b, (SELECT count(*)::int FROM c) AS c, (SELECT count(*)::int FROM d WHERE c IS NULL) AS d, (SELECT count(*)::int FROM e) AS e',
    );
    expect(left).toEqual([{ b: 0, c: 0, d: 1, e: 1 }]);
    const graph = await engine.insight.schema.graph({ connectionId, around: oid, steps: 1 }, {});
    expect(graph.nodes.map((n) => n.name).sort()).toEqual(['a', 'b']);
    const all = await engine.insight.schema.graph({ connectionId, around: null, steps: 1 }, {});
    expect([all.nodes.length, all.edges.length, all.unconnected]).toEqual([6, 6, 0]);
  });

  it('a broken policy is mended by its SQL, and undone', async () => {
    const database = await createDatabase(
      await server.get(),
      'CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE q (p int REFERENCES p ON DELETE RESTRICT)',
    );
    const connectionId = await open(database.url);
    await engine.insight.schema.setPolicies(
      { connectionId, policies: [{ parent: 'p', child: 'q', rule: 'cascade' }] },
      {},
    );
    const violations = async () => {
      await engine.insight.schema.overview({ connectionId, maxAgeMs: 0 }, {});
      return (await engine.insight.schema.violations({ connectionId, ...ALL }, {})).rows;
    };
    const [violation] = await violations();
    expect(violation).toMatchObject({ child: 'q', now: 'restrict' });
    // Kept for the database, whatever connection asks; another database knows nothing of it.
    const policiesAt = async (url: string) =>
      (await engine.insight.schema.overview({ connectionId: await open(url), maxAgeMs: 0 }, {})).data
        .policies;
    expect(await policiesAt(database.url)).toEqual([{ parent: 'p', child: 'q', rule: 'cascade' }]);
    const other = await createDatabase(await server.get());
    expect(await policiesAt(other.url)).toEqual([]);
    await other.drop();
    for (const sql of violation?.fix?.sql ?? []) await database.query(sql);
    expect(await violations()).toEqual([]);
    for (const sql of violation?.fix?.undo ?? []) await database.query(sql);
    expect(await violations()).toHaveLength(1);
  });

  it('not validated constraints, sequences against their column, partitions', async () => {
    const database = await createDatabase(
      await server.get(),
      `CREATE TABLE t (id smallserial, n int); ALTER TABLE t ADD CONSTRAINT positive CHECK (n > 0) NOT VALID;
       SELECT setval('t_id_seq', 16384);
       CREATE TABLE part (d date) PARTITION BY RANGE (d);
       CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
       CREATE TABLE part_2 PARTITION OF part DEFAULT;
       INSERT INTO part SELECT '2025-05-05' FROM generate_series(1, 5000); ANALYZE`,
    );
    if (major >= 18) await database.query('ALTER TABLE t ADD CONSTRAINT loose CHECK (n < 100) NOT ENFORCED');
    const connectionId = await open(database.url);
    const { data } = await engine.insight.schema.overview({ connectionId, maxAgeMs: 0 }, {});
    const notValidated = async () => {
      const page = await engine.insight.schema.constraints(
        { connectionId, view: 'not validated', ...ALL },
        {},
      );
      return Promise.all(
        page.rows.map(async ({ name, oid }) => ({
          name,
          ...(await engine.insight.schema.constraint({ connectionId, oid }, {})),
        })),
      );
    };
    const found = await notValidated();
    expect(data.figures.notValidated).toBe(found.length);
    expect(new Map(found.map((row) => [row.name, row.fix !== null]))).toEqual(
      new Map(
        major >= 18
          ? [
              ['loose', false],
              ['positive', true],
            ]
          : [['positive', true]],
      ),
    );
    const sequences = await engine.insight.schema.sequences({ connectionId, ...ALL }, {});
    expect(rowNamed(sequences, 't_id_seq')).toMatchObject({
      lastValue: '16384',
      limit: '32767',
      usedPercent: 50,
      daysLeft: null,
    });
    const [truth] = await database.query<{ bytes: string; largest: string }>(
      "SELECT sum(pg_relation_size(inhrelid)) AS bytes, 'part_1' AS largest FROM pg_inherits WHERE inhparent = 'part'::regclass",
    );
    const partitioned = await engine.insight.schema.partitioned({ connectionId, ...ALL }, {});
    expect(partitioned.rows).toMatchObject([
      { name: 'part', partitions: 2, rows: 5_000, bytes: Number(truth?.bytes), largest: 'part_1', empty: 1 },
    ]);
    for (const row of found) for (const sql of row.fix?.sql ?? []) await database.query(sql);
    await engine.insight.schema.overview({ connectionId, maxAgeMs: 0 }, {});
    expect((await notValidated()).map((row) => row.name)).toEqual(major >= 18 ? ['loose'] : []);
  });
});
