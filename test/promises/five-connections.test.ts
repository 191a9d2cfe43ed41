import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Audit } from '#shared/model/audit.ts';
import type { BackupJob } from '#shared/model/backup.ts';
import type { Job } from '#shared/model/plan.ts';
import { createEngine } from '#engine/create-engine.ts';
import type { Engine } from '#engine/engine.ts';
import { createNodeHost } from '../../electron/hosts/node-host.ts';
import { createDatabase, type TestDatabase, urlOf, usePrivateServer } from '../support/postgres.ts';

/** Promise 1, for all that goes on at a server at once: five connections, in however many of its databases. */
const MOST = 5;
const server = usePrivateServer({ major: 15 });
const SHOP = `
  CREATE TABLE orders (id int PRIMARY KEY, customer int, note text);
  INSERT INTO orders SELECT n, n % 100, repeat('note ', 20) FROM generate_series(1, 60000) n;
  CREATE INDEX ON orders (customer);
  CREATE MATERIALIZED VIEW counted AS SELECT count(*) FROM orders;
  ANALYZE`;
let databases: readonly TestDatabase[];

beforeAll(async () => {
  const shared = await server.get();
  databases = await Promise.all(Array.from({ length: 6 }, () => createDatabase(shared, SHOP)));
});

describe('all that PgVitals does on a server', () => {
  it('goes over five connections: four databases audited, refreshed, changed and backed up at once', async () => {
    const { engine, open } = await app();
    const watch = await observe();
    const ids = await Promise.all(databases.slice(0, 4).map(({ url }) => open(url)));
    const [first = '', second = ''] = ids;
    for (const id of ids) engine.plans.unlock(id);
    const oids = await Promise.all(databases.map(orders));
    let isOver = false;
    const refreshing = Promise.all(
      ids.map(async (connectionId) => {
        let rounds = 0;
        while (!isOver) {
          const now = { connectionId, maxAgeMs: 0 };
          await engine.insight.vacuum.overview(now, {});
          await engine.insight.indexes.overview(now, {});
          await engine.insight.settings.overview(now, {});
          rounds += 1;
        }
        return rounds;
      }),
    );
    const [audits, backups, changes] = await Promise.all([
      Promise.all(ids.map((id) => audited(engine, id))),
      // Four connections, then two: they cannot be at the same time.
      Promise.all([backedUp(engine, first, 'fast'), backedUp(engine, second, 'default')]),
      Promise.all([2, 3].map((at) => changed(engine, ids[at] ?? '', oids[at] ?? 0))),
      // And what is looked at in detail, and given up on.
      Promise.all(ids.map((id) => glance(engine, id))),
    ]);
    isOver = true;
    for (const rounds of await refreshing) expect(rounds).toBeGreaterThan(0);
    expect(audits.map(({ isComplete }) => isComplete)).toEqual([true, true, true, true]);
    expect(backups.map(({ error }) => error)).toEqual([null, null]);
    const restored = await proven(engine, second, backups[1].backupId ?? '');
    expect(restored.error).toBeNull();
    expect(changes.map(({ outcome }) => outcome)).toEqual(['done', 'done']);
    await engine.close();
    const { most, names } = await watch.stop();
    expect(most).toBe(MOST);
    expect([...names].map((name) => name.replace(/:.*/, '')).toSorted()).toEqual(
      expect.arrayContaining([
        'pgvitals/backup',
        'pgvitals/collector',
        'pgvitals/detail',
        'pgvitals/maint',
        'pgvitals/snapshot',
        'pgvitals/verify',
      ]),
    );
    await expect.poll(ours).toEqual([]);
  });

  it('counts two windows, and every address of the server, together', async () => {
    const [one, two] = [await app(), await app()];
    const watch = await observe();
    const { port } = await server.get();
    const urls = databases.flatMap(({ url }) => [url, url.replace(/@[^/]+\//, `@localhost:${port}/`)]);
    const ids: [Engine, string][] = [];
    // Each is open for its user, though not more than five are for the server.
    for (const [at, url] of urls.entries()) {
      const { engine, open } = at % 2 === 0 ? one : two;
      ids.push([engine, await open(url)]);
    }
    await Promise.all(
      ids.map(([engine, id]) => engine.insight.vacuum.overview({ connectionId: id, maxAgeMs: 0 }, {})),
    );
    await Promise.all([one.engine.close(), two.engine.close()]);
    const { most } = await watch.stop();
    // An address says whose it is when somebody has logged in: that one, and its moment.
    expect(most).toBeGreaterThanOrEqual(MOST);
    expect(most).toBeLessThanOrEqual(MOST + 1);
    await expect.poll(ours).toEqual([]);
  });

  it('has all of its room again after every backend was ended in the middle, time and again', async () => {
    const { engine, open } = await app();
    const ids = await Promise.all(databases.map(({ url }) => open(url)));
    let isOver = false;
    let ended = 0;
    const killing = (async () => {
      while (!isOver) {
        ended += (
          await ask('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name ~ $1')
        ).length;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    })();
    const work = ids.flatMap((id) => [
      audited(engine, id),
      glance(engine, id),
      engine.insight.vacuum.overview({ connectionId: id, maxAgeMs: 0 }, {}),
      backedUp(engine, id, 'default'),
    ]);
    // What it comes to is the business of others: here it only has to come to an end.
    await Promise.allSettled(work);
    isOver = true;
    await killing;
    expect(ended).toBeGreaterThan(MOST);
    for (const connectionId of ids) await engine.insight.vacuum.overview({ connectionId, maxAgeMs: 0 }, {});
    const [first = ''] = ids;
    expect((await backedUp(engine, first, 'fast')).error).toBeNull();
    await engine.close();
    await expect.poll(ours).toEqual([]);
  });
});

/** An engine of a window, with a folder of its own. */
async function app(): Promise<{ engine: Engine; open(url: string): Promise<string> }> {
  const dataDir = await mkdtemp(join(tmpdir(), 'pgv-five-'));
  const writeLogLine = (): void => undefined;
  const engine = createEngine(
    createNodeHost({ kind: 'loopback', toolVersion: 'test', dataDir, writeLogLine }),
  );
  onTestFinished(async () => {
    await engine.close();
    await rm(dataDir, { recursive: true, force: true });
  });
  return { engine, open: async (url) => (await engine.open({ text: url }, {})).id };
}

async function audited(engine: Engine, connectionId: string): Promise<Audit> {
  for await (const event of engine.audit(connectionId, {})) if (event.type === 'done') return event.audit;
  throw new Error('The audit told no end.');
}

async function backupEnd(engine: Engine, connectionId: string, jobId: string): Promise<BackupJob> {
  for await (const { type, job } of engine.backups.watch(connectionId, jobId))
    if (type === 'done') return job;
  throw new Error('The job told no end.');
}

async function backedUp(engine: Engine, connectionId: string, shape: 'fast' | 'default'): Promise<BackupJob> {
  const request = {
    shape,
    scope: { kind: 'database' },
    locationId: null,
    comparesSource: true,
    note: '',
  } as const;
  return backupEnd(engine, connectionId, (await engine.backups.create(connectionId, request)).jobId);
}

async function proven(engine: Engine, connectionId: string, backupId: string): Promise<BackupJob> {
  const request = { backupId, depth: 'restore', on: 'this server' } as const;
  return backupEnd(engine, connectionId, (await engine.backups.verify(connectionId, request)).jobId);
}

async function changed(engine: Engine, connectionId: string, table: number): Promise<Job> {
  const { planId, phrase, mustAccept } = await engine.plans.preview(
    connectionId,
    { kind: 'action', action: { verb: 'reindex-table', table } },
    {},
  );
  const accepted = mustAccept.map(({ id }) => id);
  const { jobId } = await engine.plans.execute({ connectionId, planId, phrase, accepted });
  for await (const event of engine.plans.watch(connectionId, jobId))
    if (event.type === 'done') return event.job;
  throw new Error('The job told no end.');
}

/** A plan of a statement that takes long, given up on half-way: it is cancelled over a connection of its own. */
async function glance(engine: Engine, connectionId: string): Promise<void> {
  const stop = AbortSignal.timeout(300);
  const text = 'SELECT pg_sleep(60)';
  await engine.insight.queries
    .plan({ connectionId, text, values: [], analyze: true, confirmed: true }, { signal: stop })
    .catch((error: unknown) => {
      if (!stop.aborted) throw error;
    });
}

async function orders({ query }: TestDatabase): Promise<number> {
  const [row] = await query<{ oid: number }>(`SELECT 'orders'::regclass::oid::int AS oid`);
  return row?.oid ?? 0;
}

const ask = async (sql: string): Promise<{ name: string }[]> => {
  const client = new pg.Client({ connectionString: urlOf(await server.get(), 'postgres') });
  await client.connect();
  try {
    return (await client.query<{ name: string }>(sql, ['^pgvitals'])).rows;
  } finally {
    await client.end();
  }
};

/** Workers of a parallel REINDEX bear its name, and are no connections. */
const OURS = `SELECT application_name AS name FROM pg_stat_activity WHERE application_name ~ $1 AND backend_type = 'client backend'`;
const ours = (): Promise<{ name: string }[]> => ask(OURS);

/** Looks all the time, from the outside, at what PgVitals has open. */
async function observe(): Promise<{ stop(): Promise<{ most: number; names: Set<string> }> }> {
  const client = new pg.Client({ connectionString: urlOf(await server.get(), 'postgres') });
  await client.connect();
  const names = new Set<string>();
  let most = 0;
  let isOver = false;
  const looking = (async () => {
    while (!isOver) {
      const { rows } = await client.query<{ name: string }>(OURS, ['^pgvitals']);
      most = Math.max(most, rows.length);
      for (const { name } of rows) names.add(name);
    }
  })();
  return {
    stop: async () => {
      isOver = true;
      await looking;
      await client.end();
      return { most, names };
    },
  };
}
