import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Snapshot } from '#shared/model/snapshot.ts';
import { indexModel } from '#engine/insight/indexes/model.ts';
import { scanRates } from '#engine/insight/indexes/scan-rates.ts';
import { openStore } from '#engine/store/open-store.ts';
import { ALL, rowNamed, useEngine } from '../support/insight.ts';
import { snapshotOf } from '../support/judge.ts';
import { createDatabase, type TestDatabase, useServer } from '../support/postgres.ts';

const { engine, open } = useEngine();

describe.each([15, 18] as const)('a database that is searched on PostgreSQL %i', (major) => {
  const server = useServer(major);
  let database: TestDatabase;
  let connectionId: string;

  beforeAll(async () => {
    database = await createDatabase(
      await server.get(),
      `CREATE EXTENSION pg_stat_statements; CREATE EXTENSION pgstattuple;
       CREATE TABLE visits (id int, place int, note text);
       INSERT INTO visits SELECT g, g % 500, repeat('n', 1250) FROM generate_series(1, 55000) g;
       CREATE TABLE worn (code text);
       INSERT INTO worn SELECT lpad(g::text, 120, 'x') FROM generate_series(1, 80000) g;
       CREATE UNIQUE INDEX worn_code ON worn (code);
       DELETE FROM worn WHERE right(code, 1) <> '7'`,
    );
    await database.query('VACUUM ANALYZE');
    await database.query('SELECT pg_stat_reset()');
    // One statement of its own each: what runs inside of one is not counted by itself.
    await database.query('SELECT count(*) FROM visits WHERE place = 7;'.repeat(105));
    await vi.waitUntil(
      async () =>
        (
          await database.query<{ n: number }>(
            "SELECT seq_scan::int AS n FROM pg_stat_user_tables WHERE relname = 'visits'",
          )
        )[0]?.n === 105,
      { timeout: 20_000, interval: 200 },
    );
    connectionId = await open(database.url);
    await engine.insight.indexes.overview({ connectionId, maxAgeMs: 0 }, {});
  }, 60_000);
  afterAll(() => database?.drop());

  it('names the table that is read from end to end, with the figures of the server and its statements', async () => {
    const { rows } = await engine.insight.indexes.missing({ connectionId, ...ALL }, {});
    expect(rows.map((row) => [row.table, row.source, row.severity])).toEqual([
      ['visits', 'sequential scans', 'low'],
    ]);
    const [truth] = await database.query<{ rows: number; size: string; scans: number }>(
      `SELECT reltuples::int AS rows, pg_size_pretty(pg_relation_size(relid)) AS size, seq_scan::int AS scans
       FROM pg_stat_user_tables s JOIN pg_class c ON c.oid = relid WHERE s.relname = 'visits'`,
    );
    const plain = rows[0]?.reason.replace(/\s/g, ' ');
    expect(plain).toContain('(55 000 rows, ');
    expect(truth?.rows).toBe(55_000);
    expect(plain).toContain(`${truth?.scans} times a day`);
    const detail = await engine.insight.indexes.missingDetail({ connectionId, key: rows[0]?.key ?? '' }, {});
    expect(detail.statements).toContain('SELECT count(*) FROM visits WHERE place = $1');
  });

  it('asks the plans of statements, which ask for the index that helps', async () => {
    const advice = await engine.insight.indexes.statementAdvice({ connectionId }, {});
    expect(advice.planned).toBeGreaterThan(0);
    const row = advice.rows.find((candidate) => candidate.table === 'visits');
    expect(row).toMatchObject({ columns: ['place'], statements: [{ calls: 105 }] });
    expect(row?.fix.sql).toEqual([
      'CREATE INDEX CONCURRENTLY "visits_place_idx" ON "public"."visits" ("place")',
    ]);
    const ran = "SELECT seq_scan::int AS n FROM pg_stat_user_tables WHERE relname = 'visits'";
    expect(await database.query(ran)).toEqual([{ n: 105 }]);
    for (const statement of row?.fix.sql ?? []) await database.query(statement);
    await engine.insight.indexes.overview({ connectionId, maxAgeMs: 0 }, {});
    const after = await engine.insight.indexes.statementAdvice({ connectionId }, {});
    expect(after.rows.filter((candidate) => candidate.table === 'visits')).toEqual([]);
  });

  it('estimates the bloat of an index within 10 points of pgstatindex, and measures the same', async () => {
    const bloated = await engine.insight.indexes.bloated({ connectionId, ...ALL }, {});
    const row = rowNamed(bloated, 'worn_code');
    const [truth] = await database.query<{ size: number; percent: number }>(
      `SELECT index_size::int AS size, greatest(0, 100 * (1 - avg_leaf_density / 90)) AS percent
       FROM pgstatindex('worn_code')`,
    );
    expect(row).toMatchObject({ kind: 'index', table: 'worn', sizeBytes: truth?.size, confidence: 'high' });
    expect(Math.abs((row.wastedPercent ?? 0) - (truth?.percent ?? Number.NaN))).toBeLessThanOrEqual(10);
    expect(row.wastedBytes).toBe(Math.round(((row.wastedPercent ?? 0) / 100) * row.sizeBytes));
    const measured = await engine.insight.vacuum.measure({ connectionId, oid: row.oid, confirmed: true }, {});
    expect(measured.wastedPercent).toBeCloseTo(truth?.percent ?? Number.NaN, 6);
    const { data } = await engine.insight.indexes.overview({ connectionId }, {});
    expect(data.pgstattuple).toEqual({ state: 'ready' });
  });
});

describe('scans per day', () => {
  const server = useServer(15);
  let database: TestDatabase;
  let now: Snapshot;
  const HOUR_MS = 3_600_000;
  const identity = { key: 'test/1', label: 'test' };

  beforeAll(async () => {
    database = await createDatabase(
      await server.get(),
      'CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1)',
    );
    now = await snapshotOf(database.url);
  });
  afterAll(() => database?.drop());

  /** As read, but this long ago, with counters that were reset so long before now, and this many scans. */
  const taken = (agoMs: number, resetAgoMs: number | null, scans: number): Snapshot => {
    const nowMs = Date.parse(now.collectedAt);
    const at = new Date(nowMs - agoMs).toISOString();
    const statisticsResetAt = resetAgoMs === null ? null : new Date(nowMs - resetAgoMs).toISOString();
    return {
      ...now,
      collectedAt: at,
      facts: {
        ...now.facts,
        server: { ...now.facts.server, sampledAt: at, statisticsResetAt },
        indexes: (now.facts.indexes ?? []).map((index) => ({ ...index, scans })),
      },
    };
  };
  const rateWith = async (samples: readonly Snapshot[], snapshot: Snapshot) => {
    const store = openStore(null);
    try {
      for (const sample of samples) await store.history.record(identity, sample);
      const { rows } = await indexModel(snapshot);
      const [row] = rows;
      if (!row) throw new Error('no index');
      return scanRates(snapshot, store.history, identity)(row);
    } finally {
      store.close();
    }
  };
  const OLD = 240 * HOUR_MS;

  it('come from samples of the last day that reach back an hour', async () => {
    expect(await rateWith([taken(6 * HOUR_MS, OLD, 40)], taken(0, OLD, 100))).toEqual({
      scansPerDay: 240,
      perDayFrom: 'samples',
    });
  });

  it('come from the counters where samples are younger, or there are none', async () => {
    const counters = { scansPerDay: 10, perDayFrom: 'counters' };
    expect(await rateWith([taken(HOUR_MS / 2, OLD, 40)], taken(0, OLD, 100))).toEqual(counters);
    expect(await rateWith([], taken(0, OLD, 100))).toEqual(counters);
  });

  it('do not count across a reset', async () => {
    const samples = [taken(6 * HOUR_MS, OLD, 5_000), taken(2 * HOUR_MS, 3 * HOUR_MS, 10)];
    const { scansPerDay, perDayFrom } = await rateWith(samples, taken(0, 3 * HOUR_MS, 30));
    expect([scansPerDay, perDayFrom]).toEqual([240, 'samples']);
  });

  it('are not known from counters of less than a day, or of unknown age', async () => {
    const unknown = { scansPerDay: null, perDayFrom: null };
    expect(await rateWith([], taken(0, 5 * HOUR_MS, 100))).toEqual(unknown);
    expect(await rateWith([], taken(0, null, 100))).toEqual(unknown);
  });
});
