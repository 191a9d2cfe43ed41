import { describe, expect, it } from 'vitest';
import { holdSessions } from '../support/held-sessions.ts';
import { useEngine } from '../support/insight.ts';
import { createDatabase, usePrivateServer } from '../support/postgres.ts';

const { engine, open } = useEngine();

/** Between two looks at the same session. */
const MOST_APART_MS = 3_000;

interface Truth {
  readonly pid: number;
  readonly database: string | null;
  readonly role: string | null;
  readonly application: string;
  readonly client: string | null;
  readonly type: string;
  readonly state: string | null;
  readonly wait: string | null;
  readonly xact: number | null;
  readonly query_age: number | null;
  readonly state_age: number | null;
  readonly query: string;
  readonly blockers: number[];
  readonly mode: string | null;
  readonly relation: string | null;
  readonly waits: number | null;
}

describe.each([14, 15, 16, 17, 18] as const)('every session on PostgreSQL %i', (major) => {
  const server = usePrivateServer({ major, settings: { max_prepared_transactions: '5' } });

  it('is as pg_stat_activity, pg_locks and pg_prepared_xacts have it', async () => {
    const database = await createDatabase(
      await server.get(),
      'CREATE SCHEMA shop; CREATE TABLE shop.orders (id int PRIMARY KEY); INSERT INTO shop.orders VALUES (1)',
    );
    await database.query("BEGIN; INSERT INTO shop.orders VALUES (2); PREPARE TRANSACTION 'left'");
    const held = await holdSessions(database.url, [
      ['BEGIN', 'LOCK TABLE shop.orders'],
      ['SELECT count(*) FROM shop.orders'],
      ['SELECT 1'],
      ['SELECT pg_sleep(600)'],
    ]).catch(async (error: unknown) => {
      await database.query("ROLLBACK PREPARED 'left'");
      throw error;
    });
    try {
      const truth = async () =>
        database.query<Truth & object>(
          `SELECT a.pid, a.datname AS database, a.usename AS role, a.application_name AS application, host(a.client_addr) AS client,
             a.backend_type AS type, a.state, a.wait_event_type || ': ' || a.wait_event AS wait,
             extract(epoch FROM now() - xact_start)::float8 * 1000 AS xact, extract(epoch FROM now() - query_start)::float8 * 1000 AS query_age,
             extract(epoch FROM now() - state_change)::float8 * 1000 AS state_age, a.query, pg_blocking_pids(a.pid) AS blockers,
             l.mode, l.relation::regclass::text AS relation,
             extract(epoch FROM now() - l.waitstart)::float8 * 1000 AS waits
           FROM pg_stat_activity a LEFT JOIN pg_locks l ON l.pid = a.pid AND NOT l.granted
           WHERE a.application_name LIKE 'fixture-%'`,
        );
      // One begins the prepared transaction's wait, one waits for it, one idles, one sleeps.
      await expect.poll(async () => (await truth()).filter((t) => t.blockers.length > 0).length).toBe(2);
      const connectionId = await open(database.url);
      const { data } = await engine.insight.activity.overview({ connectionId, maxAgeMs: 0 }, {});
      const near = (ours: number | null | undefined, theirs: number | null): void => {
        if (theirs === null) expect(ours).toBeNull();
        else expect(Math.abs((ours ?? Number.NaN) - theirs)).toBeLessThan(MOST_APART_MS);
      };
      const expected = await truth();
      expect(expected).toHaveLength(4);
      for (const t of expected) {
        const row = data.sessions.find((session) => session.pid === t.pid);
        expect(row).toMatchObject({
          database: t.database,
          role: t.role,
          application: t.application,
          client: t.client,
          type: t.type,
          state: t.state,
          wait: t.wait?.startsWith('Client') ? null : t.wait,
          query: t.query,
          blockedBy: t.blockers,
          isOwn: false,
          isClient: true,
        });
        near(row?.xactAgeMs, t.xact);
        near(row?.queryAgeMs, t.state === 'active' ? t.query_age : null);
        near(row?.stateAgeMs, t.state_age);
      }
      const waiting = expected.filter((t) => t.blockers.length > 0);
      for (const t of waiting) {
        const line = data.trees.find((row) => row.pid === t.pid);
        expect(line).toMatchObject({
          state: 'active',
          lockMode: t.mode,
          relation: t.relation,
          query: t.query,
        });
        near(line?.waitMs, t.waits);
      }
      // The root is the prepared transaction, which has no process.
      expect(data.trees.map((row) => [row.depth, row.pid, row.waiters])).toEqual([
        [0, 0, 2],
        ...waiting
          .toSorted((a, b) => a.blockers.length - b.blockers.length || a.pid - b.pid)
          .map((t, at) => [at + 1, t.pid, 1 - at]),
      ]);

      const [counts] = await database.query<
        Record<'total' | 'own' | 'long' | 'idlers' | 'max' | 'kept' | 'all', number>
      >(
        `SELECT count(*) FILTER (WHERE backend_type = 'client backend' AND application_name NOT LIKE 'pgvitals/%')::int AS total,
           count(*) FILTER (WHERE application_name LIKE 'pgvitals/%')::int AS own,
           count(*) FILTER (WHERE backend_type = 'client backend' AND now() - xact_start > '60 s')::int AS long,
           count(*) FILTER (WHERE state LIKE 'idle in transaction%')::int AS idlers,
           current_setting('max_connections')::int AS max, current_setting('superuser_reserved_connections')::int
             + coalesce(current_setting('reserved_connections', true)::int, 0) AS kept, count(*)::int AS all
         FROM pg_stat_activity`,
      );
      // The query that asks is a session more.
      expect(data.connections).toMatchObject({
        total: (counts?.total ?? 0) - 1,
        own: counts?.own,
        max: counts?.max,
        usable: (counts?.max ?? 0) - (counts?.kept ?? 0),
        reserved: counts?.kept,
      });
      expect(data.connections.byState.reduce((sum, entry) => sum + entry.count, 0)).toBe(
        data.connections.total,
      );
      expect(data.longTransactions).toBe(counts?.long);
      expect(data.idleInTransaction).toBe(counts?.idlers);
      expect(data.sessionCount).toBe((counts?.all ?? 0) - 1);

      const [prepared] = await database.query<{
        gid: string;
        owner: string;
        database: string;
        age: number;
        xids: number;
      }>(
        `SELECT gid, owner, database, extract(epoch FROM now() - prepared)::float8 * 1000 AS age, age(transaction) AS xids FROM pg_prepared_xacts`,
      );
      expect(data.prepared).toHaveLength(1);
      expect(data.prepared[0]).toMatchObject({
        gid: prepared?.gid,
        owner: prepared?.owner,
        database: prepared?.database,
        xidAge: prepared?.xids,
      });
      near(data.prepared[0]?.ageMs, prepared?.age ?? null);
    } finally {
      await database.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'fixture-%'",
      );
      await held.release();
      await database.query("ROLLBACK PREPARED 'left'");
    }
  });
});
