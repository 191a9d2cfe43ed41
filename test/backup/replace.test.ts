import pg from 'pg';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { planRestore } from '#engine/backup/restore.ts';
import { identityKeyOf } from '#engine/plans/identity.ts';
import { quoteIdentifier } from '#engine/postgres/quote.ts';
import { parseConnectionInput } from '#engine/postgres/url.ts';
import { openWriteSession } from '#engine/postgres/write-session.ts';
import { dumpBackup, runJob } from '../support/backup-files.ts';
import { urlOf } from '../support/postgres.ts';
import { BACKUP_ID, countPosts, identityKey, perform, useRestoreStages } from '../support/restore-stage.ts';

/** The backup takes the name of the live database, which is kept, and gets its name back. */
const stages = useRestoreStages();
afterEach(() => stages.assertClean());

const REPLACE = { kind: 'replace' as const, backupId: BACKUP_ID };

describe('replacing and swapping back', () => {
  it('gives the backup, then the changed data again, then the backup again; the rest is dropped by name', async () => {
    const shop = await stages.stage();
    await shop.sql(
      `DELETE FROM app.posts WHERE id > 10; COMMENT ON DATABASE ${shop.name} IS 'the user''s own comment'`,
    );
    const first = await identityKey(shop.sql);
    const safety = vi.fn<() => Promise<string>>(async () => 'a'.repeat(16));
    const { job, plan } = await perform(REPLACE, await shop.context({ makeSafetyBackup: safety }), {
      // Written while the backup is restored: it is in the database that is put aside.
      onStep: (title) => {
        if (title.startsWith('Compare')) void shop.sql('DELETE FROM app.posts WHERE id > 5');
      },
    });
    expect(job).toMatchObject({ outcome: 'done', error: null, database: shop.name });
    expect(plan.preview).toMatchObject({ kind: 'replace', risk: 'R4', phrase: shop.name });
    expect(safety).toHaveBeenCalledOnce();
    expect(await countPosts(shop)).toBe(2000);
    const comment = `SELECT shobj_description(oid, 'pg_database') AS comment FROM pg_database WHERE datname = current_database()`;
    expect(await shop.sql(comment)).toEqual([{ comment: "the user's own comment" }]);
    const [old] = await stages.replaced();
    expect(old).toMatchObject({ database: shop.name, backupId: shop.backup.manifest.id, isThere: true });
    expect(Date.parse(old?.keepUntil ?? '') - Date.parse(old?.replacedAt ?? '')).toBe(7 * 86_400_000);
    expect(plan.preview.sql).toContain(
      `ALTER DATABASE "${shop.name}" RENAME TO ${quoteIdentifier(old?.oldName ?? '')}`,
    );

    const back = await perform({ kind: 'swap-back', replacedId: old?.id ?? '' }, await shop.context());
    expect(back.job).toMatchObject({ outcome: 'done', error: null });
    expect(await countPosts(shop)).toBe(5);
    expect(await identityKey(shop.sql)).toBe(first);
    expect(await shop.sql(comment)).toEqual([{ comment: "the user's own comment" }]);
    const [aside, ...more] = await stages.replaced();
    expect(more).toEqual([]);

    const again = await perform({ kind: 'swap-back', replacedId: aside?.id ?? '' }, await shop.context());
    expect(again.job.error).toBeNull();
    expect(await countPosts(shop)).toBe(2000);
    const [last] = await stages.replaced();
    const drop = await perform({ kind: 'drop-old', replacedId: last?.id ?? '' }, await shop.context());
    expect(drop.plan.preview).toMatchObject({ risk: 'R4', phrase: last?.oldName });
    expect(drop.job).toMatchObject({ outcome: 'done', error: null });
    expect(await stages.replaced()).toEqual([]);
    expect(await countPosts(shop)).toBe(2000);
  });

  it('drops nothing that is no longer the database of its comment', async () => {
    const shop = await stages.stage();
    await perform(REPLACE, await shop.context());
    const [old] = await stages.replaced();
    const name = quoteIdentifier(old?.oldName ?? '');
    const plan = await planRestore({ kind: 'drop-old', replacedId: old?.id ?? '' }, await shop.context());
    const [kept] = await stages.admin<{ comment: string }>(
      `SELECT shobj_description(oid, 'pg_database') AS comment FROM pg_database WHERE datname = $1`,
      [old?.oldName],
    );
    // Another one under its name, with its comment: the oid is another.
    await stages.admin(`ALTER DATABASE ${name} RENAME TO moved; CREATE DATABASE ${name}`.split(';')[0] ?? '');
    await stages.admin(`CREATE DATABASE ${name}`);
    await stages.admin(`COMMENT ON DATABASE ${name} IS ${pg.escapeLiteral(kept?.comment ?? '')}`);
    const { job } = await runJob(plan);
    expect(job).toMatchObject({ outcome: 'failed' });
    expect(await stages.admin('SELECT FROM pg_database WHERE datname = $1', [old?.oldName])).toHaveLength(1);
    await stages.admin(`DROP DATABASE ${name}`);
    await stages.admin('DROP DATABASE moved');
  });

  it('keeps names within 63 bytes, and takes quotes and line breaks for what they are', async () => {
    for (const name of ['🐘'.repeat(15), `quo"te, apos'trophe`, '--file=/tmp/x\nback\\slash']) {
      const shop = await stages.stage(name);
      await shop.sql('DELETE FROM app.posts');
      const { job } = await perform(REPLACE, await shop.context());
      expect([name, job.error]).toEqual([name, null]);
      expect(await countPosts(shop)).toBe(2000);
      const old = (await stages.replaced()).find(({ database }) => database === name);
      expect(Buffer.byteLength(old?.oldName ?? 'x'.repeat(64))).toBeLessThanOrEqual(63);
      const back = await perform({ kind: 'swap-back', replacedId: old?.id ?? '' }, await shop.context());
      expect(back.job.error).toBeNull();
      expect(await countPosts(shop)).toBe(0);
    }
  });
});

describe('F65: what belongs to the database itself', () => {
  const properties = async (name: string) =>
    stages.admin(
      `SELECT pg_get_userbyid(d.datdba) AS owner, d.datconnlimit, pg_encoding_to_char(d.encoding), d.datcollate, shobj_description(d.oid, 'pg_database'),
         (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(d.datacl) a) AS acl,
         (SELECT array_agg(setconfig::text || setrole::regrole::text ORDER BY setrole) FROM pg_db_role_setting WHERE setdatabase = d.oid) AS settings
       FROM pg_database d WHERE datname = $1`,
      [name],
    );

  it('is carried over: owner, rights with their grantors, settings, limit, comment, encoding', async () => {
    await stages.admin(
      `CREATE ROLE "the owner" LOGIN CREATEDB PASSWORD 'p'; CREATE ROLE helper LOGIN; CREATE ROLE guest`,
    );
    await stages.admin(
      `CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'`,
    );
    const url = await stages.url('latin');
    await stages.ask('latin', 'CREATE TABLE kept (x int); INSERT INTO kept VALUES (1)');
    for (const sql of [
      `ALTER DATABASE latin OWNER TO "the owner"`,
      `ALTER DATABASE latin SET work_mem = '64MB'`,
      `ALTER DATABASE latin SET search_path = "$user", 'App', public`,
      `ALTER DATABASE latin SET app.region = 'eu, "west"'`,
      `ALTER ROLE helper IN DATABASE latin SET statement_timeout = '5s'`,
      `ALTER DATABASE latin CONNECTION LIMIT 42`,
      `REVOKE ALL ON DATABASE latin FROM PUBLIC`,
      `GRANT CONNECT, TEMPORARY ON DATABASE latin TO helper WITH GRANT OPTION`,
      `SET ROLE helper; GRANT CONNECT ON DATABASE latin TO guest; RESET ROLE`,
      `COMMENT ON DATABASE latin IS 'line one\npgvitals: {"kind":"old"}'`,
    ])
      await stages.admin(sql);
    const before = await properties('latin');
    const target = parseConnectionInput(url);
    const latin = (text: string) => stages.ask('latin', text);
    const backup = await dumpBackup(target, latin);
    const shop = await stages.stage();
    const context = await shop.context({
      backup,
      target,
      identity: { key: await identityKey(latin), label: 'latin' },
    });
    const { job } = await perform(REPLACE, context);
    expect(job).toMatchObject({ outcome: 'done', error: null, notes: [] });
    expect(await properties('latin')).toEqual(before);
    await backup.remove();
  });

  it('is told where the role cannot carry it over; its owner needs no superuser', async () => {
    const shop = await stages.stage(
      'owned',
      'CREATE TABLE kept (x int); INSERT INTO kept VALUES (1); ALTER TABLE kept OWNER TO "the owner"',
    );
    await stages.admin(
      'ALTER DATABASE owned OWNER TO "the owner"; ALTER DATABASE owned SET log_duration = on',
    );
    const url = urlOf(await stages.get(), 'owned', { user: 'the owner', password: 'p' });
    const context = await shop.context({ target: parseConnectionInput(url) });
    const { job, plan } = await perform(REPLACE, {
      ...context,
      identity: { key: await keyFor(url), label: 'owned' },
    });
    expect(plan.preview.mustAccept.find(({ id }) => id === 'properties')?.text).toMatch(/log_duration = on/);
    expect(job).toMatchObject({ outcome: 'done', error: null });
    expect(await properties('owned')).toMatchObject([{ owner: 'the owner', settings: null }]);
  });

  /** As that role sees it. */
  async function keyFor(url: string): Promise<string> {
    const target = parseConnectionInput(url);
    const session = await openWriteSession(target, { jobId: 'test' });
    const key = await identityKeyOf(session, target);
    await session.close();
    return key;
  }
});
