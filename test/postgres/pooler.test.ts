import { HAS_PGBOUNCER, type PgBouncer, startPgBouncer } from '../faults/pgbouncer.ts';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { query, urlOf, usePrivateServer } from '../support/postgres.ts';
import type { EmbeddedPostgres } from '#engine/embedded/server.ts';
import { setTimeout as delay } from 'node:timers/promises';
import { openReadSession } from '#engine/postgres/session.ts';
import { openWriteSession } from '#engine/postgres/write-session.ts';
import { parseConnectionInput } from '#engine/postgres/url.ts';
import pg from 'pg';
import type { ActionRequest } from '#shared/model/plan-request.ts';
import { createBench } from '../support/plans.ts';

const shared = usePrivateServer();
let server: EmbeddedPostgres;
let bouncer: PgBouncer | null = null;

beforeAll(async () => {
  if (HAS_PGBOUNCER) server = await shared.get();
}, 60_000);
afterEach(async () => {
  await bouncer?.stop();
  bouncer = null;
});

async function through(mode: 'transaction' | 'session' | 'statement', extra?: string): Promise<string> {
  bouncer = await startPgBouncer(server, mode, extra);
  return urlOf(server, 'postgres').replace(`:${server.port}/`, `:${bouncer.port}/`);
}
const openSession = (url: string) => openReadSession(parseConnectionInput(url));

describe.skipIf(!HAS_PGBOUNCER)('PgBouncer in transaction mode', () => {
  it('is found even when it is quiet and always hands out the same backend', async () => {
    const session = await openSession(await through('transaction'));
    expect(session.capabilities.isPooled).toBe(true);
    await session.close();
  });

  it('is found with a single backend, and with others at work', async () => {
    const single = await openSession(await through('transaction', 'default_pool_size = 1'));
    expect(single.capabilities.isPooled).toBe(true);
    await single.close();
    await bouncer?.stop();
    const url = await through('transaction');
    const other = new pg.Client(url);
    await other.connect();
    let isOver = false;
    const busy = (async () => {
      while (!isOver) await other.query('BEGIN; SELECT pg_sleep(0.002); COMMIT');
    })();
    const session = await openSession(url);
    expect(session.capabilities.isPooled).toBe(true);
    isOver = true;
    await busy;
    await other.end();
    await session.close();
  });

  it('keeps our settings in every read, and none of them afterwards', async () => {
    const url = await through('transaction', 'default_pool_size = 2');
    const session = await openSession(url);
    const other = new pg.Client(url);
    await other.connect();
    for (let index = 0; index < 10; index += 1) {
      const [row] = await session.read('settings', (t) =>
        t.rows(
          `SELECT current_setting('transaction_read_only'), current_setting('lock_timeout'), current_setting('search_path'),
                  current_setting('TimeZone')`,
        ),
      );
      expect(row).toEqual(['on', '500ms', '""', 'UTC']);
      // Whoever gets the backend next must not notice that we were there.
      const { rows } = await other.query(
        `SELECT current_setting('default_transaction_read_only') AS ro, current_setting('lock_timeout') AS lock_timeout,
                current_setting('search_path') AS search_path`,
      );
      expect(rows).toEqual([{ ro: 'off', lock_timeout: '0', search_path: '"$user", public' }]);
    }
    await other.end();
    await session.close();
  });

  it('takes statements with values, and cancelling ends the statement on the server', async () => {
    const session = await openSession(await through('transaction'));
    expect(await session.read('values', (t) => t.rows('SELECT $1::int + 1', [41]))).toEqual([[42]]);
    const controller = new AbortController();
    const running = session.read('sleep', (t) => t.rows('SELECT pg_sleep(30)'), {
      signal: controller.signal,
    });
    running.catch(() => undefined);
    await delay(200);
    const startedMs = performance.now();
    controller.abort();
    await expect(running).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(performance.now() - startedMs).toBeLessThan(1_500);
    const active = await query(
      urlOf(server, 'postgres'),
      `SELECT query FROM pg_stat_activity WHERE state = 'active' AND query LIKE '/* pgvitals:sleep%'`,
    );
    expect(active).toEqual([]);
    expect(await session.read('again', (t) => t.rows('SELECT 1'))).toEqual([[1]]);
    await session.close();
  });

  it('and what it refuses is told in plain words', async () => {
    const url = await through('transaction');
    const wrong = url.replace(encodeURIComponent(server.password), 'wrong');
    await expect(openSession(wrong)).rejects.toMatchObject({ code: 'AUTH_FAILED' });
    await expect(openSession(url.replace(/\/postgres$/, '/no_such_db'))).rejects.toMatchObject({
      code: 'DATABASE_MISSING',
    });
    await expect(openSession(url.replace('postgres:', 'nobody:'))).rejects.toMatchObject({
      code: 'AUTH_FAILED',
    });
  });
});

describe.skipIf(!HAS_PGBOUNCER)('a change or a backup through PgBouncer', () => {
  it('is told before anything runs how to get past it, and refused', async () => {
    const direct = urlOf(server, 'postgres');
    await query(direct, 'CREATE TABLE pooled (id int); CREATE ROLE pooled_login LOGIN');
    const bench = createBench();
    try {
      const url = await through('transaction');
      const id = await bench.open(url, false);
      const [connection] = bench.engine.connections();
      expect(connection).toMatchObject({
        isPooled: true,
        directConnection: expect.stringContaining('own port'),
      });
      const [table] = await query<{ oid: number }>(direct, `SELECT 'pooled'::regclass::oid::int AS oid`);
      const oid = table?.oid ?? 0;
      // What needs a session of its own and what a pooler would let through: one rule for both.
      const changes: readonly ActionRequest[] = [
        { verb: 'vacuum', tables: [oid], mode: 'plain' },
        {
          verb: 'create-index',
          table: oid,
          columns: [{ name: 'id', isDescending: false }],
          include: [],
          isUnique: false,
        },
        { verb: 'server-setting', name: 'work_mem', value: '8MB' },
        { verb: 'rotate-password', role: 'pooled_login' },
      ];
      for (const action of changes) {
        const preview = await bench.preview(id, { kind: 'action', action });
        expect(preview.preflight, action.verb).toContainEqual({
          verdict: 'stop',
          text: expect.stringContaining('A pooler in transaction mode stands in between'),
          nextStep: connection?.directConnection,
        });
        await expect(bench.start(id, preview)).rejects.toMatchObject({ code: 'READ_ONLY' });
      }
      expect(bench.engine.plans.access(id).reason).toContain('own port');
      expect(() => bench.engine.plans.unlock(id)).toThrow(/pooler in transaction mode/);
      await expect(
        bench.engine.backups.create(id, {
          shape: 'default',
          scope: { kind: 'database' },
          locationId: null,
          comparesSource: false,
          note: '',
        }),
      ).rejects.toMatchObject({
        code: 'NEEDS_DIRECT_CONNECTION',
        nextStep: connection?.directConnection,
      });
      // The last lock: whoever gets past all that finds no session to write in.
      await expect(openWriteSession(parseConnectionInput(url), { jobId: 'ab' })).rejects.toMatchObject({
        code: 'NEEDS_DIRECT_CONNECTION',
      });
      expect(
        await query(direct, `SELECT last_vacuum FROM pg_stat_user_tables WHERE relname = 'pooled'`),
      ).toEqual([{ last_vacuum: null }]);
    } finally {
      await bench.engine.close();
      await query(direct, 'DROP TABLE pooled; DROP ROLE pooled_login');
    }
  });
});

describe.skipIf(!HAS_PGBOUNCER)('PgBouncer otherwise', () => {
  it('in session mode is no pooler to us, not even with a single backend', async () => {
    const session = await openSession(await through('session'));
    expect(session.capabilities.isPooled).toBe(false);
    await session.close();
    await bouncer?.stop();
    const single = await openSession(await through('session', 'default_pool_size = 1'));
    expect(single.capabilities.isPooled).toBe(false);
    expect(await single.read('still here', (t) => t.rows('SELECT 1'))).toEqual([[1]]);
    await single.close();
  }, 20_000);

  it('without a free place is TOO_MANY_CONNECTIONS', async () => {
    const url = await through('transaction', 'max_client_conn = 1');
    // The knock by which the start was noticed may still be counted.
    let other = new pg.Client(url);
    await expect
      .poll(() => {
        other = new pg.Client(url);
        return other.connect().then(
          () => 'let in',
          () => 'full',
        );
      })
      .toBe('let in');
    await expect(openSession(url)).rejects.toMatchObject({ code: 'TOO_MANY_CONNECTIONS' });
    await other.end();
  });

  it('in statement mode cannot be used, and says so', async () => {
    await expect(openSession(await through('statement'))).rejects.toMatchObject({
      code: 'CONNECTION_REFUSED',
      message: expect.stringContaining('statement mode'),
    });
  });

  it('a direct connection is not pooled', async () => {
    const session = await openSession(urlOf(server, 'postgres'));
    expect(session.capabilities.isPooled).toBe(false);
    await session.close();
  });
});
