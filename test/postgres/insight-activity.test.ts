import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { useEngine } from '../support/insight.ts';
import { createDatabase, usePrivateServer } from '../support/postgres.ts';

const { engine, open } = useEngine();

describe.each([14, 18] as const)('activity on PostgreSQL %i', (major) => {
  const server = usePrivateServer({ major, settings: { max_prepared_transactions: '5' } });

  it('shows who waits for whom, who sleeps in a transaction, and how to end it', async () => {
    const database = await createDatabase(
      await server.get(),
      'CREATE TABLE t (id int PRIMARY KEY, n int); INSERT INTO t VALUES (1, 0), (2, 0)',
    );
    const connect = async (name: string): Promise<pg.Client> => {
      const client = new pg.Client({ connectionString: database.url, application_name: name });
      client.on('error', () => undefined);
      await client.connect();
      return client;
    };
    const [root, middle, last, other] = await Promise.all(['root', 'middle', 'last', 'other'].map(connect));
    if (!root || !middle || !last || !other) throw new Error('not connected');
    const waiting: Promise<unknown>[] = [];
    try {
      await root.query('BEGIN; UPDATE t SET n = 1 WHERE id = 1');
      await middle.query('BEGIN; UPDATE t SET n = 1 WHERE id = 2');
      waiting.push(middle.query('UPDATE t SET n = 2 WHERE id = 1').catch(() => undefined));
      waiting.push(last.query('UPDATE t SET n = 3 WHERE id = 2').catch(() => undefined));
      await other.query("BEGIN; INSERT INTO t VALUES (3, 0); PREPARE TRANSACTION 'left over'");
      const blocked =
        'SELECT count(*)::int AS n FROM pg_stat_activity WHERE cardinality(pg_blocking_pids(pid)) > 0';
      await expect.poll(async () => (await database.query<{ n: number }>(blocked))[0]?.n).toBe(2);

      const connectionId = await open(database.url);
      const { data } = await engine.insight.activity.overview({ connectionId, maxAgeMs: 0 }, {});
      const pid = async (name: string): Promise<number> =>
        Number(
          (
            await database.query<{ pid: number }>(
              'SELECT pid FROM pg_stat_activity WHERE application_name = $1',
              [name],
            )
          )[0]?.pid,
        );
      expect(data.trees.map((row) => [row.depth, row.pid, row.waiters])).toEqual([
        [0, await pid('root'), 2],
        [1, await pid('middle'), 1],
        [2, await pid('last'), 0],
      ]);
      const truth = await database.query<{ state: string; n: number }>(
        `SELECT state, count(*)::int AS n FROM pg_stat_activity
         WHERE backend_type = 'client backend' AND application_name IN ('root', 'middle', 'last', 'other') GROUP BY 1`,
      );
      for (const { state, n } of truth)
        expect([state, data.connections.byState.find((s) => s.state === state)?.count]).toEqual([state, n]);
      expect(data.idleInTransaction).toBe(1);
      expect(data.connections.max).toBe(
        Number(
          (await database.query<{ max: string }>("SELECT current_setting('max_connections') AS max"))[0]?.max,
        ),
      );
      expect(data.prepared.map((p) => p.gid)).toEqual(['left over']);
      expect(data.sessions.filter((s) => s.isOwn)).toHaveLength(1);

      const session = data.sessions.find((s) => s.application === 'root');
      if (!session) throw new Error('no root');
      const { fixes } = await engine.insight.activity.sessionFixes(
        { connectionId, pid: session.pid, backendStartedAt: session.backendStartedAt },
        {},
      );
      // The start is checked too: the same pid with another start is somebody else.
      const terminate = fixes.at(-1)?.sql[0] ?? '';
      expect(terminate).toContain('backend_start');
      await database.query(terminate.replace(/'\d{4}-[^']*'/, "'2001-01-01 00:00:00+00'"));
      expect(await pid('root')).toBe(session.pid);
      await database.query(terminate);
      await Promise.all(waiting.slice(0, 1));
      await expect.poll(async () => Number.isNaN(await pid('root'))).toBe(true);
      await middle.query('ROLLBACK');
      await Promise.all(waiting);
      const prepared = await engine.insight.activity.preparedFixes({ connectionId, gid: 'left over' }, {});
      await database.query(prepared.fixes[0]?.sql[0] ?? '');
      expect(await database.query('SELECT 1 FROM pg_prepared_xacts')).toEqual([]);
      const after = await engine.insight.activity.overview({ connectionId, maxAgeMs: 0 }, {});
      expect(after.data.trees).toEqual([]);
    } finally {
      await Promise.all([root, middle, last, other].map((client) => client.end().catch(() => undefined)));
      await database.query("ROLLBACK PREPARED 'left over'").catch(() => undefined);
    }
  });
});
