import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ConnectionSummary } from '#shared/model/connection.ts';
import type { FactName } from '#shared/model/facts.ts';
import { freePort } from '#engine/embedded/server.ts';
import { LiveFacts } from '#engine/insight/live-facts.ts';
import { OpenDatabase } from '#engine/open-database.ts';
import type { ReadSession } from '#engine/postgres/read-session.ts';
import { readServerIdentity } from '#engine/postgres/server-identity.ts';
import { openReadSession } from '#engine/postgres/session.ts';
import { parseConnectionInput } from '#engine/postgres/url.ts';
import { createDatabase, type TestDatabase, useServer } from '../support/postgres.ts';

const server = useServer(17);
const NOTHING = { snapshot: { facts: {} } };
const NEEDS: readonly FactName[] = ['tables', 'settings'];
let database: TestDatabase;
let session: ReadSession;

beforeAll(async () => {
  database = await createDatabase(await server.get(), 'CREATE TABLE a (id int); CREATE TABLE b (id int)');
  session = await openReadSession(parseConnectionInput(database.url), {});
});
afterAll(async () => {
  await session?.close();
  await database?.drop();
});

const SUMMARY: ConnectionSummary = {
  id: 'c1',
  name: 'test',
  host: '127.0.0.1',
  port: 5432,
  database: 'd',
  role: 'postgres',
  version: '17.0',
  versionNum: 170000,
  isStandby: false,
  isPooled: false,
  directConnection: null,
  usesTls: false,
  provider: 'self-managed',
  isDemo: false,
  profileId: null,
  environment: null,
};

/** Counts the readings of the database. */
function watched(): { facts: LiveFacts; readings: () => number } {
  let readings = 0;
  const facts = new LiveFacts({
    withSession: async (work) => {
      readings += 1;
      return work(session);
    },
    toolVersion: 'test',
    ownPasswordIsDefault: false,
  });
  return { facts, readings: () => readings };
}

const names = (view: { snapshot: { facts: { tables?: readonly { name: string }[] } } }): string[] =>
  (view.snapshot.facts.tables ?? []).map((t) => t.name).sort();

describe('LiveFacts', () => {
  it('reads once what several ask for at the same time, and hands out the same object', async () => {
    const { facts, readings } = watched();
    const views = await Promise.all([facts.view(NEEDS), facts.view(NEEDS), facts.view(['tables'])]);
    expect(readings()).toBe(1);
    expect(views[0]?.snapshot).toBe(views[1]?.snapshot);
    expect(views.map(names)).toEqual([
      ['a', 'b'],
      ['a', 'b'],
      ['a', 'b'],
    ]);
  });

  it('reads only what is older than asked, and leaves the other facts and their views alone', async () => {
    const { facts, readings } = watched();
    const settings = await facts.view(['settings']);
    const before = await facts.view(['tables']);
    await database.query('CREATE TABLE c (id int)');
    try {
      expect(names(await facts.view(['tables'], { maxAgeMs: 60_000 }))).toEqual(['a', 'b']);
      expect(readings()).toBe(2);
      const after = await facts.view(['tables'], { maxAgeMs: 0 });
      expect(names(after)).toEqual(['a', 'b', 'c']);
      expect(after.snapshot).not.toBe(before.snapshot);
      expect(Date.parse(after.snapshot.collectedAt)).toBeGreaterThan(Date.parse(before.snapshot.collectedAt));
      expect((await facts.view(['settings'])).snapshot).toBe(settings.snapshot);
    } finally {
      await database.query('DROP TABLE c');
    }
  });

  it('says how old the oldest of its facts is', async () => {
    const { facts } = watched();
    await facts.view(['settings']);
    await new Promise((resolve) => setTimeout(resolve, 120));
    const both = await facts.view(NEEDS);
    expect(both.ageMs).toBeGreaterThanOrEqual(119);
    expect((await facts.view(['tables'])).ageMs).toBeLessThan(both.ageMs);
  });

  it('keeps what it had when a reading is cancelled, and does not stop the next one', async () => {
    const { facts } = watched();
    await facts.view(NEEDS);
    const stop = new AbortController();
    const cancelled = facts.view(NEEDS, { maxAgeMs: 0, signal: stop.signal });
    stop.abort();
    await expect(cancelled).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(names(await facts.view(NEEDS))).toEqual(['a', 'b']);
    expect(names(await facts.view(NEEDS, { maxAgeMs: 0 }))).toEqual(['a', 'b']);
  });

  it('tells all who wait that there is no link, after one try', async () => {
    let tries = 0;
    const url = new URL(database.url);
    url.port = String(await freePort());
    const facts = new LiveFacts({
      withSession: async (work) => {
        tries += 1;
        const session = await openReadSession(parseConnectionInput(tries > 1 ? database.url : url.href), {});
        try {
          return await work(session);
        } finally {
          await session.close();
        }
      },
      toolVersion: 'test',
      ownPasswordIsDefault: false,
    });
    const waiting = [facts.view(NEEDS), facts.view(['server']), facts.view(['tables'])];
    for (const { status } of await Promise.allSettled(waiting)) expect(status).toBe('rejected');
    expect(tries).toBe(1);
    // Who asks after that tries anew.
    expect(names(await facts.view(NEEDS))).toEqual(['a', 'b']);
  });

  it('forgets that something could not be read once it can be', async () => {
    const { facts } = watched();
    const without = await facts.view(['statements']);
    expect(without.snapshot.unread).toMatchObject([{ fact: 'statements', cause: 'extension' }]);
    // Other facts are not blamed for it.
    expect((await facts.view(['tables'])).snapshot.unread).toEqual([]);
    await database.query('CREATE EXTENSION pg_stat_statements');
    // What is installed is asked once per connection.
    await session.close();
    session = await openReadSession(parseConnectionInput(database.url), {});
    const withIt = await facts.view(['statements'], { maxAgeMs: 0 });
    expect(withIt.snapshot.unread).toEqual([]);
    expect(withIt.snapshot.facts.statements?.schema).toBe('public');
  });
});

describe('OpenDatabase', () => {
  const open = async (): Promise<OpenDatabase> => {
    const target = parseConnectionInput(database.url);
    const first = await openReadSession(target, {});
    return new OpenDatabase({
      summary: SUMMARY,
      target,
      session: first,
      server: await readServerIdentity(first),
      toolVersion: 'test',
      ownPasswordIsDefault: false,
      renewPassword: null,
      profile: null,
    });
  };
  const own = () =>
    database.query<{ pid: number; application: string }>(
      `SELECT pid, application_name AS application FROM pg_stat_activity
       WHERE datname = current_database() AND application_name LIKE 'pgvitals/%'`,
    );

  it('connects anew after its backend was ended', async () => {
    const opened = await open();
    try {
      await opened.facts.view(['tables']);
      await database.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'pgvitals/%'",
      );
      await expect
        .poll(async () => names(await opened.facts.view(['tables'], { maxAgeMs: 0 }).catch(() => NOTHING)))
        .toEqual(['a', 'b']);
    } finally {
      await opened.close();
    }
    session = await openReadSession(parseConnectionInput(database.url), {});
  });

  it('lends at most two sessions at once, and takes all of them back', async () => {
    const opened = await open();
    let most = 0;
    let running = 0;
    const work = async (): Promise<void> => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setTimeout(resolve, 50));
      running -= 1;
    };
    try {
      await Promise.all(Array.from({ length: 5 }, () => opened.withSession(work, {})));
      expect(most).toBe(2);
      await expect(
        opened.withSession(() => Promise.reject(new Error('the work failed')), {}),
      ).rejects.toThrow('the work failed');
    } finally {
      await opened.close();
    }
    await expect
      .poll(async () => (await own()).filter((s) => s.application === 'pgvitals/detail'))
      .toEqual([]);
  });
});
