import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, it, type TestContext } from 'vitest';
import { createEngine } from '#engine/create-engine.ts';
import type { Engine } from '#engine/engine.ts';
import { EngineError } from '#engine/errors.ts';
import { type FactsView, LiveFacts } from '#engine/insight/live-facts.ts';
import { openReadSession } from '#engine/postgres/session.ts';
import { parseConnectionInput } from '#engine/postgres/url.ts';
import { SAMPLED_FACTS, type Sampler, startSampler } from '#engine/schedule/sampler.ts';
import { openStore } from '#engine/store/open-store.ts';
import type { FactName } from '#shared/model/facts.ts';
import type { HistoryOverview } from '#shared/model/history.ts';
import { createNodeHost } from '../../electron/hosts/node-host.ts';
import {
  createDatabase,
  query,
  type TestDatabase,
  type TestServer,
  urlOf,
  usePrivateServer,
  useServer,
} from '../support/postgres.ts';

/** Longer than any sample here waits for its turn. */
const SOON = { timeout: 15_000, interval: 100 };

const SQL = `
  CREATE EXTENSION pg_stat_statements; CREATE EXTENSION pg_walinspect;
  CREATE TABLE a (id serial PRIMARY KEY, t text);
  INSERT INTO a (t) SELECT repeat('x', 200) FROM generate_series(1, 2000)`;

const server = useServer(17);
// What the sampler writes is looked for in the WAL: nobody else may write any.
const quiet = usePrivateServer({ major: 17, settings: { autovacuum: 'off' } });

interface App {
  readonly engine: Engine;
  readonly dataDir: string;
  readonly log: readonly string[];
  readonly database: TestDatabase;
  history(): Promise<HistoryOverview>;
  samples(): Promise<number>;
  every(seconds: number): Promise<unknown>;
  /** A new engine on the same data. */
  restart(kind?: 'in-process'): Promise<void>;
}

/** With a database of its own: tests of this file mostly wait, and do so at the same time. */
async function startApp(
  onTestFinished: TestContext['onTestFinished'],
  on: { get(): Promise<TestServer> } = server,
): Promise<App> {
  const database = await createDatabase(await on.get(), SQL);
  const dataDir = mkdtempSync(join(tmpdir(), 'pgvitals-sampler-'));
  const log: string[] = [];
  const start = async (kind: 'loopback' | 'in-process') => {
    const engine = createEngine(
      createNodeHost({ kind, dataDir, toolVersion: 'test', writeLogLine: (line) => log.push(line) }),
    );
    return { engine, connectionId: (await engine.open({ text: database.url }, {})).id };
  };
  let running = await start('loopback');
  onTestFinished(async () => {
    await running.engine.close();
    rmSync(dataDir, { recursive: true, force: true });
    await database.drop();
  });
  const history = async (): Promise<HistoryOverview> =>
    (await running.engine.insight.history.overview({ connectionId: running.connectionId, range: 'hour' }, {}))
      .data;
  return {
    get engine() {
      return running.engine;
    },
    dataDir,
    log,
    database,
    history,
    samples: async () => (await history()).extent.samples,
    every: (seconds) =>
      running.engine.insight.history.setSampling({ connectionId: running.connectionId, seconds }, {}),
    restart: async (kind) => {
      await running.engine.close();
      running = await start(kind ?? 'loopback');
    },
  };
}

describe.concurrent('a connection that stays open', () => {
  it('is sampled by itself, with what the server says, and the samples outlive the app', async ({
    expect,
    onTestFinished,
  }) => {
    const app = await startApp(onTestFinished);
    const { history, samples, database, dataDir } = app;
    expect((await history()).sampling).toEqual({ seconds: 60, nextInMs: expect.any(Number) });
    await expect.poll(samples, SOON).toBe(1);
    const { nextInMs } = (await history()).sampling;
    expect(nextInMs).toBeGreaterThan(50_000);
    expect(nextInMs).toBeLessThanOrEqual(60_000);
    await app.engine.close();

    const [truth] = await database.query<Record<'system' | 'database' | 'size' | 'a' | 'rows', string>>(
      `SELECT (SELECT system_identifier::text FROM pg_control_system()) AS system,
              (SELECT oid::text FROM pg_database WHERE datname = current_database()) AS database,
              pg_database_size(current_database())::text AS size, 'a'::regclass::oid::text AS a,
              (SELECT n_live_tup::text FROM pg_stat_user_tables WHERE relname = 'a') AS rows`,
    );
    const store = openStore(dataDir);
    const identity = { key: `${truth?.system}/${truth?.database}`, label: 'test' };
    const now = new Date().toISOString();
    expect(store.history.databaseAt(identity, now)?.sizeBytes).toBe(Number(truth?.size));
    expect(store.history.tablesAt(identity, now).get(Number(truth?.a))?.liveRows).toBe(Number(truth?.rows));
    expect([...store.history.sequencesAt(identity, now).values()]).toEqual(['2000']);
    expect(store.history.indexesAt(identity, now).size).toBe(1);
    expect(store.history.statementsAt(identity, now).size).toBeGreaterThan(0);
    store.close();

    await app.restart();
    expect(await samples()).toBe(1);
    await expect.poll(samples, SOON).toBe(2);
  });

  it('is never sampled where the user said so, also after a restart', async ({ expect, onTestFinished }) => {
    const { history, samples, every, restart } = await startApp(onTestFinished);
    await every(0);
    expect((await history()).sampling).toEqual({ seconds: 0, nextInMs: null });
    await sleep(6_000);
    expect(await samples()).toBe(0);
    await restart();
    // The first sample would be taken after five seconds.
    await sleep(6_000);
    expect((await history()).sampling).toEqual({ seconds: 0, nextInMs: null });
    expect(await samples()).toBe(0);
    await every(60);
    await expect.poll(samples, SOON).toBe(1);
  });

  it('writes nothing on the server', async ({ expect, onTestFinished }) => {
    const { samples, every, database } = await startApp(onTestFinished, quiet);
    const moment = async () => {
      const [row] = await database.query<Record<'xid' | 'lsn' | 'counters', string>>(
        `SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS xid, pg_current_wal_insert_lsn()::text AS lsn,
                (SELECT json_agg((relid, n_tup_ins, n_tup_upd, n_tup_del, vacuum_count, analyze_count) ORDER BY relid)::text
                   FROM pg_stat_user_tables) AS counters`,
      );
      if (!row) throw new Error('no row');
      return row;
    };
    // The first reading may set hint bits and prune catalog pages after our own CREATE TABLE.
    await expect.poll(samples, SOON).toBe(1);
    await database.query('VACUUM');
    await database.query('CHECKPOINT');
    const before = await moment();
    await every(1);
    await expect.poll(samples, { ...SOON, timeout: 30_000 }).toBeGreaterThanOrEqual(3);
    await every(0);
    const after = await moment();
    expect(after.xid).toBe(before.xid);
    expect(after.counters).toBe(before.counters);
    if (after.lsn === before.lsn) return;
    // The server has records of its own.
    const records = await database.query<{ record: string }>(
      "SELECT resource_manager || '/' || record_type AS record FROM pg_get_wal_records_info($1::pg_lsn, $2::pg_lsn)",
      [before.lsn, after.lsn],
    );
    expect(records.map((r) => r.record).filter((r) => !/^Standby\/|^XLOG\/CHECKPOINT/.test(r))).toEqual([]);
  }, 60_000);

  it('says once that it cannot be sampled, and is sampled again when it can', async ({
    expect,
    onTestFinished,
  }) => {
    const { samples, every, database, log } = await startApp(onTestFinished);
    const allow = (isAllowed: boolean) =>
      query(
        urlOf(database.server, 'postgres'),
        `ALTER DATABASE ${database.name} ALLOW_CONNECTIONS ${isAllowed}`,
      );
    const failures = () => log.filter((line) => line.includes('no sample'));
    await expect.poll(samples, SOON).toBe(1);
    await allow(false);
    try {
      await query(
        urlOf(database.server, 'postgres'),
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1',
        [database.name],
      );
      await every(1);
      await expect.poll(failures, SOON).toHaveLength(1);
      // Not again at once: the pause after a failure is five minutes, unless the user asks.
      await sleep(2_000);
      await every(1);
      await sleep(3_000);
      expect(failures()).toHaveLength(1);
    } finally {
      await allow(true);
    }
    await every(1);
    await expect.poll(samples, SOON).toBeGreaterThan(1);
    expect(failures()).toHaveLength(1);
  }, 60_000);

  it('is let go of at once when it is closed, also amid a sample', async ({ expect, onTestFinished }) => {
    const { engine, every, database, log } = await startApp(onTestFinished);
    await every(0.05);
    await sleep(60);
    await engine.close();
    const taken = await query<{ count: string }>(
      urlOf(database.server, 'postgres'),
      "SELECT count(*) FROM pg_stat_activity WHERE datname = $1 AND application_name LIKE 'pgvitals/%'",
      [database.name],
    );
    expect(taken).toEqual([{ count: '0' }]);
    await sleep(500);
    expect(log).toEqual([]);
  });

  it('is not sampled by a command that asks once and leaves', async ({ expect, onTestFinished }) => {
    const { history, samples, restart } = await startApp(onTestFinished);
    await restart('in-process');
    await sleep(6_000);
    expect((await history()).sampling).toEqual({ seconds: 0, nextInMs: null });
    expect(await samples()).toBe(0);
  });
});

interface Stage {
  readonly facts: LiveFacts;
  readonly database: TestDatabase;
  /** How often the session was asked for. */
  readings(): number;
  begin(intervalSeconds: number, read?: (maxAgeMs: number) => Promise<FactsView>): readonly FactsView[];
  reschedule(intervalSeconds: number): void;
}

async function setStage(onTestFinished: TestContext['onTestFinished']): Promise<Stage> {
  const database = await createDatabase(await server.get(), SQL);
  const session = await openReadSession(parseConnectionInput(database.url), {});
  let readings = 0;
  let sampler: Sampler | null = null;
  onTestFinished(async () => {
    await sampler?.stop();
    await session.close();
    await database.drop();
  });
  const facts = new LiveFacts({
    withSession: async (work) => {
      readings += 1;
      return work(session);
    },
    toolVersion: 'test',
    ownPasswordIsDefault: false,
  });
  return {
    facts,
    database,
    readings: () => readings,
    begin: (intervalSeconds, read = (maxAgeMs) => facts.view(SAMPLED_FACTS, { maxAgeMs })) => {
      const kept: FactsView[] = [];
      sampler = startSampler({
        intervalSeconds: async () => intervalSeconds,
        read: ({ maxAgeMs }) => read(maxAgeMs),
        keep: async (view) => void kept.push(view),
        log: (message) => {
          throw new Error(message);
        },
      });
      sampler.reschedule(intervalSeconds);
      return kept;
    },
    reschedule: (intervalSeconds) => sampler?.reschedule(intervalSeconds),
  };
}

describe.concurrent('a sampler', () => {
  it.for([
    { code: 'CONNECTION_REFUSED', leastMs: 5_000, mostMs: 10_000 },
    { code: 'AUTH_FAILED', leastMs: 290_000, mostMs: 300_000 },
  ] as const)(
    'after $code tries again in $mostMs ms',
    async ({ code, leastMs, mostMs }, { expect, onTestFinished }) => {
      const said: string[] = [];
      const sampler = startSampler({
        intervalSeconds: async () => 60,
        read: () => Promise.reject(new EngineError(code, 'No.')),
        keep: async () => undefined,
        log: (message) => said.push(message),
      });
      onTestFinished(() => sampler.stop());
      sampler.reschedule(0.01);
      await expect.poll(() => said, SOON).toEqual(['no sample: No.']);
      const leftMs = (sampler.nextAtMs() ?? 0) - Date.now();
      expect(leftMs).toBeGreaterThan(leastMs);
      expect(leftMs).toBeLessThanOrEqual(mostMs);
    },
  );

  it.for([
    { name: 'keeps to its interval', needs: ['server'], seconds: 2, samples: 4 },
    {
      name: 'waits longer where reading takes more than one percent of the time',
      needs: SAMPLED_FACTS,
      seconds: 0.1,
      samples: 2,
    },
  ] satisfies { name: string; needs: readonly FactName[]; seconds: number; samples: number }[])(
    '$name',
    { timeout: 60_000 },
    async ({ needs, seconds, samples }, { expect, onTestFinished }) => {
      const { facts, begin, readings } = await setStage(onTestFinished);
      const kept = begin(seconds, (maxAgeMs) => facts.view(needs, { maxAgeMs }));
      await expect.poll(() => kept.length, { timeout: 50_000, interval: 20 }).toBe(samples);
      const times = kept.map((view) => Date.parse(view.snapshot.collectedAt));
      for (const [at, view] of kept.slice(0, -1).entries()) {
        const gapMs = (times[at + 1] ?? 0) - (times[at] ?? 0);
        const leastMs = Math.max(seconds * 1000, view.readMs * 100);
        // Stamped by the server as a reading begins: not to the millisecond.
        expect(gapMs).toBeGreaterThan(leastMs - 50);
        expect(gapMs).toBeLessThan(leastMs + 2_000);
      }
      expect(readings()).toBe(samples);
    },
  );

  it('uses what a page has just read instead of reading it again', async ({ expect, onTestFinished }) => {
    const { facts, begin, readings } = await setStage(onTestFinished);
    const page = await facts.view(SAMPLED_FACTS);
    const kept = begin(4);
    await sleep(1_000);
    const again = await facts.view(SAMPLED_FACTS, { maxAgeMs: 0 });
    expect(again.snapshot).not.toBe(page.snapshot);
    await sleep(2_000);
    const latest = await facts.view(SAMPLED_FACTS, { maxAgeMs: 0 });
    await expect.poll(() => kept.length, SOON).toBe(1);
    expect(kept[0]?.snapshot).toBe(latest.snapshot);
    expect(readings()).toBe(3);
  });

  it('never takes two at a time, however often it is asked', async ({ expect, onTestFinished }) => {
    const { facts, database, begin, reschedule } = await setStage(onTestFinished);
    let atOnce = 0;
    let most = 0;
    const kept = begin(0.05, async (maxAgeMs) => {
      atOnce += 1;
      most = Math.max(most, atOnce);
      await database.query('SELECT pg_sleep(0.3)');
      const view = await facts.view(SAMPLED_FACTS, { maxAgeMs });
      atOnce -= 1;
      return view;
    });
    for (let n = 0; n < 20; n += 1) {
      reschedule(0.05);
      await sleep(60);
    }
    await expect.poll(() => kept.length, SOON).toBeGreaterThanOrEqual(2);
    expect(most).toBe(1);
  });
});
