import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import pg from 'pg';
import { createEngine } from '#engine/create-engine.ts';
import type { Engine } from '#engine/engine.ts';
import { refreshIntervalMs } from '#renderer/state/refresh.ts';
import { createNodeHost } from '../../electron/hosts/node-host.ts';
import { BENCH_SIZES, generateDatabase } from '../bench/generate.ts';
import { urlOf, usePrivateServer } from '../support/postgres.ts';

/** Promise 1 for pages that refresh by themselves: on 1,000 tables a refresh costs next to nothing, and writes nothing. */
const ROLE = { user: 'refresher', password: 'refresher' };
const REFRESH_SECONDS = 30;
const ROUNDS = 5;
/** Share of one core. */
const MOST_LOAD = 0.01;
const TICK_MS = 10;

const server = usePrivateServer({
  major: 17,
  settings: {
    autovacuum: 'off',
    max_locks_per_transaction: '256',
    'pg_stat_statements.track_planning': 'on',
  },
});
let observer: pg.Client;
let engine: Engine;
let connectionId: string;

beforeAll(async () => {
  const { host, port, user, password } = await server.get();
  observer = new pg.Client({
    host,
    port,
    user,
    password,
    database: 'postgres',
    application_name: 'observer',
  });
  await observer.connect();
  await observer.query('CREATE EXTENSION pg_stat_statements; CREATE EXTENSION pg_walinspect');
  await observer.query(`CREATE ROLE ${ROLE.user} LOGIN SUPERUSER PASSWORD '${ROLE.password}'`);
  await generateDatabase((sql) => observer.query(sql), BENCH_SIZES['1k']);
  engine = createEngine(
    createNodeHost({ kind: 'in-process', toolVersion: 'test', writeLogLine: () => undefined }),
  );
  const connection = await engine.open({ text: urlOf(await server.get(), 'postgres', ROLE) }, {});
  connectionId = connection.id;
  for (const read of Object.values(PAGES)) await read();
  await observer.query('VACUUM');
  await observer.query('CHECKPOINT');
  for (const read of Object.values(PAGES)) await read();
});

afterAll(async () => {
  await engine?.close();
  await observer?.end();
});

const now = () => ({ connectionId, maxAgeMs: 0 });
/** What the timer of each page does. */
const PAGES = {
  activity: () => engine.insight.activity.overview(now(), {}),
  history: () => engine.insight.history.overview({ ...now(), range: 'day' }, {}),
  indexes: () => engine.insight.indexes.overview(now(), {}),
  matviews: () => engine.insight.matviews.overview(now(), {}),
  privileges: () => engine.insight.privileges.overview(now(), {}),
  queries: () => engine.insight.queries.overview(now(), {}),
  schema: () => engine.insight.schema.overview(now(), {}),
  security: () => engine.insight.security.overview(now(), {}),
  settings: () => engine.insight.settings.overview(now(), {}),
  statistics: () => engine.insight.statistics.overview(now(), {}),
  vacuum: () => engine.insight.vacuum.overview(now(), {}),
} as const;

describe('a refresh', () => {
  it('is measured for every page', () => {
    const topics = Object.entries(engine.insight).filter(([, topic]) => 'overview' in topic);
    expect(topics.map(([name]) => name).sort()).toEqual(Object.keys(PAGES).sort());
  });

  it.each(Object.entries(PAGES))(
    'of %s takes less than 1 % of one core of the server',
    async (_name, read) => {
      const before = await load();
      let readMs = 0;
      for (let round = 0; round < ROUNDS; round += 1) {
        const startedMs = performance.now();
        await read();
        readMs = Math.max(readMs, performance.now() - startedMs);
      }
      const after = await load();
      const intervalMs = refreshIntervalMs(REFRESH_SECONDS, readMs);
      const cpuShare = (after.cpuMs - before.cpuMs) / ROUNDS / intervalMs;
      const statementShare = (after.statementMs - before.statementMs) / ROUNDS / intervalMs;
      console.info(
        `${_name}: ${((after.cpuMs - before.cpuMs) / ROUNDS).toFixed(0)} ms CPU, ${((after.statementMs - before.statementMs) / ROUNDS).toFixed(1)} ms in statements, every ${intervalMs / 1000} s`,
      );
      expect(cpuShare).toBeLessThan(MOST_LOAD);
      expect(statementShare).toBeLessThan(MOST_LOAD);
    },
  );

  it("writes nothing: no WAL record but the server's own, no transaction id, no counter of a table", async () => {
    const counters = `SELECT json_agg(t ORDER BY relid)::text AS value FROM (
      SELECT relid, seq_scan, idx_scan, n_tup_ins, n_tup_upd, n_tup_del, vacuum_count, analyze_count FROM pg_stat_user_tables) t`;
    const xid = 'SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS value';
    const before = [
      await one(xid),
      await one(counters),
      await one('SELECT pg_current_wal_insert_lsn()::text AS value'),
    ];
    for (const read of Object.values(PAGES)) await read();
    const after = [
      await one(xid),
      await one(counters),
      await one('SELECT pg_current_wal_insert_lsn()::text AS value'),
    ];
    expect(after.slice(0, 2)).toEqual(before.slice(0, 2));
    if (after[2] === before[2]) return;
    const { rows } = await observer.query<{ record: string }>(
      `SELECT resource_manager || '/' || record_type AS record FROM pg_get_wal_records_info($1::pg_lsn, $2::pg_lsn)`,
      [before[2], after[2]],
    );
    expect(
      rows.map((r) => r.record).filter((r) => !/^Standby\/RUNNING_XACTS|^XLOG\/CHECKPOINT/.test(r)),
    ).toEqual([]);
  });

  it('uses at most five connections, also while every page asks at once', async () => {
    let most = 0;
    const watch = { isOver: false };
    const watching = (async () => {
      while (!watch.isOver) most = Math.max(most, (await own()).length);
    })();
    await Promise.all(Object.values(PAGES).map((read) => read()));
    watch.isOver = true;
    await watching;
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(5);
  });
});

async function load(): Promise<{ cpuMs: number; statementMs: number }> {
  const pids = await own();
  return {
    cpuMs: pids.reduce((sum, pid) => sum + cpuMsOf(pid), 0),
    statementMs: Number(
      await one(
        `SELECT coalesce(sum(total_exec_time + total_plan_time), 0)::text AS value FROM pg_stat_statements s JOIN pg_roles r ON r.oid = s.userid WHERE rolname = '${ROLE.user}'`,
      ),
    ),
  };
}

/** User and system time that the backend has taken so far. */
function cpuMsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

async function own(): Promise<number[]> {
  const { rows } = await observer.query<{ pid: number }>(
    `SELECT pid FROM pg_stat_activity WHERE usename = '${ROLE.user}'`,
  );
  return rows.map((r) => r.pid);
}

async function one(sql: string): Promise<string> {
  return (await observer.query<{ value: string }>(sql)).rows[0]?.value ?? '';
}
