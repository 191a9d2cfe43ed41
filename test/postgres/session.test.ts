import { beforeAll, describe, expect, it } from 'vitest';
import { failure, one, useSessions } from '../faults/sessions.ts';
import { query, urlOf } from '../support/postgres.ts';
import type { EmbeddedPostgres } from '#engine/embedded/server.ts';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';

const sessions = useSessions();
const { openSession, ourBackends } = sessions;
let server: EmbeddedPostgres;
let admin: string;

beforeAll(async () => {
  server = await sessions.server();
  admin = await sessions.admin();
  await query(admin, 'CREATE TABLE facts (id int PRIMARY KEY)');
  await query(admin, 'INSERT INTO facts SELECT generate_series(1, 3)');
  await query(admin, `CREATE ROLE plain LOGIN PASSWORD 'pw'`);
}, 60_000);

describe('a read', () => {
  it('cannot write', async () => {
    const session = await openSession();
    for (const sql of [
      'INSERT INTO public.facts VALUES (9)',
      'CREATE TABLE public.x ()',
      'DELETE FROM public.facts',
      "SELECT nextval('public.s')",
    ]) {
      const error = await failure(session.read('test', (t) => t.rows(sql)));
      expect([sql, error.code]).toEqual([sql, 'QUERY_FAILED']);
      if (!sql.includes('nextval')) expect(error.sqlState).toBe('25006');
    }
    expect(await one(session, 'SELECT count(*) FROM public.facts')).toBe(3);
  });

  it('runs under the limits and formats that collectors rely on, whatever the role brings along', async () => {
    await query(admin, `ALTER ROLE plain SET search_path = evil, public`);
    await query(admin, `ALTER ROLE plain SET quote_all_identifiers = on`);
    await query(admin, `ALTER ROLE plain SET DateStyle = 'German'`);
    await query(admin, `ALTER ROLE plain SET default_transaction_read_only = off`);
    await query(admin, `ALTER ROLE plain SET statement_timeout = 0`);
    const session = await openSession(urlOf(server, 'postgres', { user: 'plain', password: 'pw' }));
    const names = [
      'transaction_read_only',
      'transaction_isolation',
      'search_path',
      'statement_timeout',
      'lock_timeout',
      'idle_in_transaction_session_timeout',
      'max_parallel_workers_per_gather',
      'jit',
      'client_encoding',
      'DateStyle',
      'TimeZone',
      'bytea_output',
      'default_transaction_read_only',
      'standard_conforming_strings',
      'quote_all_identifiers',
      'application_name',
    ];
    const rows = await session.read(
      'settings',
      (t) => t.rows('SELECT name, current_setting(name) FROM unnest($1::text[]) AS name', [names]),
      { statementTimeoutMs: 7_000, lockTimeoutMs: 250 },
    );
    expect(Object.fromEntries(rows)).toEqual({
      transaction_read_only: 'on',
      transaction_isolation: 'repeatable read',
      search_path: '""',
      statement_timeout: '7s',
      lock_timeout: '250ms',
      idle_in_transaction_session_timeout: '15s',
      max_parallel_workers_per_gather: '0',
      jit: 'off',
      client_encoding: 'UTF8',
      DateStyle: 'ISO, DMY',
      TimeZone: 'UTC',
      bytea_output: 'hex',
      default_transaction_read_only: 'on',
      standard_conforming_strings: 'on',
      quote_all_identifiers: 'off',
      application_name: 'pgvitals/collector',
    });
  });

  it('says in pg_stat_activity what it is for, and leaves the session idle, without a transaction', async () => {
    const session = await openSession();
    const running = session.read('tables */ oops', (t) => t.rows('SELECT pg_sleep(0.3)'));
    await delay(150);
    const [busy] = await ourBackends();
    expect(busy).toMatchObject({ application_name: 'pgvitals/collector', state: 'active' });
    expect(busy?.query).toBe('/* pgvitals:tables __ oops */ SELECT pg_sleep(0.3)');
    await running;
    expect(await ourBackends()).toMatchObject([{ state: 'idle' }]);
  });

  it('sees one moment throughout', async () => {
    const session = await openSession();
    const counts = await session.read('test', async (t) => {
      const before = (await t.rows('SELECT count(*) FROM public.facts'))[0]?.[0];
      await query(admin, 'INSERT INTO facts VALUES (1000)');
      return [before, (await t.rows('SELECT count(*) FROM public.facts'))[0]?.[0]];
    });
    await query(admin, 'DELETE FROM facts WHERE id = 1000');
    expect(counts).toEqual([3, 3]);
  });

  it('of a large catalog writes no temporary file', async () => {
    const files = async (): Promise<unknown> => {
      // Sessions hand in their counters after a second at the latest.
      await delay(1_200);
      const [row] = await query<{ files: string }>(
        admin,
        'SELECT temp_files AS files FROM pg_stat_database WHERE datname = current_database()',
      );
      return row?.files;
    };
    const session = await openSession();
    const before = await files();
    // As a plain session it takes 10 MB of the 4 MB there are.
    const sorted = `SELECT count(*) FROM (
      SELECT pg_catalog.repeat('x', 100) || g FROM pg_catalog.generate_series(1, 60000) g ORDER BY 1) t`;
    expect(Number(await one(session, sorted))).toBe(60_000);
    expect(await files()).toBe(before);
    await query(admin, sorted);
    expect(await files()).not.toBe(before);
  });

  it('waits its turn', async () => {
    const session = await openSession();
    const order: string[] = [];
    await Promise.all(
      ['a', 'b', 'c'].map((name) =>
        session.read(name, async (t) => {
          order.push(`${name} begins`);
          await t.rows('SELECT pg_sleep(0.02)');
          order.push(`${name} ends`);
        }),
      ),
    );
    expect(order).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  });

  it('reads LATIN1 databases, and 100,000 rows', async () => {
    await query(admin, `CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0`);
    await query(urlOf(server, 'latin'), 'CREATE TABLE "gr\u00fc\u00dfe" ()');
    const session = await openSession(urlOf(server, 'latin'));
    expect(await one(session, `SELECT relname FROM pg_class WHERE relkind = 'r' AND oid >= 16384`)).toBe(
      'grüße',
    );
    const rows = await session.read('rows', (t) =>
      t.rows('SELECT i, repeat($1, 50) FROM generate_series(1, 100000) AS i', ['x']),
    );
    expect(rows).toHaveLength(100_000);
  });
});

describe('a statement that fails', () => {
  it('says why, and leaves the session usable', async () => {
    const session = await openSession(urlOf(server, 'postgres', { user: 'plain', password: 'pw' }));
    const read = (sql: string, options = {}) => failure(session.read('test', (t) => t.rows(sql), options));
    expect(await read('SELECT pg_sleep(5)', { statementTimeoutMs: 100 })).toMatchObject({
      code: 'STATEMENT_TIMEOUT',
      sqlState: '57014',
    });
    expect(await read('SELECT * FROM public.facts')).toMatchObject({
      code: 'PERMISSION_DENIED',
      sqlState: '42501',
    });
    expect(await read('SELECT 1/0')).toMatchObject({ code: 'QUERY_FAILED', sqlState: '22012' });
    expect(await read('SELEC')).toMatchObject({ code: 'QUERY_FAILED', sqlState: '42601' });
    expect(await one(session, 'SELECT 1')).toBe(1);
    expect(session.isLost).toBe(false);
  });

  it('gives up on a lock after its own time', async () => {
    const session = await openSession();
    const blocker = new pg.Client(admin);
    await blocker.connect();
    await blocker.query('BEGIN; LOCK TABLE facts IN ACCESS EXCLUSIVE MODE');
    const startedMs = performance.now();
    const error = await failure(session.read('test', (t) => t.rows('SELECT * FROM public.facts')));
    expect(error).toMatchObject({ code: 'LOCK_TIMEOUT', sqlState: '55P03' });
    expect(performance.now() - startedMs).toBeLessThan(1_500);
    await blocker.end();
    expect(await one(session, 'SELECT count(*) FROM public.facts')).toBe(3);
  });

  it('that somebody cancelled on the server is no timeout', async () => {
    const session = await openSession();
    const running = failure(session.read('test', (t) => t.rows('SELECT pg_sleep(5)')));
    await delay(100);
    await query(
      admin,
      `SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name = 'pgvitals/collector'`,
    );
    expect(await running).toMatchObject({ code: 'QUERY_FAILED', sqlState: '57014' });
    expect(await one(session, 'SELECT 1')).toBe(1);
  });

  it('leaves an error of the work itself as it is', async () => {
    const session = await openSession();
    const mistake = new RangeError('mine');
    await expect(session.read('test', () => Promise.reject(mistake))).rejects.toBe(mistake);
    expect(await one(session, 'SELECT 1')).toBe(1);
  });
});

describe('cancelling', () => {
  it('ends the statement on the server within a second, over one more connection that goes again', async () => {
    const session = await openSession();
    const controller = new AbortController();
    const running = failure(
      session.read('test', (t) => t.rows('SELECT pg_sleep(30)'), { signal: controller.signal }),
    );
    await delay(200);
    let most = 0;
    const sampling = (async () => {
      for (let index = 0; index < 20; index += 1) most = Math.max(most, (await ourBackends()).length);
    })();
    const startedMs = performance.now();
    controller.abort();
    expect(await running).toMatchObject({ code: 'CANCELLED' });
    expect(performance.now() - startedMs).toBeLessThan(1_500);
    await sampling;
    expect(most).toBeLessThanOrEqual(2);
    expect(await ourBackends()).toMatchObject([{ application_name: 'pgvitals/collector', state: 'idle' }]);
    expect(await one(session, 'SELECT 1')).toBe(1);
  });

  it('works without a free slot for the second connection', async () => {
    await query(admin, `CREATE ROLE single LOGIN PASSWORD 'pw' CONNECTION LIMIT 1`);
    const session = await openSession(urlOf(server, 'postgres', { user: 'single', password: 'pw' }));
    const controller = new AbortController();
    const running = failure(
      session.read('test', (t) => t.rows('SELECT pg_sleep(30)'), { signal: controller.signal }),
    );
    await delay(200);
    controller.abort();
    expect(await running).toMatchObject({ code: 'CANCELLED' });
    expect(await one(session, 'SELECT 1')).toBe(1);
  });

  it('lets the queue go at once, and skips what never began', async () => {
    const session = await openSession();
    const controller = new AbortController();
    let hasBegun = false;
    const first = session.read('first', (t) => t.rows('SELECT pg_sleep(0.5)'));
    const second = failure(
      session.read(
        'second',
        async () => {
          hasBegun = true;
        },
        { signal: controller.signal },
      ),
    );
    await delay(50);
    const startedMs = performance.now();
    controller.abort();
    expect(await second).toMatchObject({ code: 'CANCELLED' });
    expect(performance.now() - startedMs).toBeLessThan(100);
    await first;
    expect(await one(session, 'SELECT 1')).toBe(1);
    expect(hasBegun).toBe(false);
  });

  it('between two statements stops before the next', async () => {
    const session = await openSession();
    const controller = new AbortController();
    const error = await failure(
      session.read(
        'test',
        async (t) => {
          await t.rows('SELECT 1');
          controller.abort();
          return t.rows('SELECT 2');
        },
        { signal: controller.signal },
      ),
    );
    expect(error.code).toBe('CANCELLED');
    expect(await ourBackends()).toMatchObject([{ state: 'idle' }]);
  });

  it('that came first never reaches the server', async () => {
    const session = await openSession();
    expect(
      await failure(session.read('test', (t) => t.rows('SELECT 1'), { signal: AbortSignal.abort() })),
    ).toMatchObject({ code: 'CANCELLED' });
  });

  it('by closing the session ends what runs', async () => {
    const session = await openSession();
    const running = failure(session.read('test', (t) => t.rows('SELECT pg_sleep(30)')));
    await delay(150);
    const startedMs = performance.now();
    await session.close();
    expect(performance.now() - startedMs).toBeLessThan(1_500);
    expect((await running).code).toBe('NOT_CONNECTED');
    expect((await failure(session.read('test', (t) => t.rows('SELECT 1')))).code).toBe('NOT_CONNECTED');
    await expect.poll(ourBackends).toEqual([]);
    await session.close();
  });
});
