import { beforeAll, describe, expect, it } from 'vitest';
import { failure, one, useSessions } from '../faults/sessions.ts';
import { int32, message } from '../faults/fake-server.ts';
import type { EmbeddedPostgres } from '#engine/embedded/server.ts';
import { EngineError } from '#engine/errors.ts';
import type { ReadSession } from '#engine/postgres/read-session.ts';
import { setTimeout as delay } from 'node:timers/promises';
import { query } from '../support/postgres.ts';
import { startProxy } from '../faults/proxy.ts';

const sessions = useSessions();
const { openSession } = sessions;
let server: EmbeddedPostgres;
let admin: string;

beforeAll(async () => {
  server = await sessions.server();
  admin = await sessions.admin();
}, 60_000);

const readTwice = (session: ReadSession): Promise<unknown> =>
  session.read(
    'test',
    async (t) => {
      await t.rows('SELECT i, i::text FROM generate_series(1, 3) AS i');
      await t.rows('SELECT 2');
    },
    { statementTimeoutMs: 200 },
  );

describe('a connection that goes', () => {
  const terminate = () =>
    query(
      admin,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'pgvitals/collector'`,
    );

  it('while a statement runs is CONNECTION_LOST, for the next reads as well', async () => {
    const session = await openSession();
    const running = failure(session.read('test', (t) => t.rows('SELECT pg_sleep(30)')));
    const queued = failure(session.read('test', (t) => t.rows('SELECT 1')));
    await delay(150);
    await terminate();
    expect(await running).toMatchObject({ code: 'CONNECTION_LOST', sqlState: '57P01' });
    expect((await queued).code).toBe('CONNECTION_LOST');
    expect(session.isLost).toBe(true);
    expect((await failure(session.read('test', (t) => t.rows('SELECT 1')))).code).toBe('CONNECTION_LOST');
  });

  it('while it is idle is found out by the next read, and nothing is thrown meanwhile', async () => {
    const session = await openSession();
    await terminate();
    await expect.poll(() => session.isLost).toBe(true);
    expect((await failure(session.read('test', (t) => t.rows('SELECT 1')))).code).toBe('CONNECTION_LOST');
  });

  it('between two statements of one read', async () => {
    const session = await openSession();
    const error = await failure(
      session.read('test', async (t) => {
        await t.rows('SELECT 1');
        await terminate();
        await delay(100);
        return t.rows('SELECT 2');
      }),
    );
    expect(error.code).toBe('CONNECTION_LOST');
  });

  it('by RST', async () => {
    const proxy = await startProxy(server.port);
    const session = await openSession(admin.replace(`:${server.port}/`, `:${proxy.port}/`));
    const running = failure(session.read('test', (t) => t.rows('SELECT pg_sleep(3)')));
    await delay(100);
    proxy.reset();
    expect((await running).code).toBe('CONNECTION_LOST');
    await proxy.close();
  });

  it('into a black hole is noticed five seconds after the time limit of the statement', async () => {
    const proxy = await startProxy(server.port);
    const session = await openSession(admin.replace(`:${server.port}/`, `:${proxy.port}/`));
    const running = failure(
      session.read(
        'test',
        async (t) => {
          await t.rows('SELECT 1');
          proxy.stall();
          return t.rows('SELECT 2');
        },
        { statementTimeoutMs: 300 },
      ),
    );
    const startedMs = performance.now();
    expect((await running).code).toBe('CONNECTION_LOST');
    expect(performance.now() - startedMs).toBeGreaterThan(4_500);
    expect(performance.now() - startedMs).toBeLessThan(7_000);
    await proxy.close();
  }, 15_000);

  it('into a black hole lets a cancelled caller go within about a second', async () => {
    const proxy = await startProxy(server.port);
    const session = await openSession(admin.replace(`:${server.port}/`, `:${proxy.port}/`));
    const controller = new AbortController();
    proxy.stall();
    const running = failure(
      session.read('test', (t) => t.rows('SELECT 1'), { signal: controller.signal, statementTimeoutMs: 300 }),
    );
    await delay(100);
    const startedMs = performance.now();
    controller.abort();
    expect((await running).code).toBe('CANCELLED');
    expect(performance.now() - startedMs).toBeLessThan(1_500);
    await proxy.close();
  }, 15_000);

  it.each([
    ['an unknown type', (chunk: Buffer) => message('!', chunk)],
    ['a length beyond all bounds', () => Buffer.from('T\xff\xff\xff\xff', 'latin1')],
    [
      'an error message without an end, at which the parser would turn for ever',
      () => message('E', Buffer.from('SERROR')),
    ],
    [
      'more columns than there are, at which the parser throws',
      () => message('T', Buffer.from([0x7f, 0xff])),
    ],
    ['a negative number of columns', () => message('D', Buffer.from([0xff, 0xff]))],
    ['an authentication request that does not exist', () => message('R', int32(99))],
    [
      'a row nobody asked for, behind the end',
      (chunk: Buffer) => Buffer.concat([chunk, message('D', Buffer.from([0, 0]))]),
    ],
  ])('because of %s', async (_, change) => {
    const proxy = await startProxy(server.port);
    const session = await openSession(admin.replace(`:${server.port}/`, `:${proxy.port}/`));
    proxy.corrupt(change);
    expect((await failure(readTwice(session))).code).toBe('CONNECTION_LOST');
    expect(session.isLost).toBe(true);
    await proxy.close();
  });

  it('because a byte was changed on the way: an error or an answer, never the end of the process', async () => {
    const outcomes = new Set<string>();
    for (let position = 0; position < 30; position += 3) {
      const proxy = await startProxy(server.port);
      const session = await openSession(admin.replace(`:${server.port}/`, `:${proxy.port}/`));
      proxy.corrupt((chunk) => {
        const changed = Buffer.from(chunk);
        const index = chunk.length - 1 - position;
        changed[index] = (changed[index] ?? 0) ^ 0x41;
        return changed;
      });
      outcomes.add(
        await readTwice(session).then(
          () => 'answer',
          (error: unknown) => (error instanceof EngineError ? error.code : String(error)),
        ),
      );
      await proxy.close();
    }
    expect(
      [...outcomes].filter((outcome) => !['answer', 'CONNECTION_LOST', 'QUERY_FAILED'].includes(outcome)),
    ).toEqual([]);
  }, 120_000);

  it('because the server crashed', async () => {
    const session = await openSession();
    const running = failure(session.read('test', (t) => t.rows('SELECT pg_sleep(30)')));
    await delay(100);
    await server.restart('immediate');
    expect((await running).code).toBe('CONNECTION_LOST');
    expect(await one(await openSession(), 'SELECT 1')).toBe(1);
  });
});
