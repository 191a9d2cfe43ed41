import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ALL, rowNamed, useEngine } from '../support/insight.ts';
import { createDatabase, query, type TestDatabase, useDemo, useServer } from '../support/postgres.ts';

const { engine, open } = useEngine();
const DEFINITIONS = `SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS text,
  i.indisvalid AS valid, i.indisclustered AS clustered, inhparent::regclass::text AS parent
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid LEFT JOIN pg_inherits ON inhrelid = i.indexrelid
WHERE c.relnamespace = 'public'::regnamespace ORDER BY 1`;

describe.each([14, 18] as const)('the removal plan on PostgreSQL %i', (major) => {
  const server = useServer(major);
  let database: TestDatabase;
  let connectionId: string;
  const plan = () => engine.insight.indexes.removalPlan({ connectionId }, {});
  const detail = async (name: string) => {
    const list = await engine.insight.indexes.list({ connectionId, view: 'all', ...ALL }, {});
    return engine.insight.indexes.detail({ connectionId, oid: rowNamed(list, name).oid }, {});
  };

  beforeAll(async () => {
    database = await createDatabase(
      await server.get(),
      `CREATE TABLE parent (id int PRIMARY KEY);
       CREATE TABLE child (id int PRIMARY KEY, parent_id int REFERENCES parent, a int, b int, c int, d int);
       CREATE INDEX only_support ON child (parent_id);
       CREATE INDEX equal_one ON child (a, d);
       CREATE INDEX equal_two ON child (a, d);
       CREATE INDEX ordered ON child (b, c);
       ALTER TABLE child CLUSTER ON ordered;
       CREATE INDEX "Free" ON child (c DESC, lower(d::text)) WHERE a > 0;
       CREATE TABLE used (id int, x int, y int);
       INSERT INTO used SELECT g, g, g FROM generate_series(1, 2000) g;
       CREATE INDEX used_x ON used (x);
       CREATE INDEX used_x_y ON used (x, y);
       CREATE TABLE part (k int, v int, w int) PARTITION BY RANGE (k);
       CREATE TABLE part_low PARTITION OF part FOR VALUES FROM (0) TO (1000);
       CREATE TABLE part_high PARTITION OF part FOR VALUES FROM (1000) TO (2000);
       INSERT INTO part SELECT g, g, g FROM generate_series(0, 1999) g;
       CREATE INDEX part_v ON part (v);
       CREATE INDEX part_w ON part (w);
       CREATE INDEX low_alone ON part_low (w, v);
       ANALYZE`,
    );
    await database.query('DROP INDEX used_x_y');
    await database.query(
      'SET enable_seqscan = off; SELECT * FROM used WHERE x = 7; SELECT * FROM part WHERE v = 7',
    );
    await database.query('CREATE INDEX used_x_y ON used (x, y)');
    const scans = async () =>
      (
        await database.query<{ n: number }>(
          "SELECT count(*)::int AS n FROM pg_stat_user_indexes WHERE indexrelname IN ('used_x', 'part_low_v_idx') AND idx_scan > 0",
        )
      )[0]?.n;
    await vi.waitUntil(async () => (await scans()) === 2, { timeout: 20_000, interval: 200 });
    connectionId = await open(database.url);
  });
  afterAll(() => database?.drop());

  it('takes no index that anything needs, and says why each stays', async () => {
    const { drop, held, indexes } = await plan();
    expect(drop.toSorted()).toEqual([
      'DROP INDEX CONCURRENTLY "public"."Free"',
      expect.stringMatching(/^DROP INDEX CONCURRENTLY "public"\."equal_(one|two)"$/),
      'DROP INDEX CONCURRENTLY "public"."low_alone"',
    ]);
    expect(indexes).toBe(3);
    const reasonOf = (name: string) =>
      held.find((group) => group.names.some((n) => n.endsWith(name)))?.reason;
    expect(reasonOf('only_support')).toMatch(/last support of a foreign key/);
    expect(reasonOf('ordered')).toMatch(/CLUSTER/);
    expect(reasonOf('used_x_y')).toMatch(/in its favour/);
    expect(reasonOf('part_low_w_idx')).toMatch(/partitioned index/);
    const [truth] = await database.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
       LEFT JOIN pg_stat_user_indexes s USING (indexrelid)
       WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'i' AND coalesce(idx_scan, 0) = 0 AND NOT indisunique`,
    );
    expect(indexes + held.reduce((sum, group) => sum + group.count, 0)).toBe(truth?.n);
  });

  it('offers in the drawer what the plan would do, and nothing for an index in use', async () => {
    expect(await detail('only_support')).toMatchObject({ fix: null });
    expect(await detail('part_v')).toMatchObject({ fix: null });
    expect((await detail('Free')).fix?.sql).toEqual(['DROP INDEX CONCURRENTLY "public"."Free"']);
    // In use, but used_x_y does the same: the finding of covered-index.
    expect((await detail('used_x')).fix?.sql).toEqual(['DROP INDEX CONCURRENTLY "public"."used_x"']);
    expect((await detail('used_x_y')).row.keepReason).toMatch(/in its favour/);
  });

  it('runs as it stands, and its second script brings everything back as it was', async () => {
    const before = await query(database.url, DEFINITIONS);
    const { drop, create } = await plan();
    for (const statement of drop) await database.query(statement);
    expect(await query(database.url, DEFINITIONS)).not.toEqual(before);
    for (const statement of create) await database.query(statement);
    expect(await query(database.url, DEFINITIONS)).toEqual(before);
  });
});

describe('the removal plan of the demo', () => {
  const demo = useDemo();

  it('leaves every foreign key the support it has', async () => {
    const { url } = await demo.get();
    const connectionId = await open(url);
    const { drop, held } = await engine.insight.indexes.removalPlan({ connectionId }, {});
    const { data } = await engine.insight.indexes.overview({ connectionId }, {});
    expect(drop.length + held.reduce((sum, group) => sum + group.count, 0)).toBe(data.totals.removable);
    const keys = await query<{ key: string; supporters: string[] }>(
      url,
      `SELECT k.oid::text AS key, array_agg(format('%I.%I', n.nspname, c.relname)) AS supporters
       FROM pg_constraint k JOIN pg_index i ON i.indrelid = k.conrelid AND i.indpred IS NULL AND i.indisvalid
         AND (i.indkey::int2[])[0:cardinality(k.conkey) - 1] @> k.conkey
       JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE k.contype = 'f' GROUP BY k.oid`,
    );
    expect(keys.length).toBeGreaterThan(0);
    const gone = new Set(drop.map((s) => s.replace('DROP INDEX CONCURRENTLY ', '').replaceAll('"', '')));
    expect(gone.size).toBeGreaterThan(0);
    for (const { supporters } of keys) {
      expect(supporters.filter((name) => !gone.has(name.replaceAll('"', '')))).not.toEqual([]);
    }
  });
});
