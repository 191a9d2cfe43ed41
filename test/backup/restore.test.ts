import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { planRestore } from '#engine/backup/restore.ts';
import { quoteIdentifier } from '#engine/postgres/quote.ts';
import { parseConnectionInput } from '#engine/postgres/url.ts';
import { dumpBackup, runJob } from '../support/backup-files.ts';
import {
  BACKUP_ID,
  identityKey,
  perform,
  SLOW_CONTENT,
  stopsOf,
  useRestoreStages,
} from '../support/restore-stage.ts';

/** Into a database that was not there: complete or not at all, and no other one is touched. */
const stages = useRestoreStages();
afterEach(() => stages.assertClean());

const restoreInto = (database: string) => ({ kind: 'restore' as const, backupId: BACKUP_ID, database });
const databases = async (): Promise<string[]> =>
  (await stages.admin<{ datname: string }>('SELECT datname FROM pg_database ORDER BY 1')).map(
    ({ datname }) => datname,
  );

describe('into a new database', () => {
  it('brings everything, and belongs to who restores', async () => {
    const shop = await stages.stage();
    await shop.sql(
      'ALTER TABLE app.users OWNER TO pg_monitor; GRANT SELECT ON app.posts TO pg_read_all_stats',
    );
    const backup = await dumpBackup(parseConnectionInput(shop.url), shop.sql);
    const context = await shop.context({ backup });
    const { job, plan } = await perform(restoreInto('a copy'), context);
    expect(job).toMatchObject({ outcome: 'done', error: null, database: 'a copy', notes: [] });
    expect(job.steps.map(({ title, state }) => [title, state])).toEqual(
      plan.steps.map((title) => [title, 'done']),
    );
    expect(plan.preview).toMatchObject({ kind: 'restore', risk: 'R2', phrase: null });
    expect(
      await stages.ask(
        'a copy',
        `SELECT (SELECT count(*)::int FROM app.users) AS users, (SELECT count(*)::int FROM app.posts) AS posts,
           pg_get_userbyid(d.datdba) AS owner, shobj_description(d.oid, 'pg_database') AS comment,
           (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = 'app.users'::regclass) AS users_owner,
           has_table_privilege('pg_read_all_stats', 'app.posts', 'SELECT') AS granted,
           (SELECT reltuples::int FROM pg_class WHERE oid = 'app.posts'::regclass) AS analyzed
         FROM pg_database d WHERE d.datname = current_database()`,
      ),
    ).toEqual([
      {
        users: 500,
        posts: 2000,
        owner: 'postgres',
        comment: null,
        users_owner: 'pg_monitor',
        granted: true,
        analyzed: 2000,
      },
    ]);
    await backup.remove();
  });

  it('comes back with its settings, rights, limit and comment where the database itself is lost', async () => {
    await stages.admin('CREATE ROLE reader; CREATE ROLE worker LOGIN');
    const shop = await stages.stage('Lost "one"');
    const name = quoteIdentifier(shop.name);
    await stages.admin(`ALTER DATABASE ${name} SET work_mem = '77MB'; ALTER DATABASE ${name} SET search_path = app, "$user", public;
      ALTER ROLE worker IN DATABASE ${name} SET statement_timeout = '9s'; ALTER DATABASE ${name} CONNECTION LIMIT 7;
      REVOKE TEMPORARY ON DATABASE ${name} FROM PUBLIC; GRANT CREATE ON DATABASE ${name} TO reader;
      COMMENT ON DATABASE ${name} IS 'it''s; the shop'`);
    const properties = () =>
      stages.admin(
        `SELECT d.datconnlimit, (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(d.datacl) a) AS acl, shobj_description(d.oid, 'pg_database'),
           (SELECT array_agg(setconfig::text || setrole::regrole::text ORDER BY setrole) FROM pg_db_role_setting WHERE setdatabase = d.oid) AS settings
         FROM pg_database d WHERE datname = $1`,
        [shop.name],
      );
    const before = await properties();
    const backup = await dumpBackup(parseConnectionInput(shop.url), shop.sql);
    const url = await stages.url('postgres');
    const context = await shop.context({
      backup,
      target: parseConnectionInput(url),
      identity: { key: await identityKey(stages.admin), label: 'postgres' },
    });
    await stages.admin(`DROP DATABASE ${name}`);
    const { job } = await perform(restoreInto(shop.name), context);
    expect(job).toMatchObject({ outcome: 'done', notes: [] });
    expect(await properties()).toEqual(before);
    await backup.remove();
  });

  it('refuses a name that is taken, before and at the last moment', async () => {
    const shop = await stages.stage();
    const context = await shop.context();
    expect(stopsOf(await planRestore(restoreInto(shop.name), context))).toEqual([
      `A database named ${shop.name} is there already.`,
    ]);
    const plan = await planRestore(restoreInto('soon_taken'), context);
    const { job } = await runJob(plan, {
      onStep: (title) => {
        if (title.startsWith('Restore')) void stages.admin('CREATE DATABASE soon_taken');
      },
    });
    expect(job).toMatchObject({
      outcome: 'failed',
      error: { message: expect.stringContaining('soon_taken') },
    });
    expect(await stages.ask('soon_taken', `SELECT to_regclass('app.users')`)).toEqual([
      { to_regclass: null },
    ]);
  });
});

describe('tables into a database of their own', () => {
  it('brings the chosen ones with what they need, and nothing else', async () => {
    const shop = await stages.stage();
    const context = await shop.context();
    const odd = { schema: 'public', name: 'odd "table" DATA' };
    const posts = { schema: 'app', name: 'posts' };
    const tablesIn = async (database: string) =>
      stages.ask(
        database,
        `SELECT c.relname, (SELECT array_agg(conname::text ORDER BY conname) FROM pg_constraint WHERE conrelid = c.oid) AS constraints,
           (SELECT array_agg(indexrelid::regclass::text ORDER BY indexrelid::regclass::text) FROM pg_index WHERE indrelid = c.oid) AS indexes
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE relkind IN ('r', 'v') AND nspname IN ('app', 'public') ORDER BY 1`,
      );
    const some = await perform(
      { kind: 'restore-tables', backupId: BACKUP_ID, tables: [posts, odd], database: 'some' },
      context,
    );
    expect(some.job).toMatchObject({ outcome: 'done', error: null });
    expect(await tablesIn('some')).toEqual([
      { relname: odd.name, constraints: null, indexes: null },
      { relname: 'posts', constraints: ['posts_pkey'], indexes: ['app.posts_author', 'app.posts_pkey'] },
    ]);
    expect(await stages.ask('some', `INSERT INTO app.posts (author) VALUES (1) RETURNING id`)).toEqual([
      { id: 2001 },
    ]);
    const both = await perform(
      {
        kind: 'restore-tables',
        backupId: BACKUP_ID,
        tables: [posts, { schema: 'app', name: 'users' }],
        database: 'both',
      },
      context,
    );
    expect(both.job.error).toBeNull();
    expect(await tablesIn('both')).toMatchObject([
      { relname: 'posts', constraints: ['posts_author_fkey', 'posts_pkey'] },
      { relname: 'users', constraints: ['users_pkey'] },
    ]);
    const { job } = await perform(
      {
        kind: 'restore-tables',
        backupId: BACKUP_ID,
        tables: [{ schema: 'app', name: 'nothing' }],
        database: 'none',
      },
      context,
    );
    expect(job.error?.message).toBe('The backup has no table app.nothing.');
    expect(await databases()).not.toContain('none');
  });
});

describe('what is seen before', () => {
  it('stops for an older server, an older client, an extension that is not there; asks where roles are missing', async () => {
    const shop = await stages.stage();
    const { manifest } = shop.backup;
    const changed = async (change: Partial<typeof manifest>) =>
      planRestore(
        restoreInto('never'),
        await shop.context({ backup: { folder: shop.backup.folder, manifest: { ...manifest, ...change } } }),
      );
    const newer = { ...manifest.server, version: '16.2', versionNum: 160002 };
    expect(stopsOf(await changed({ server: newer }))[0]).toMatch(
      /of PostgreSQL 16\.2, and this server is 15/,
    );
    expect(stopsOf(await changed({ tool: { version: '17.1', versionNum: 170001 } }))[0]).toMatch(
      /pg_restore 15\.18 is older/,
    );
    expect(stopsOf(await changed({ extensions: ['plpgsql', 'no_such_thing'] }))[0]).toMatch(/no_such_thing/);
    const roles = await changed({ roles: ['nobody_here'] });
    expect(stopsOf(roles)).toEqual([]);
    expect(roles.preview.mustAccept.map(({ id }) => id)).toEqual(['space', 'no-owner']);
    const partial = await planRestore(
      { kind: 'replace', backupId: BACKUP_ID },
      await shop.context({
        backup: {
          folder: shop.backup.folder,
          manifest: { ...manifest, scope: { kind: 'schemas', schemas: ['app'] } },
        },
      }),
    );
    expect(stopsOf(partial)[0]).toMatch(/only a part/);
  });

  it('goes on without owners where that was accepted', async () => {
    await stages.admin('CREATE ROLE for_a_while');
    const shop = await stages.stage();
    await shop.sql('ALTER TABLE app.users OWNER TO for_a_while; GRANT SELECT ON app.posts TO for_a_while');
    const backup = await dumpBackup(parseConnectionInput(shop.url), shop.sql);
    await shop.sql(
      'REASSIGN OWNED BY for_a_while TO postgres; DROP OWNED BY for_a_while; DROP ROLE for_a_while',
    );
    const { job } = await perform(restoreInto('without owners'), await shop.context({ backup }));
    expect(job).toMatchObject({ outcome: 'done', error: null });
    await backup.remove();
  });
});

describe('whatever goes wrong', () => {
  it('F64: says that an archive of a newer pg_dump needs a newer pg_restore', async () => {
    const shop = await stages.stage();
    const file = await open(join(shop.backup.folder, 'data.dump'), 'r+');
    // After PGDMP and the major version of the format.
    await file.write(Buffer.from([99]), 0, 1, 6);
    await file.close();
    const { job } = await perform(restoreInto('newer'), await shop.context());
    expect(job.error).toMatchObject({
      message: expect.stringMatching(/unsupported version \(1\.99\)/),
      nextStep: expect.stringMatching(/newer PostgreSQL/),
    });
    expect(await databases()).not.toContain('newer');
  });

  it('F52: finds a row too few', async () => {
    const shop = await stages.stage();
    const { folder, manifest } = shop.backup;
    const tables = manifest.tables.map((table) =>
      table.name === 'posts' ? { ...table, rows: table.rows + 1 } : table,
    );
    const { job } = await perform(
      restoreInto('doctored'),
      await shop.context({ backup: { folder, manifest: { ...manifest, tables } } }),
    );
    expect(job.error?.message).toMatch(/app\.posts has 2.000 rows instead of 2.001 rows/);
    expect(await databases()).not.toContain('doctored');
  });

  it('F62: pg_restore killed, cancelled, its backend ended, the server killed: nothing is left', async () => {
    const slow = await stages.stage('slow', SLOW_CONTENT);
    const before = await databases();
    const faults: Record<string, (pid: number, cancel: () => void) => Promise<unknown>> = {
      killed: async (pid) => process.kill(pid, 'SIGKILL'),
      cancelled: async (_pid, cancel) => cancel(),
      terminated: () =>
        stages.admin(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'pgvitals/restore:%'`,
        ),
      'server gone': async () => (await stages.get()).restart('immediate'),
    };
    for (const [name, fault] of Object.entries(faults)) {
      let pid = 0;
      let cancel = (): void => undefined;
      const running = perform(restoreInto('never'), await slow.context(), {
        onTrace: ({ children }) => (pid = children[0]?.pid ?? pid),
        onStep: (_title, stop) => (cancel = stop),
      });
      await expect
        .poll(
          () =>
            stages.admin(
              `SELECT FROM pg_stat_activity WHERE application_name LIKE 'pgvitals/restore:%' AND wait_event = 'PgSleep'`,
            ),
          { timeout: 20_000, interval: 30 },
        )
        .toHaveLength(1);
      await fault(pid, cancel);
      const { job, trace } = await running;
      expect([name, job.outcome]).toEqual([name, name === 'cancelled' ? 'cancelled' : 'failed']);
      expect([name, trace.scratch, job.notes]).toEqual([
        name,
        null,
        [expect.stringMatching(/^The unfinished database never__pgv_new_\w{8} was dropped\.$/)],
      ]);
      expect(await databases()).toEqual(before);
      expect(await slow.sql('SELECT count(*)::int AS n FROM items')).toEqual([{ n: 3 }]);
    }
  });
});

describe('names that try to be something else', () => {
  it('F37: become the name of that database and nothing else', async () => {
    const shop = await stages.stage();
    const context = await shop.context();
    const names = [
      'quo"te',
      "apos'trophe; DROP DATABASE postgres",
      'host=127.0.0.9 dbname=evil',
      '--file=/tmp/evil',
      'back\\slash line\nbreak ',
      '🐘'.repeat(15),
    ];
    for (const name of names) {
      const { job } = await perform(restoreInto(name), context);
      expect([name, job.error]).toEqual([name, null]);
      expect(await stages.ask(name, 'SELECT count(*)::int AS n FROM app.posts')).toEqual([{ n: 2000 }]);
    }
  });
});
