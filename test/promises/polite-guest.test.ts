import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import pg from 'pg';
import { type DemoHandle, startDemo } from '#engine/demo/start.ts';
import { auditUrl } from '../support/audit.ts';

/** Promise 1: reading never writes, never resets statistics, holds only ACCESS SHARE locks, and stays small. */
let demo: DemoHandle;
let observer: pg.Client;

beforeAll(async () => {
  demo = await startDemo({});
  observer = new pg.Client({ connectionString: demo.url, application_name: 'observer' });
  await observer.connect();
  // Reading may prune catalog pages that DDL left untidy, as any SELECT may: start from a tidy catalog.
  await observer.query(
    'VACUUM (ANALYZE) pg_catalog.pg_class, pg_catalog.pg_attribute, pg_catalog.pg_index, pg_catalog.pg_constraint, pg_catalog.pg_depend, pg_catalog.pg_statistic, pg_catalog.pg_type, pg_catalog.pg_proc, pg_catalog.pg_sequence, pg_catalog.pg_trigger, pg_catalog.pg_rewrite',
  );
  await observer.query('CREATE EXTENSION IF NOT EXISTS pg_walinspect');
  await auditUrl(demo.url);
  await observer.query('CHECKPOINT');
});

afterAll(async () => {
  await observer?.end();
  await demo?.stop();
});

const one = async <T>(sql: string): Promise<T> =>
  (await observer.query<{ value: T }>(sql)).rows[0]?.value as T;

describe('an audit', () => {
  it("writes nothing: no WAL record but the server's own, no transaction id", async () => {
    const before = await one<string>('SELECT pg_current_wal_insert_lsn()::text AS value');
    const xidBefore = await one<string>('SELECT txid_snapshot_xmax(txid_current_snapshot())::text AS value');
    await auditUrl(demo.url);
    const xidAfter = await one<string>('SELECT txid_snapshot_xmax(txid_current_snapshot())::text AS value');
    const after = await one<string>('SELECT pg_current_wal_insert_lsn()::text AS value');
    expect(xidAfter).toBe(xidBefore);
    if (after === before) return;
    const { rows } = await observer.query<{ record: string }>(
      `SELECT resource_manager || '/' || record_type AS record FROM pg_get_wal_records_info($1::pg_lsn, $2::pg_lsn)`,
      [before, after],
    );
    // The background writer and the checkpointer log what they do, whoever is connected.
    expect(
      rows.map((r) => r.record).filter((r) => !/^Standby\/RUNNING_XACTS|^XLOG\/CHECKPOINT/.test(r)),
    ).toEqual([]);
  });

  it('resets no statistics, and does not touch the counters of user tables and indexes', async () => {
    const counters = `
      SELECT json_build_object(
        'database', (SELECT stats_reset FROM pg_stat_database WHERE datname = current_database()),
        'statements', (SELECT stats_reset FROM pg_stat_statements_info),
        'bgwriter', (SELECT stats_reset FROM pg_stat_bgwriter),
        'tables', (SELECT json_agg(t ORDER BY relid) FROM (SELECT relid, seq_scan, idx_scan, n_tup_ins, n_tup_upd, n_tup_del, n_dead_tup, vacuum_count FROM pg_stat_user_tables) t),
        'indexes', (SELECT json_agg(i ORDER BY indexrelid) FROM (SELECT indexrelid, idx_scan FROM pg_stat_user_indexes) i))::text AS value`;
    const before = await one<string>(counters);
    await auditUrl(demo.url);
    expect(await one<string>(counters)).toBe(before);
  });

  it('takes no lock but ACCESS SHARE (sequences: ROW EXCLUSIVE), over at most two connections', async () => {
    const modes = new Set<string>();
    let connections = 0;
    let isRunning = true;
    const watch = (async () => {
      while (isRunning) {
        const { rows } = await observer.query<{ mode: string; kind: string | null; backends: number }>(
          `WITH own AS (SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'pgvitals%')
           SELECT l.mode, c.relkind AS kind, (SELECT count(*)::int FROM own) AS backends
             FROM own LEFT JOIN pg_locks l ON l.pid = own.pid AND l.locktype = 'relation' LEFT JOIN pg_class c ON c.oid = l.relation`,
        );
        for (const row of rows) {
          connections = Math.max(connections, row.backends);
          if (row.mode) modes.add(`${row.mode} on ${row.kind === 'S' ? 'sequence' : 'relation'}`);
        }
      }
    })();
    for (let round = 0; round < 5; round += 1) await auditUrl(demo.url);
    isRunning = false;
    await watch;
    expect(connections).toBeGreaterThan(0);
    expect(connections).toBeLessThanOrEqual(2);
    expect(
      [...modes].filter(
        (m) =>
          m !== 'AccessShareLock on relation' &&
          m !== 'RowExclusiveLock on sequence' &&
          m !== 'AccessShareLock on sequence',
      ),
    ).toEqual([]);
    expect(modes).toContain('AccessShareLock on relation');
  });

  it('waits for a table under ACCESS EXCLUSIVE no longer than its timeout, and says what it could not check', async () => {
    const startedMs = performance.now();
    const free = await auditUrl(demo.url);
    const freeMs = performance.now() - startedMs;
    const blocker = new pg.Client({ connectionString: demo.url });
    await blocker.connect();
    try {
      await blocker.query('BEGIN; LOCK TABLE public.channels IN ACCESS EXCLUSIVE MODE');
      const lockedAtMs = performance.now();
      const { audit, snapshot } = await auditUrl(demo.url);
      const lockedMs = performance.now() - lockedAtMs;
      expect(lockedMs).toBeLessThan(freeMs + 2_000);
      const locks = snapshot.unread.filter((u) => u.cause === 'lock');
      expect(locks.length).toBeGreaterThan(0);
      expect(audit.coverage.run).toBeLessThan(free.audit.coverage.run);
      expect(audit.coverage.skipped.some((s) => /lock/i.test(s.reason))).toBe(true);
    } finally {
      await blocker.end();
    }
  });

  it('leaves no session behind, even when it is cancelled half-way', async () => {
    const stop = new AbortController();
    let steps = 0;
    const run = auditUrl(demo.url, {
      signal: stop.signal,
      onEvent: () => {
        steps += 1;
        if (steps === 4) stop.abort();
      },
    });
    const { audit } = await run;
    expect(audit.isComplete).toBe(false);
    expect(audit.interruption).toBeTruthy();
    await expect
      .poll(
        () =>
          one<number>(
            "SELECT count(*)::int AS value FROM pg_stat_activity WHERE application_name LIKE 'pgvitals%'",
          ),
        { timeout: 5_000 },
      )
      .toBe(0);
  });

  it('keeps what it has when its backend is terminated, and says that the rest is missing', async () => {
    let steps = 0;
    const killed: Promise<unknown>[] = [];
    const { audit, snapshot } = await auditUrl(demo.url, {
      onEvent: () => {
        steps += 1;
        if (steps === 4)
          killed.push(
            observer.query(
              "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'pgvitals%'",
            ),
          );
      },
    });
    await Promise.all(killed);
    expect(snapshot.unread.some((u) => u.cause === 'connection')).toBe(true);
    expect(audit.isComplete).toBe(false);
    expect(audit.coverage.skipped.length).toBeGreaterThan(0);
  });
});
