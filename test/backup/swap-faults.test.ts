import pg from 'pg';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { planRestore } from '#engine/backup/restore.ts';
import { recoverSwap } from '#engine/backup/recover-swap.ts';
import { whileNobodyIsIn } from '#engine/backup/swap.ts';
import { EngineError } from '#engine/errors.ts';
import { OpenConnection } from '#engine/postgres/connection.ts';
import { parseConnectionInput } from '#engine/postgres/url.ts';
import { openWriteSession } from '#engine/postgres/write-session.ts';
import { runJob } from '../support/backup-files.ts';
import { query, urlOf, useServer } from '../support/postgres.ts';
import {
  BACKUP_ID,
  countPosts,
  identityKey,
  perform,
  type Stage,
  stopsOf,
  useRestoreStages,
} from '../support/restore-stage.ts';
import { startSwitch } from '../support/switch.ts';

/** Both names change, or none, and the live database can always be reached again. */
const stages = useRestoreStages();
const other = useServer(15);
const clients: pg.Client[] = [];
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.end().catch(() => undefined)));
  vi.restoreAllMocks();
  await stages.assertClean();
});

const SECOND_RENAME = /ALTER DATABASE .* RENAME TO "shop_\w+"$/;
const REPLACE = { kind: 'replace' as const, backupId: BACKUP_ID };

async function connect(url: string, name = 'app'): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: name });
  client.on('error', () => undefined);
  await client.connect();
  clients.push(client);
  return client;
}

/** Nothing of it has changed: same database, and it lets everybody in. */
async function expectUntouched(shop: Stage, key: string): Promise<void> {
  expect(await identityKey(shop.sql)).toBe(key);
  const old = (await stages.replaced()).filter(({ database }) => database === shop.name);
  expect(old).toEqual([]);
}

describe('F60: sessions in the live database', () => {
  it('are listed, ended, and kept out until the names are swapped, however often they try', async () => {
    const shop = await stages.stage();
    await connect(shop.url, 'report');
    let isOver = false;
    const attempts = { ok: 0, refused: 0 };
    const hammer = async (): Promise<void> => {
      while (!isOver) {
        const client = new pg.Client({ connectionString: shop.url });
        client.on('error', () => undefined);
        await client.connect().then(
          () => (attempts.ok += 1),
          () => (attempts.refused += 1),
        );
        await client.query('SELECT 1').catch(() => undefined);
        await client.end().catch(() => undefined);
      }
    };
    const hammering = Promise.all([hammer(), hammer(), hammer()]);
    const { job, plan } = await perform(REPLACE, await shop.context());
    isOver = true;
    await hammering;
    expect(plan.preview.preflight.find(({ verdict }) => verdict === 'warning')?.text).toMatch(/report/);
    expect(job).toMatchObject({ outcome: 'done', error: null });
    expect(job.steps.at(-1)?.detail).toMatch(/sessions? ended; nobody could connect for [\d.]+ m?s/);
    expect(attempts.ok).toBeGreaterThan(0);
    expect(await countPosts(shop)).toBe(2000);
  });

  it('stop the plan where this role may not end them, also when they come later', async () => {
    await stages.admin(`CREATE ROLE "the owner" LOGIN CREATEDB PASSWORD 'p'`);
    const shop = await stages.stage(
      'for_owner',
      'CREATE TABLE kept (x int); ALTER TABLE kept OWNER TO "the owner"',
    );
    await stages.admin('ALTER DATABASE for_owner OWNER TO "the owner"');
    const target = parseConnectionInput(
      urlOf(await stages.get(), 'for_owner', { user: 'the owner', password: 'p' }),
    );
    const key = await identityKey(shop.sql);
    const context = await shop.context({ target });
    const boss = await connect(shop.url, 'boss');
    expect(stopsOf(await planRestore(REPLACE, context))).toEqual([
      expect.stringMatching(/may not end pid \d+ \(boss/),
    ]);
    await boss.end();
    const { job } = await perform(REPLACE, context, {
      onStep: (title) => {
        if (title.startsWith('Create')) void connect(shop.url, 'boss again');
      },
    });
    expect(job).toMatchObject({
      outcome: 'failed',
      error: {
        message: expect.stringMatching(/boss again.* still connected, and this role may not end that/),
      },
    });
    await expectUntouched(shop, key);
  });

  it('are named where one does not react, and the live database takes connections again', async () => {
    const shop = await stages.stage();
    const key = await identityKey(shop.sql);
    const deaf = await connect(shop.url, 'deaf');
    const { rows } = await deaf.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    const pid = rows[0]?.pid ?? 0;
    process.kill(pid, 'SIGSTOP');
    // A database cannot be dropped while any process of the server hangs.
    onStatement(/DROP DATABASE/, async () => wake(pid));
    try {
      const { job } = await perform(REPLACE, await shop.context());
      expect(job).toMatchObject({
        outcome: 'failed',
        error: { message: expect.stringMatching(/deaf.*still connected/) },
      });
      await expectUntouched(shop, key);
    } finally {
      wake(pid);
    }
  });

  it('55006: tries again when the server says that somebody is in', async () => {
    const shop = await stages.stage();
    const client = await connect(shop.url);
    await client.query(
      `BEGIN; UPDATE app.posts SET author = author WHERE id = 1; PREPARE TRANSACTION 'held'`,
    );
    const session = await openWriteSession(parseConnectionInput(await stages.url('postgres')), {
      jobId: 'test',
    });
    const [row] = await stages.admin<{ oid: number }>(
      'SELECT oid::int AS oid FROM pg_database WHERE datname = $1',
      [shop.name],
    );
    const refusals: (string | null)[] = [];
    await whileNobodyIsIn(
      session,
      { name: shop.name, oids: [row?.oid ?? 0], signal: new AbortController().signal },
      async () => {
        try {
          await session.run(`ALTER DATABASE ${shop.name} RENAME TO renamed`, {
            lockTimeoutMs: 1_000,
            statementTimeoutMs: 20_000,
          });
        } catch (error) {
          refusals.push(error instanceof EngineError ? error.sqlState : null);
          await shop.sql(`ROLLBACK PREPARED 'held'`);
          throw error;
        }
      },
    );
    await session.close();
    expect(refusals).toEqual(['55006']);
    expect(await stages.admin(`SELECT FROM pg_database WHERE datname = 'renamed'`)).toHaveLength(1);
  });
});

describe('whatever goes wrong', () => {
  it('F61: the safety backup fails: nothing was made, nothing was touched', async () => {
    const shop = await stages.stage();
    const key = await identityKey(shop.sql);
    const { job, trace } = await perform(
      REPLACE,
      await shop.context({
        makeSafetyBackup: async () => {
          throw new EngineError('LOCATION_UNAVAILABLE', 'The disk is full.', 'Make room.');
        },
      }),
    );
    expect(job).toMatchObject({ outcome: 'failed', error: { message: 'The disk is full.' } });
    expect(trace.scratch).toBeNull();
    await expectUntouched(shop, key);
  });

  it('F66: another server, or another database of that name, at the same place', async () => {
    const shop = await stages.stage();
    const key = await identityKey(shop.sql);
    const [here, far] = [await stages.get(), await other.get()];
    const admins = [await stages.url('postgres'), urlOf(far, 'postgres')];
    const role = { user: 'role_of_both_servers', password: 'the-same' };
    for (const admin of admins)
      await query(admin, `CREATE ROLE ${role.user} LOGIN SUPERUSER PASSWORD '${role.password}'`);
    await query(urlOf(far, 'postgres'), `CREATE DATABASE ${shop.name}`);
    const way = await startSwitch(here.port);
    const target = { ...parseConnectionInput(urlOf(here, shop.name, role)), port: way.port };
    const plan = await planRestore(REPLACE, await shop.context({ target }));
    way.lead(far.port);
    const { job } = await runJob(plan);
    way.close();
    await query(urlOf(far, 'postgres'), `DROP DATABASE ${shop.name}`);
    for (const admin of admins) await query(admin, `DROP ROLE ${role.user}`);
    expect(job.error?.message).toMatch(/another server or another database answers there/);
    expect(job).toMatchObject({ outcome: 'failed' });
    expect(job.steps.find(({ state }) => state === 'failed')?.title).toBe('Check the target');
    await expectUntouched(shop, key);

    const stale = await planRestore(REPLACE, await shop.context());
    await stages.admin(`ALTER DATABASE ${shop.name} RENAME TO ${shop.name}_moved`);
    await stages.admin(`CREATE DATABASE ${shop.name}`);
    const second = await runJob(stale);
    expect(second.job.error?.message).toMatch(/another server or another database answers there/);
  });

  it('TB: our own session is ended before the COMMIT', async () => {
    const shop = await stages.stage();
    const key = await identityKey(shop.sql);
    const context = await shop.context();
    onStatement(
      SECOND_RENAME,
      async ({ facts }) => {
        await stages.admin('SELECT pg_terminate_backend($1)', [facts.announcedPid]);
      },
      'after',
    );
    const { job } = await perform(REPLACE, context);
    expect(job).toMatchObject({
      outcome: 'failed',
      error: { message: expect.stringMatching(/ended the connection|was lost/) },
    });
    await expectUntouched(shop, key);
  });

  it('F63: the answer to the COMMIT is lost: it is read from the catalog that it was done', async () => {
    const shop = await stages.stage();
    await shop.sql('DELETE FROM app.posts');
    const context = await shop.context();
    onStatement(
      SECOND_RENAME,
      async () => {
        vi.restoreAllMocks();
        onStatement(
          /COMMIT$/,
          async (connection) => {
            const lost = new EngineError('CONNECTION_LOST', 'The connection was cut.');
            connection.destroy(lost);
            throw lost;
          },
          'after',
        );
      },
      'after',
    );
    const { job, trace } = await perform(REPLACE, context);
    expect(job).toMatchObject({ outcome: 'done', error: null });
    expect(job.notes).toEqual([expect.stringMatching(/the server has done it/)]);
    expect(trace.scratch).toBeNull();
    expect(await countPosts(shop)).toBe(2000);
  });

  it('the server dies while the names are swapped: everybody can connect when it is back', async () => {
    const shop = await stages.stage();
    const key = await identityKey(shop.sql);
    const context = await shop.context();
    const server = await stages.get();
    const restarts: Promise<void>[] = [];
    onStatement(SECOND_RENAME, async () => {
      restarts.push(server.restart('immediate'));
    });
    const { job, trace } = await perform(REPLACE, context);
    await Promise.all(restarts);
    // It may have been quicker than the end of the server.
    const isSwapped = job.outcome === 'done';
    expect(trace.scratch).toBeNull();
    if (!isSwapped) await expectUntouched(shop, key);
    expect(await countPosts(shop)).toBe(2000);
  });

  it('a cancellation after the swap has begun comes too late, and is not told as one', async () => {
    const shop = await stages.stage();
    await shop.sql('DELETE FROM app.posts');
    const context = await shop.context();
    let cancel = (): void => undefined;
    onStatement(SECOND_RENAME, async () => cancel());
    const { job } = await perform(REPLACE, context, { onStep: (_title, stop) => (cancel = stop) });
    expect(job.outcome).toBe('done');
    expect(await countPosts(shop)).toBe(2000);
  });

  it('a recovery drops nothing that is not the job’s', async () => {
    const shop = await stages.stage();
    const target = parseConnectionInput(shop.url);
    const [row] = await stages.admin<{ oid: number }>(
      'SELECT oid::int AS oid FROM pg_database WHERE datname = $1',
      [shop.name],
    );
    const oid = row?.oid ?? 0;
    for (const scratch of [
      null,
      { database: shop.name, oid, token: '0'.repeat(16) },
      { database: shop.name, oid: 0, token: '0'.repeat(16) },
      { database: 'not_there__pgv_new_00000000', oid: 0, token: '0'.repeat(16) },
    ]) {
      const { outcome } = await recoverSwap(target, { scratch });
      expect(outcome).toBe('nothing');
    }
    expect(await countPosts(shop)).toBe(2000);
  });
});

/** It may be gone already. */
function wake(pid: number): void {
  try {
    process.kill(pid, 'SIGCONT');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Does something right before, or right after, the first statement of ours that matches. */
function onStatement(
  pattern: RegExp,
  act: (connection: OpenConnection) => Promise<void>,
  when: 'before' | 'after' = 'before',
): void {
  const original = OpenConnection.prototype.query;
  let isDone = false;
  vi.spyOn(OpenConnection.prototype, 'query').mockImplementation(async function (
    this: OpenConnection,
    ...[text, ...rest]: Parameters<OpenConnection['query']>
  ) {
    const isIt = !isDone && pattern.test(text);
    isDone ||= isIt;
    if (isIt && when === 'before') await act(this);
    const answer = await original.call(this, text, ...rest);
    if (isIt && when === 'after') await act(this);
    return answer;
  });
}
