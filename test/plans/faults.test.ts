import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import pg from 'pg';
import type { JobEvent } from '#shared/model/plan.ts';
import type { ActionRequest } from '#shared/model/plan-request.ts';
import { executeAction } from '#engine/plans/execute.ts';
import { guardStates } from '#engine/plans/guards.ts';
import { startProbe } from '../support/lock-probe.ts';
import { usePlans } from '../support/plans.ts';
import { startSwitch } from '../support/switch.ts';
import {
  createDatabase,
  query,
  type TestDatabase,
  urlOf,
  usePrivateServer,
  useServer,
} from '../support/postgres.ts';

/** The faults of reliability.md §2.5 that concern every plan, by number. */
const server = useServer(16);
/** Another cluster, whose superuser will have the same password. */
const other = usePrivateServer({ major: 16 });
const bench = usePlans();
const impatient = usePlans({ pause: () => delay(20) });
let database: TestDatabase;
const sessions: pg.Client[] = [];
const OTHER = { kind: 'table', oid: 0, schema: 'public', name: 'other', table: null } as const;

beforeAll(async () => {
  database = await createDatabase(
    await server.get(),
    `CREATE TABLE items (id int PRIMARY KEY, kind int, note text);
     INSERT INTO items SELECT g, g % 100, repeat('x', 40) FROM generate_series(1, 150000) g;
     CREATE INDEX items_kind ON items (kind);
     CREATE TABLE other (id int PRIMARY KEY, kind int);
     CREATE INDEX other_broken ON other (kind);
     UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'other_broken'::regclass;
     ANALYZE items;`,
  );
});

afterEach(async () => {
  await Promise.all(sessions.splice(0).map((client) => client.end().catch(() => undefined)));
});

afterAll(async () => {
  await database?.drop();
});

/** A session of somebody else that has run these statements and keeps its transaction open. */
async function holding(...statements: readonly string[]): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: database.url, application_name: 'holder' });
  client.on('error', () => undefined);
  await client.connect();
  sessions.push(client);
  await client.query('BEGIN');
  for (const sql of statements) await client.query(sql);
  return client;
}

const oidOf = async (name: string): Promise<number> => {
  const [row] = await database.query<{ oid: number }>('SELECT $1::regclass::oid::int AS oid', [name]);
  return row?.oid ?? 0;
};
const action = (request: ActionRequest) => ({ kind: 'action', action: request }) as const;
const createIndex = async (): Promise<ActionRequest> => ({
  verb: 'create-index',
  table: await oidOf('items'),
  columns: [{ name: 'note', isDescending: false }],
  include: [],
  isUnique: false,
});
const ofOurs = () =>
  database.query(
    "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'pgvitals/maint:%' AND datname = current_database()",
  );
const invalid = () =>
  database.query<{ name: string }>(
    "SELECT indexrelid::regclass::text AS name FROM pg_index WHERE NOT indisvalid AND indrelid = 'items'::regclass",
  );
/** Watches a job until something is seen of it. */
async function until(connection: string, jobId: string, seen: (event: JobEvent) => boolean): Promise<void> {
  for await (const event of bench.engine.plans.watch(connection, jobId)) if (seen(event)) return;
  throw new Error('it ended before that was seen');
}
const isWaiting = (event: JobEvent): boolean =>
  event.type === 'progress' && event.progress.blockers.some(({ who }) => who.includes('holder'));

/** After every end: no session of ours, no unfinished index, and a journal that says the truth. */
async function expectClean(connection: string, jobId: string): Promise<void> {
  await expect.poll(ofOurs).toEqual([]);
  expect(await invalid()).toEqual([]);
  const stored = await bench.engine.plans.job(connection, jobId, {});
  expect(stored.outcome).not.toBe('running');
  expect(stored.endedAt).not.toBeNull();
}

describe('F68: the lock is not free', () => {
  it('tries again, and gets it when it is', async () => {
    const connection = await bench.open(database.url);
    const holder = await holding('SELECT 1 FROM items LIMIT 1');
    const probe = await startProbe(database.url, {
      read: 'SELECT note FROM items WHERE id = 1',
      write: 'UPDATE items SET kind = kind WHERE id = 2',
    });
    const plan = await bench.preview(
      connection,
      action({ verb: 'vacuum', tables: [await oidOf('items')], mode: 'full' }),
    );
    expect(plan).toMatchObject({ risk: 'R3', phrase: 'items' });
    const jobId = await bench.start(connection, plan);
    await until(
      connection,
      jobId,
      (event) => event.type === 'progress' && event.progress.phase === 'the lock is not free',
    );
    await holder.query('COMMIT');
    const job = await bench.finish(connection, jobId);
    const longest = await probe.stop();
    expect(job).toMatchObject({ outcome: 'done' });
    expect(job.actions[0]?.notes.join()).toMatch(/free at try [2-6] of 6/);
    expect(Math.max(longest.readMs, longest.writeMs)).toBeLessThan(
      2_500 + (job.actions[0]?.durationMs ?? 0) * 0.2,
    );
    await expectClean(connection, jobId);
  });

  it('gives up after five more tries and names who holds it', async () => {
    const connection = await impatient.open(database.url);
    await holding('SELECT 1 FROM items LIMIT 1');
    const job = await impatient.act(connection, {
      verb: 'vacuum',
      tables: [await oidOf('items')],
      mode: 'full',
    });
    expect(job.outcome).toBe('failed');
    expect(job.actions[0]?.error).toMatchObject({ sqlState: '55P03' });
    expect(job.actions[0]?.error?.message).toMatch(/not free in 6 tries: pid \d+ \(holder/);
    await expect.poll(ofOurs).toEqual([]);
  });
});

describe('F69: VACUUM FULL is cancelled', () => {
  it('leaves the table as it was', async () => {
    const connection = await bench.open(database.url);
    const before = await database.query("SELECT count(*), pg_relation_filenode('items') AS file FROM items");
    const plan = await bench.preview(
      connection,
      action({ verb: 'vacuum', tables: [await oidOf('items')], mode: 'full' }),
    );
    expect(plan.mustAccept).toHaveLength(1);
    await holding('SELECT 1 FROM items LIMIT 1');
    const jobId = await bench.start(connection, plan);
    await until(connection, jobId, (event) => event.type === 'progress');
    bench.engine.plans.cancel(connection, jobId);
    const job = await bench.finish(connection, jobId);
    expect(job).toMatchObject({ outcome: 'cancelled' });
    expect(await database.query("SELECT count(*), pg_relation_filenode('items') AS file FROM items")).toEqual(
      before,
    );
    await expectClean(connection, jobId);
  });
});

describe('F70: building an index is interrupted', () => {
  it('by the user: the unfinished index goes when the transaction that it waited for ends', async () => {
    const connection = await bench.open(database.url);
    const holder = await holding('UPDATE items SET kind = kind WHERE id = 5');
    const jobId = await bench.start(connection, await bench.preview(connection, action(await createIndex())));
    await until(connection, jobId, isWaiting);
    bench.engine.plans.cancel(connection, jobId);
    await until(
      connection,
      jobId,
      (event) => event.type === 'progress' && /removing/.test(event.progress.phase),
    );
    await holder.query('COMMIT');
    const job = await bench.finish(connection, jobId);
    expect(job).toMatchObject({ outcome: 'cancelled', leftovers: [{ from: 'build', state: 'removed' }] });
    await expectClean(connection, jobId);
  });

  it('and a user in a hurry finds it in the journal, and removes it later', async () => {
    const connection = await bench.open(database.url);
    const holder = await holding('UPDATE items SET kind = kind WHERE id = 5');
    const jobId = await bench.start(connection, await bench.preview(connection, action(await createIndex())));
    await until(connection, jobId, isWaiting);
    bench.engine.plans.cancel(connection, jobId);
    await until(
      connection,
      jobId,
      (event) => event.type === 'progress' && /removing/.test(event.progress.phase),
    );
    bench.engine.plans.cancel(connection, jobId);
    const job = await bench.finish(connection, jobId);
    expect(job).toMatchObject({ outcome: 'cancelled', leftovers: [{ state: 'there' }] });
    await holder.query('COMMIT');
    expect(await bench.run(connection, { kind: 'leftovers', jobId, how: 'drop' })).toMatchObject({
      outcome: 'done',
    });
    expect((await bench.engine.plans.job(connection, jobId, {})).leftovers).toMatchObject([
      { state: 'removed' },
    ]);
    await expectClean(connection, jobId);
  });

  it.each(['pg_cancel_backend', 'pg_terminate_backend'])('by %s, also while rebuilding', async (how) => {
    const connection = await bench.open(database.url);
    for (const request of [
      await createIndex(),
      { verb: 'reindex', indexes: [await oidOf('items_kind')] } satisfies ActionRequest,
      { verb: 'reindex-table', table: await oidOf('items') } satisfies ActionRequest,
    ]) {
      const holder = await holding('UPDATE items SET kind = kind WHERE id = 5');
      const jobId = await bench.start(connection, await bench.preview(connection, action(request)));
      await until(connection, jobId, isWaiting);
      await database.query(
        `SELECT ${how}(pid) FROM pg_stat_activity WHERE application_name = 'pgvitals/maint:${jobId}'`,
      );
      await delay(200);
      await holder.query('COMMIT');
      const job = await bench.finish(connection, jobId);
      // F04: what is true is read from the catalog, not assumed.
      expect(job.outcome).toBe(how === 'pg_cancel_backend' ? 'failed' : 'interrupted');
      await expectClean(connection, jobId);
    }
    // What somebody else left is nobody's business here.
    expect(
      await database.query("SELECT indisvalid FROM pg_index WHERE indexrelid = 'other_broken'::regclass"),
    ).toEqual([{ indisvalid: false }]);
  });
});

describe('F71: dropping an index is interrupted', () => {
  it.each(['drop', 'rebuild'] as const)('and is finished or taken back: %s', async (how) => {
    const connection = await bench.open(database.url);
    await database.query('CREATE INDEX IF NOT EXISTS items_extra ON items (note, kind)');
    const holder = await holding('SELECT 1 FROM items LIMIT 1');
    const plan = await bench.preview(
      connection,
      action({ verb: 'drop-index', indexes: [await oidOf('items_extra')] }),
    );
    const jobId = await bench.start(connection, plan);
    await until(connection, jobId, isWaiting);
    await database.query(
      `SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name = 'pgvitals/maint:${jobId}'`,
    );
    const job = await bench.finish(connection, jobId);
    await holder.query('COMMIT');
    expect(job.leftovers).toMatchObject([{ name: 'items_extra', from: 'drop', state: 'there' }]);
    expect(job.actions[0]?.undo[0]).toMatch(/CREATE INDEX CONCURRENTLY "items_extra"/);
    const second = await bench.run(connection, { kind: 'leftovers', jobId, how });
    expect(second).toMatchObject({ outcome: 'done' });
    const left = await database.query(
      "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('items_extra')",
    );
    expect(left).toEqual(how === 'drop' ? [] : [{ indisvalid: true }]);
    await expectClean(connection, jobId);
  });
});

describe('F76: the object is another one by now', () => {
  it('is refused when it was renamed, altered or replaced since the preview', async () => {
    const connection = await bench.open(database.url);
    for (const change of [
      'ALTER INDEX victim RENAME TO moved',
      'DROP INDEX victim; CREATE INDEX victim ON other (id, kind)',
      'ALTER INDEX victim SET (fillfactor = 50)',
    ]) {
      await database.query('DROP INDEX IF EXISTS victim, moved; CREATE INDEX victim ON other (kind, id)');
      const plan = await bench.preview(
        connection,
        action({ verb: 'drop-index', indexes: [await oidOf('victim')] }),
      );
      await database.query(change);
      await expect(bench.start(connection, plan)).rejects.toMatchObject({ code: 'PLAN_STALE' });
      await expect(bench.start(connection, plan)).rejects.toMatchObject({ code: 'PLAN_GONE' });
    }
  });
});

describe('F10: another server answers at this address by now', () => {
  it('is noticed before anything is written there', async () => {
    const [here, there] = [await server.get(), await other.get()];
    const away = await createDatabase(
      there,
      'CREATE TABLE items (id int); CREATE INDEX victim ON items (id)',
    );
    await query(urlOf(there, 'postgres'), `ALTER DATABASE ${away.name} RENAME TO ${database.name}`);
    const gate = await startSwitch(here.port);
    await query(urlOf(there, 'postgres'), `ALTER ROLE ${there.user} PASSWORD '${here.password}'`);
    await database.query('CREATE INDEX IF NOT EXISTS victim ON other (kind, id)');
    const connection = await bench.open(database.url.replace(`:${here.port}/`, `:${gate.port}/`));
    const plan = await bench.preview(
      connection,
      action({ verb: 'drop-index', indexes: [await oidOf('victim')] }),
    );
    gate.lead(there.port);
    await expect(bench.start(connection, plan)).rejects.toMatchObject({
      code: 'PLAN_STALE',
      message: expect.stringContaining('Another database answers'),
    });
    expect(
      await query(
        urlOf({ ...there, password: here.password }, database.name),
        "SELECT to_regclass('victim') IS NOT NULL AS there",
      ),
    ).toEqual([{ there: true }]);
    gate.close();
  });
});

describe('a change of several statements', () => {
  it('is made as a whole or not at all, and the next one runs', async () => {
    const { openWriteSession } = await import('#engine/postgres/write-session.ts');
    const { parseConnectionInput } = await import('#engine/postgres/url.ts');
    const session = await openWriteSession(parseConnectionInput(database.url), { jobId: 'group' });
    const [state] = await guardStates((sql, values) => session.rows(sql, values), [OTHER]);
    const fix = {
      title: 'two',
      risk: 'R3',
      lock: 'ACCESS EXCLUSIVE',
      lockInWords: '',
      inTransaction: true,
      notes: [],
      sql: ['ALTER TABLE public.other ADD COLUMN extra int', 'ALTER TABLE public.other DROP COLUMN nothing'],
      undo: [],
    } as const;
    const { action: result, session: after } = await executeAction(
      {
        ...fix,
        object: OTHER,
        way: 'none',
        freedBytes: null,
        guards: [{ ref: OTHER, state: state ?? null }],
        measures: [],
        finding: null,
        keep: null,
        offenders: null,
        around: null,
      },
      {
        session,
        jobId: 'two',
        keepCopy: () => undefined,
        indexesBefore: [],
        signal: new AbortController().signal,
        hurry: new AbortController().signal,
        reopen: () => Promise.reject(new Error('it was not lost')),
        facts: () => Promise.reject(new Error('nobody looks')),
        onProgress: () => undefined,
      },
    );
    expect(result).toMatchObject({ outcome: 'failed', ran: 0, error: { sqlState: '42703' } });
    expect(await guardStates((sql, values) => session.rows(sql, values), [OTHER])).toEqual([state]);
    expect(await after?.run('SELECT 1', { lockTimeoutMs: 100, statementTimeoutMs: 100 })).toEqual([[1]]);
    await session.close();
  });
});

describe('F72: two statements in one text', () => {
  it('are refused by the server itself', async () => {
    const { openWriteSession } = await import('#engine/postgres/write-session.ts');
    const { parseConnectionInput } = await import('#engine/postgres/url.ts');
    const session = await openWriteSession(parseConnectionInput(database.url), { jobId: 'f72' });
    await expect(
      session.run('SELECT 1; DROP TABLE other', { lockTimeoutMs: 0, statementTimeoutMs: 1000 }),
    ).rejects.toMatchObject({ sqlState: '42601' });
    await session.close();
    expect(await database.query("SELECT to_regclass('other') IS NOT NULL AS there")).toEqual([
      { there: true },
    ]);
  });
});
