import { describe, expect, it } from 'vitest';
import type { VacuumTableRow } from '#shared/model/vacuum.ts';
import { ALL, rowNamed, useEngine } from '../support/insight.ts';
import { createDatabase, type TestDatabase, useServer } from '../support/postgres.ts';

const { engine, open } = useEngine();

/** That inserts start a VACUUM too is compared in insight-vacuum.test.ts. */
const SCHEMA = `
  CREATE SCHEMA "Shop.1";
  CREATE TABLE "Shop.1".events (at int, kind text, n int) PARTITION BY RANGE (at);
  CREATE TABLE "Shop.1".events_1 PARTITION OF "Shop.1".events FOR VALUES FROM (0) TO (1000) WITH (autovacuum_vacuum_insert_threshold = -1);
  CREATE TABLE "Shop.1".events_2 PARTITION OF "Shop.1".events FOR VALUES FROM (1000) TO (2000) PARTITION BY LIST (kind);
  CREATE TABLE events_2_a PARTITION OF "Shop.1".events_2 FOR VALUES IN ('a') WITH (autovacuum_vacuum_insert_threshold = -1);
  CREATE TABLE events_2_b PARTITION OF "Shop.1".events_2 DEFAULT WITH (autovacuum_enabled = off);
  CREATE TABLE hollow (id int) PARTITION BY HASH (id);
  CREATE TABLE heir_parent (id int); CREATE TABLE heir () INHERITS (heir_parent);
  CREATE TABLE plain (id int);
  INSERT INTO "Shop.1".events SELECT g % 2000, CASE WHEN g % 3 = 0 THEN 'a' ELSE 'b' END, 0 FROM generate_series(0, 5999) g;
  INSERT INTO plain SELECT generate_series(1, 100); INSERT INTO heir SELECT generate_series(1, 7)`;

/** Every row that lies in a table below each root, by the server's own walk over the tree. */
const SUMS = `
  SELECT root.oid::int AS oid, n.nspname AS schema, root.relname AS name, count(*)::int AS count,
    sum(n_live_tup)::int AS "liveRows", sum(n_dead_tup)::int AS "deadRows", sum(pg_relation_size(leaf.relid))::int AS "sizeBytes",
    sum(n_dead_tup)::float8 * 100 / greatest(sum(n_live_tup) + sum(n_dead_tup), 1) AS "deadPercent",
    sum(n_tup_hot_upd)::float8 * 100 / nullif(sum(n_tup_upd), 0) AS "hotPercent",
    max(n_dead_tup::float8 * 100 / floor(50 + 0.2 * greatest(c.reltuples, 0))) AS "ofTriggerPercent",
    max(CASE WHEN share >= 50 THEN 3 WHEN share >= 20 THEN 2 WHEN share >= 5 THEN 1 ELSE 0 END) AS "levelOrder",
    min(greatest(last_vacuum, last_autovacuum)) AS "lastVacuumAt", min(greatest(last_analyze, last_autoanalyze)) AS "lastAnalyzeAt",
    count(*) FILTER (WHERE last_vacuum IS NULL AND last_autovacuum IS NULL)::int AS "neverVacuumed",
    count(*) FILTER (WHERE last_analyze IS NULL AND last_autoanalyze IS NULL)::int AS "neverAnalyzed",
    count(*) FILTER (WHERE array_to_string(c.reloptions, ' ') ~ 'autovacuum_enabled=(off|false)')::int AS "switchedOff",
    count(*) FILTER (WHERE array_to_string(c.reloptions, ' ') !~ 'autovacuum_enabled' IS NOT FALSE
      AND n_dead_tup > floor(50 + 0.2 * greatest(c.reltuples, 0)))::int AS due
  FROM pg_class root JOIN pg_namespace n ON n.oid = root.relnamespace, pg_partition_tree(root.oid) leaf
    JOIN pg_class c ON c.oid = leaf.relid
    JOIN (SELECT *, n_dead_tup::float8 * 100 / greatest(n_live_tup + n_dead_tup, 1) AS share FROM pg_stat_user_tables) s USING (relid)
  WHERE root.relkind = 'p' AND NOT root.relispartition AND isleaf AND c.relkind = 'r'
  GROUP BY root.oid, n.nspname, root.relname`;

interface Sums {
  readonly [figure: string]: unknown;
  readonly oid: number;
  readonly name: string;
  readonly liveRows: number;
  readonly deadRows: number;
}

describe.each([14, 18] as const)('partitions as one row on PostgreSQL %i', (major) => {
  const server = useServer(major);

  const counted = async (database: TestDatabase, rows: readonly [live: number, dead: number]) => {
    const read = async () =>
      (await database.query<Sums & object>(SUMS)).map(({ liveRows, deadRows }) => [liveRows, deadRows]);
    // Up to PostgreSQL 14 a collector counts, half a second later, more when busy.
    await expect.poll(read, { timeout: 20_000 }).toEqual([rows]);
    const [sums, ...others] = await database.query<Sums & object>(SUMS);
    if (!sums || others.length > 0) throw new Error('exactly one partitioned table holds rows');
    return sums;
  };
  /** As SQL has it: instants as instants, numbers as numbers. */
  const asSql = (row: VacuumTableRow, truth: Sums): object => {
    const flat: Record<string, unknown> = { ...row, ...row.partitions };
    return Object.fromEntries(
      Object.keys(truth).map((field) => {
        const value = flat[field];
        return [field, field.endsWith('At') && typeof value === 'string' ? new Date(value) : value];
      }),
    );
  };

  it('every sum is that of SQL over the leaves, before and after they were vacuumed', async () => {
    const database = await createDatabase(await server.get(), SCHEMA);
    const connectionId = await open(database.url);
    const read = async () => {
      const { data } = await engine.insight.vacuum.overview({ connectionId, maxAgeMs: 0 }, {});
      const list = await engine.insight.vacuum.list(
        { connectionId, level: 'any', partitions: 'summed', ...ALL },
        {},
      );
      return { figures: data.figures, list };
    };
    const before = await counted(database, [6000, 0]);
    const first = await read();
    expect(asSql(rowNamed(first.list, 'events'), before)).toEqual(before);
    expect(before).toMatchObject({ count: 3, neverVacuumed: 3, lastVacuumAt: null, hotPercent: null });

    await database.query('VACUUM ANALYZE "Shop.1".events_1');
    await database.query('VACUUM ANALYZE events_2_a');
    await database.query(
      `DELETE FROM "Shop.1".events WHERE at < 250; UPDATE events_2_a SET n = 1 WHERE at < 1030; DELETE FROM events_2_b WHERE at < 1500`,
    );
    const [now] = await database.query<{ live: number; updated: number }>(
      `SELECT (SELECT count(*) FROM "Shop.1".events)::int AS live, (SELECT count(*) FROM events_2_a WHERE n = 1)::int AS updated`,
    );
    const { live = 0, updated = 0 } = now ?? {};
    const sums = await counted(database, [live, 6000 - live + updated]);
    const { figures, list } = await read();
    const row = rowNamed(list, 'events');
    expect(asSql(row, sums)).toEqual(sums);
    expect(sums).toMatchObject({ due: 1, switchedOff: 1, neverVacuumed: 1 });
    expect(row).toMatchObject({
      parent: null,
      triggerRows: null,
      next: { state: 'due', because: 'dead rows' },
    });
    // The others stand for themselves: heirs are tables of their own, and one without partitions has nothing to vacuum.
    expect(list.rows.map(({ name, partitions }) => [name, partitions?.count ?? null])).toEqual([
      ['events', 3],
      ['heir', null],
      ['heir_parent', null],
      ['plain', null],
    ]);
    expect(figures).toMatchObject({ tables: 6, partitionedTables: 1, deadRows: sums.deadRows });
    expect(await engine.insight.vacuum.partitioned({ connectionId, oid: sums.oid }, {})).toEqual(row);

    // Opened, it shows the rows that the list of single tables has.
    const each = await engine.insight.vacuum.list({ connectionId, level: 'any', ...ALL }, {});
    const leaves = await engine.insight.vacuum.partitions({ connectionId, oid: sums.oid, ...ALL }, {});
    expect(leaves.rows.map(({ name }) => name)).toEqual(['events_1', 'events_2_a', 'events_2_b']);
    for (const leaf of leaves.rows) expect(leaf).toEqual(rowNamed(each, leaf.name));
    expect(leaves.rows.map((leaf) => leaf.levelOrder)).toContain(sums['levelOrder']);
    expect(row.partitions?.atLevel).toBe(leaves.rows.filter((leaf) => leaf.level === row.level).length);
  });

  it('is found by the names and the states of its partitions', async () => {
    const database = await createDatabase(await server.get(), SCHEMA);
    const connectionId = await open(database.url);
    await engine.insight.vacuum.overview({ connectionId, maxAgeMs: 0 }, {});
    const names = async (level: 'any' | 'off' | 'critical', filter: string) =>
      (
        await engine.insight.vacuum.list({ connectionId, level, partitions: 'summed', ...ALL, filter }, {})
      ).rows.map(({ name }) => name);
    expect(await names('any', 'events_2_b')).toEqual(['events']);
    expect(await names('off', '')).toEqual(['events']);
    expect(await names('critical', '')).toEqual([]);
    const gone = engine.insight.vacuum.partitioned({ connectionId, oid: 1 }, {});
    await expect(gone).rejects.toMatchObject({ code: 'NOT_FOUND' });
    // Plain tables and partitions themselves are no partitioned tables.
    const each = await engine.insight.vacuum.list({ connectionId, level: 'any', ...ALL }, {});
    const { oid } = rowNamed(each, 'plain');
    await expect(engine.insight.vacuum.partitioned({ connectionId, oid }, {})).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    expect((await engine.insight.vacuum.partitions({ connectionId, oid, ...ALL }, {})).of).toBe(0);
  });
});
