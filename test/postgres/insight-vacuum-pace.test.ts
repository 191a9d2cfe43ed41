import { describe, expect, it } from 'vitest';
import type { Snapshot } from '#shared/model/snapshot.ts';
import { vacuumOverview } from '#engine/insight/vacuum/overview.ts';
import { sinceSample } from '#engine/insight/vacuum/pace.ts';
import { tableDetail, tableRows } from '#engine/insight/vacuum/tables.ts';
import { openStore } from '#engine/store/open-store.ts';
import { snapshotOf } from '../support/judge.ts';
import { createDatabase, useServer } from '../support/postgres.ts';

const DATABASE = { key: 'test', label: 'test' };
const HOUR_MS = 3_600_000;

/** A snapshot as if it had been read this long before another. */
function before(snapshot: Snapshot, later: Snapshot, ms: number): Snapshot {
  return { ...snapshot, collectedAt: new Date(Date.parse(later.collectedAt) - ms).toISOString() };
}

describe.each([14, 18] as const)('what stored samples tell on PostgreSQL %i', (major) => {
  const server = useServer(major);

  it('the runs since the oldest of a day, and when autovacuum comes at that pace', async () => {
    const database = await createDatabase(
      await server.get(),
      `CREATE TABLE churning (id int); CREATE TABLE growing (id int); CREATE TABLE quiet (id int); CREATE TABLE tended (id int);
       INSERT INTO churning SELECT generate_series(1, 1000); INSERT INTO growing SELECT generate_series(1, 1000);
       INSERT INTO quiet SELECT generate_series(1, 1000); INSERT INTO tended SELECT generate_series(1, 1000)`,
    );
    for (const table of ['churning', 'growing', 'quiet', 'tended'])
      await database.query(`VACUUM ANALYZE ${table}`);
    const counted = async () =>
      database.query<{
        name: string;
        dead: number;
        inserted: number;
        vacuum: number;
        analyze: number;
        updated: number;
      }>(
        `SELECT relname AS name, n_dead_tup::int AS dead, n_ins_since_vacuum::int AS inserted, vacuum_count::int AS vacuum,
           analyze_count::int AS analyze, n_tup_ins::int AS updated FROM pg_stat_user_tables ORDER BY 1`,
      );
    const settled = { timeout: 20_000 };
    await expect
      .poll(async () => (await counted()).map((t) => [t.vacuum, t.updated]), settled)
      .toEqual(Array(4).fill([1, 1000]));
    const first = await snapshotOf(database.url);
    const beforeAll = await counted();

    await database.query('DELETE FROM churning WHERE id <= 60');
    await database.query('INSERT INTO growing SELECT generate_series(1, 300)');
    await database.query('DELETE FROM tended WHERE id <= 100');
    await expect
      .poll(async () => (await counted()).find((t) => t.name === 'tended')?.dead, settled)
      .toBe(100);
    await database.query('VACUUM tended');
    await database.query('ANALYZE tended');
    await expect
      .poll(async () => (await counted()).map((t) => [t.name, t.dead, t.analyze, t.vacuum]), settled)
      .toEqual([
        ['churning', 60, 1, 1],
        ['growing', 0, 1, 1],
        ['quiet', 0, 1, 1],
        ['tended', 0, 2, 2],
      ]);
    const now = await snapshotOf(database.url);
    const truth = new Map((await counted()).map((t) => [t.name, t]));

    const store = openStore(null);
    try {
      await store.history.record(DATABASE, before(first, now, 30 * HOUR_MS));
      // Older than a day: none of it counts.
      expect(sinceSample(before(now, now, 0), store.history, DATABASE)).toBeNull();
      await store.history.record(DATABASE, before(first, now, 2 * HOUR_MS));
      const since = sinceSample(now, store.history, DATABASE);
      expect(since?.from).toBe(before(first, now, 2 * HOUR_MS).collectedAt);

      const triggers = await database.query<{ name: string; dead: number; inserts: number }>(
        `SELECT relname AS name,
           floor(current_setting('autovacuum_vacuum_threshold')::float8 + current_setting('autovacuum_vacuum_scale_factor')::float8 * reltuples)::int AS dead,
           floor(current_setting('autovacuum_vacuum_insert_threshold')::float8 + current_setting('autovacuum_vacuum_insert_scale_factor')::float8 * reltuples
             ${major >= 18 ? '* (1 - relallfrozen::float8 / relpages)' : ''})::int AS inserts
         FROM pg_class WHERE relname IN ('churning', 'growing')`,
      );
      const trigger = (name: string) => triggers.find((t) => t.name === name) ?? { dead: 0, inserts: 0 };
      const rows = new Map(tableRows(now, since).map((row) => [row.name, row]));
      const missingDead = trigger('churning').dead - 60 + 1;
      expect(rows.get('churning')?.next).toEqual({
        state: 'waiting',
        of: 'dead rows',
        rows: missingDead,
        // Sixty in two hours.
        inMs: Math.round((missingDead / 60) * 2 * HOUR_MS),
      });
      const missingInserts = trigger('growing').inserts - (truth.get('growing')?.inserted ?? 0) + 1;
      expect(rows.get('growing')?.next).toEqual({
        state: 'waiting',
        of: 'inserts',
        rows: missingInserts,
        inMs: Math.round((missingInserts / 300) * 2 * HOUR_MS),
      });
      expect(rows.get('quiet')?.next).toMatchObject({ state: 'waiting', inMs: null });
      const order = [...rows.values()]
        .toSorted((a, b) => (a.nextOrder ?? Infinity) - (b.nextOrder ?? Infinity))
        .map((row) => row.name);
      // 901 inserts at 150 an hour come before 191 dead rows at 30; without an estimate one comes last.
      expect(order.slice(0, 2)).toEqual(['growing', 'churning']);
      const detail = (name: string) => tableDetail(now, rows.get(name)?.oid ?? 0, since);
      expect(detail('churning').pace).toEqual({ from: since?.from, to: since?.to });
      expect(detail('quiet').pace).toBeNull();

      const { recent } = vacuumOverview(now, since);
      expect(recent.window).toEqual({ from: since?.from, to: since?.to });
      const then = beforeAll.find((t) => t.name === 'tended');
      const tended = truth.get('tended');
      expect(recent.rows).toEqual([
        {
          table: 'tended',
          autovacuums: 0,
          vacuums: (tended?.vacuum ?? 0) - (then?.vacuum ?? 0),
          autoanalyzes: 0,
          analyzes: (tended?.analyze ?? 0) - (then?.analyze ?? 0),
          deadBefore: then?.dead,
          deadNow: tended?.dead,
        },
      ]);
    } finally {
      store.close();
    }
  });
});
