import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Snapshot } from '#shared/model/snapshot.ts';
import { LiveFacts } from '#engine/insight/live-facts.ts';
import type { ReadSession } from '#engine/postgres/read-session.ts';
import { openReadSession } from '#engine/postgres/session.ts';
import { parseConnectionInput } from '#engine/postgres/url.ts';
import { STORE_FILE } from '#engine/store/file.ts';
import { statementKey } from '#engine/store/history.ts';
import { openStore, type Store } from '#engine/store/open-store.ts';
import { RARELY_SAMPLED_FACTS, SAMPLED_FACTS } from '#engine/schedule/sampler.ts';
import { auditUrl } from '../support/audit.ts';
import { createDatabase, type TestDatabase, useServer } from '../support/postgres.ts';

const server = useServer(17);
const DATABASE = { key: '1/2', label: 'test' };
let database: TestDatabase;
let session: ReadSession;
let facts: LiveFacts;
let dir: string;

beforeAll(async () => {
  database = await createDatabase(
    await server.get(),
    'CREATE EXTENSION pg_stat_statements; CREATE TABLE a (id serial PRIMARY KEY, t text); CREATE TABLE b (id int)',
  );
  session = await openReadSession(parseConnectionInput(database.url), {});
});
afterAll(async () => {
  await session?.close();
  await database?.drop();
});
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'pgvitals-store-'));
  facts = new LiveFacts({
    withSession: (work) => work(session),
    toolVersion: 'test',
    ownPasswordIsDefault: false,
  });
  return () => rmSync(dir, { recursive: true, force: true });
});

const read = async (): Promise<Snapshot> =>
  (await facts.view([...SAMPLED_FACTS, ...RARELY_SAMPLED_FACTS], { maxAgeMs: 0 })).snapshot;
/** The same facts as if read at another time. */
const at = (snapshot: Snapshot, iso: string): Snapshot => ({ ...snapshot, collectedAt: iso });
const rowsIn = (): number => {
  const file = new DatabaseSync(join(dir, STORE_FILE), { readOnly: true });
  try {
    return Number(file.prepare('SELECT count(*) AS n FROM counter').get()?.['n']);
  } finally {
    file.close();
  }
};
const withStore = async <T>(work: (store: Store, log: string[]) => Promise<T> | T): Promise<T> => {
  const log: string[] = [];
  const store = openStore(dir, { log: (_level, message) => log.push(message) });
  try {
    return await work(store, log);
  } finally {
    store.close();
  }
};

describe('the history', () => {
  it('gives one figure of several statements at several moments', async () => {
    const texts = ['SELECT count(*) FROM a WHERE id > $1', 'SELECT count(*) FROM b WHERE id > $1'];
    const run = (table: string) => database.query(`SELECT count(*) FROM ${table} WHERE id > 7`);
    const moments = ['2026-11-01T10:00:00.000Z', '2026-11-01T11:00:00.000Z', '2026-11-01T12:00:00.000Z'];
    const truth: (number | null)[][] = [];
    await withStore(async ({ history }) => {
      for (const moment of moments) {
        await run('a');
        if (moment !== moments[0]) await run('b');
        const snapshot = await read();
        await history.record(DATABASE, at(snapshot, moment));
        const counted = await database.query<{ query: string; total: number }>(
          `SELECT query, total_exec_time AS total FROM pg_stat_statements
           WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())`,
        );
        truth.push(texts.map((text) => counted.find((c) => c.query === text)?.total ?? null));
      }
      const facts = (await read()).facts.statements?.statements ?? [];
      const keys = texts.map((text) => {
        const fact = facts.find((f) => f.query === text);
        return fact ? statementKey(fact) : 'missing';
      });
      const figures = history.statementFigures(DATABASE, [...keys, 'nobody'], 'totalMs', [
        '2026-11-01T09:00:00.000Z',
        ...moments,
        '2026-11-02T00:00:00.000Z',
      ]);
      const near = (value: number | null | undefined) =>
        value === null || value === undefined ? null : expect.closeTo(value, 2);
      expect(figures).toEqual([
        ...texts.map((_, t) => [null, ...truth.map((row) => near(row[t])), near(truth[2]?.[t])]),
        [null, null, null, null, null],
      ]);
      expect(truth[0]?.[1]).toBeNull();
    });
  });

  it('gives back what the server counted at each moment, also after it was closed', async () => {
    const before = await read();
    await withStore(({ history }) => history.record(DATABASE, before));
    await database.query("INSERT INTO a (t) SELECT 'x' FROM generate_series(1, 500)");
    const oid = Number((await database.query<{ oid: number }>("SELECT 'a'::regclass::oid AS oid"))[0]?.oid);
    await expect
      .poll(async () => (await read()).facts.tables?.find((t) => t.oid === oid)?.inserted)
      .toBe(500);
    const after = await read();
    await withStore(async ({ history }) => {
      await history.record(DATABASE, after);
      expect(history.tablesAt(DATABASE, before.collectedAt).get(oid)?.inserted).toBe(0);
      expect(history.tablesAt(DATABASE, after.collectedAt).get(oid)).toMatchObject({
        inserted: 500,
        liveRows: after.facts.tables?.find((t) => t.oid === oid)?.liveRows,
      });
      const range = { from: before.collectedAt, to: after.collectedAt };
      expect(history.samples(DATABASE, range).map((s) => s.at)).toEqual([
        new Date(before.collectedAt).toISOString(),
        new Date(after.collectedAt).toISOString(),
      ]);
      expect(
        history.series(DATABASE, { kind: 'table', oid, field: 'inserted' }, range, 10).map((p) => p.value),
      ).toEqual([0, 500]);
      expect(history.databaseAt(DATABASE, after.collectedAt)?.sizeBytes).toBe(
        after.facts.databases?.find((d) => d.oid === after.facts.server.databaseOid)?.sizeBytes,
      );
      const [sequence] = await database.query<{ oid: number; last: string }>(
        "SELECT 'a_id_seq'::regclass::oid AS oid, last_value::text AS last FROM a_id_seq",
      );
      expect(history.sequencesAt(DATABASE, after.collectedAt).get(Number(sequence?.oid))).toBe(
        sequence?.last,
      );
      // Another database knows nothing of it.
      expect(history.tablesAt({ key: '1/3', label: 'other' }, after.collectedAt).size).toBe(0);
    });
  });

  it('stores only what changed, and that something is gone', async () => {
    const snapshot = at(await read(), '2026-01-01T00:00:00.000Z');
    const tables = snapshot.facts.tables ?? [];
    await withStore(({ history }) => history.record(DATABASE, snapshot));
    const first = rowsIn();
    expect(first).toBeGreaterThan(tables.length);
    await withStore(({ history }) => history.record(DATABASE, at(snapshot, '2026-01-01T00:01:00.000Z')));
    expect(rowsIn()).toBe(first);
    const [one, ...others] = tables;
    const changed = { ...snapshot.facts, tables: others };
    await withStore(async ({ history }) => {
      await history.record(DATABASE, { ...at(snapshot, '2026-01-01T00:02:00.000Z'), facts: changed });
      const oid = one?.oid ?? 0;
      expect(history.tablesAt(DATABASE, '2026-01-01T00:01:30.000Z').has(oid)).toBe(true);
      expect(history.tablesAt(DATABASE, '2026-01-01T00:02:00.000Z').has(oid)).toBe(false);
    });
    // The table, and the sums of the database if it had any.
    expect(rowsIn() - first).toBeLessThanOrEqual(2);
  });

  it('keeps every sample for a week, then one per hour, and nothing after ninety days', async () => {
    const snapshot = await read();
    const now = Date.parse('2026-06-30T12:00:00.000Z');
    const back = (ms: number): string => new Date(now - ms).toISOString();
    const [MINUTE, DAY] = [60_000, 86_400_000];
    const times = [100 * DAY, 10 * DAY + 2 * MINUTE, 10 * DAY + MINUTE, 2 * MINUTE, MINUTE].map(back);
    await withStore(async (store) => {
      for (const [n, time] of times.entries()) {
        const server = { ...snapshot.facts.server };
        const tables = (snapshot.facts.tables ?? []).map((t) => ({ ...t, inserted: n }));
        await store.history.record(DATABASE, {
          ...at(snapshot, time),
          facts: { ...snapshot.facts, server, tables },
        });
      }
      const oid = snapshot.facts.tables?.[0]?.oid ?? 0;
      store.prune(now);
      const range = { from: back(200 * DAY), to: back(0) };
      expect(store.history.samples(DATABASE, range).map((s) => s.at)).toEqual(times.slice(2));
      // What it stood at then is still known, from the last row of the hour, or before the cut.
      expect(times.slice(2).map((t) => store.history.tablesAt(DATABASE, t).get(oid)?.inserted)).toEqual([
        2, 3, 4,
      ]);
    });
  });

  it('stays below its bound by dropping the oldest', async () => {
    const snapshot = await read();
    const [table] = snapshot.facts.tables ?? [];
    if (!table) throw new Error('no table');
    const now = Date.parse('2026-06-30T12:00:00.000Z');
    const HOUR = 3_600_000;
    const store = openStore(dir, { retention: { wholeMs: 1e12, hourlyMs: 1e12, fileBytes: 1_000_000 } });
    try {
      for (let n = 0; n < 24; n += 1) {
        const tables = Array.from({ length: 1_000 }, (_, i) => ({
          ...table,
          oid: i + 1,
          inserted: n * 1_000 + i,
        }));
        const time = new Date(now - (24 - n) * HOUR).toISOString();
        await store.history.record(DATABASE, { ...at(snapshot, time), facts: { ...snapshot.facts, tables } });
      }
      expect(store.history.extent(DATABASE).fileBytes).toBeGreaterThan(1_000_000);
      store.prune(now);
      const extent = store.history.extent(DATABASE);
      expect(extent.fileBytes).toBeLessThanOrEqual(1_000_000);
      expect(statSync(join(dir, STORE_FILE)).size).toBeLessThanOrEqual(1_000_000);
      expect(extent.samples).toBeGreaterThan(0);
      expect(extent.newestAt).toBe(new Date(now - HOUR).toISOString());
      expect(store.history.tablesAt(DATABASE, new Date(now).toISOString()).get(5)?.inserted).toBe(23_004);
    } finally {
      store.close();
    }
  });

  it('keeps audits, newest first, and definitions', async () => {
    const { audit } = await auditUrl(database.url);
    await withStore(({ history, profiles }) => {
      history.keepAudit(DATABASE, audit);
      history.keepAudit(DATABASE, { ...audit, startedAt: '2099-01-01T00:00:00.000Z' });
      profiles.write(DATABASE, 'categories', { core: ['a'] });
    });
    await withStore(({ history, profiles }) => {
      const [newest, older] = history.audits(DATABASE);
      expect(newest).toMatchObject({ at: '2099-01-01T00:00:00.000Z', score: audit.grade.score });
      expect(history.audit(DATABASE, older?.id ?? 0)?.audit).toEqual(audit);
      expect(history.audit(DATABASE, 999)).toBeNull();
      const schema = z.record(z.string(), z.array(z.string()));
      expect(profiles.read(DATABASE, 'categories', schema)).toEqual({ core: ['a'] });
      expect(profiles.read(DATABASE, 'categories', z.string())).toBeNull();
      profiles.remove(DATABASE, 'categories');
      expect(profiles.read(DATABASE, 'categories', schema)).toBeNull();
    });
  });

  it('knows how large the other databases of the server were', async () => {
    const snapshot = await read();
    const { server, databases = [] } = snapshot.facts;
    const others = databases.filter((d) => d.oid !== server.databaseOid && d.sizeBytes !== null);
    expect(others.length).toBeGreaterThan(1);
    const [one, two] = others;
    if (!one || !two) throw new Error('no others');
    const grown = (iso: string, sizes: ReadonlyMap<number, number>): Snapshot => ({
      ...at(snapshot, iso),
      facts: {
        ...snapshot.facts,
        databases: databases
          .filter((d) => d.oid === server.databaseOid || sizes.has(d.oid))
          .map((d) => ({ ...d, sizeBytes: sizes.get(d.oid) ?? d.sizeBytes })),
      },
    });
    const [t0, t1, t2] = ['2026-06-01T00:00:00.000Z', '2026-06-02T00:00:00.000Z', '2026-06-03T00:00:00.000Z'];
    await withStore(async ({ history }) => {
      await history.record(DATABASE, grown(t0, new Map([[one.oid, 100]])));
      await history.record(
        DATABASE,
        grown(
          t1,
          new Map([
            [one.oid, 100],
            [two.oid, 50],
          ]),
        ),
      );
      const rows = rowsIn();
      await history.record(
        DATABASE,
        grown(
          t2,
          new Map([
            [one.oid, 175],
            [two.oid, 50],
          ]),
        ),
      );
      // Only the one that grew.
      expect(rowsIn() - rows).toBe(1);
      expect(history.otherSizesSince(DATABASE, t0)).toEqual(
        new Map([
          [one.oid, { at: t0, sizeBytes: 100 }],
          [two.oid, { at: t1, sizeBytes: 50 }],
        ]),
      );
      expect(history.otherSizesSince(DATABASE, '2026-06-02T12:00:00.000Z').get(one.oid)).toEqual({
        at: '2026-06-02T12:00:00.000Z',
        sizeBytes: 100,
      });
      const series = history.series(
        DATABASE,
        { kind: 'size', oid: one.oid, field: 'sizeBytes' },
        { from: t0, to: t2 },
        10,
      );
      expect(series.map((p) => p.value)).toEqual([100, 100, 175]);
    });
  });

  it('does not keep other work waiting while it stores 60,000 objects', async () => {
    const snapshot = await read();
    const [table] = snapshot.facts.tables ?? [];
    const [index] = snapshot.facts.indexes ?? [];
    if (!table || !index) throw new Error('nothing to multiply');
    const many = {
      ...snapshot.facts,
      tables: Array.from({ length: 10_000 }, (_, i) => ({ ...table, oid: i + 1 })),
      indexes: Array.from({ length: 50_000 }, (_, i) => ({ ...index, oid: i + 1 })),
    };
    await withStore(async ({ history }) => {
      // Of this thread's own time: a machine that is busy with other things makes each wait longer.
      const spentMs = () => {
        const { user, system } = process.threadCpuUsage();
        return (user + system) / 1000;
      };
      let longest = 0;
      let last = spentMs();
      const timer = setInterval(() => {
        longest = Math.max(longest, spentMs() - last);
        last = spentMs();
      }, 1);
      const begun = performance.now();
      await history.record(DATABASE, { ...snapshot, facts: many });
      const tookMs = performance.now() - begun;
      clearInterval(timer);
      const started = performance.now();
      await history.record(DATABASE, { ...at(snapshot, '2099-01-01T00:00:00Z'), facts: many });
      console.info(
        `longest wait ${longest.toFixed(0)} of ${tookMs.toFixed(0)} ms; unchanged in ${(performance.now() - started).toFixed(0)} ms`,
      );
      // Far below the half second that it takes in one go.
      expect(longest).toBeLessThan(150);
    });
  });
});
