import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import { BACKUP_SHAPES } from '#shared/model/backup.ts';
import { formatCountOf } from '#shared/model/format.ts';
import type { PlanPreview } from '#shared/model/plan.ts';
import { backing } from '../support/backups.ts';
import { createDatabase, query, urlOf, useServer } from '../support/postgres.ts';

const run = promisify(execFile);
const server = useServer(15);

const SHOP = `
  CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL);
  CREATE TABLE orders (id int PRIMARY KEY, customer int REFERENCES customers, note text);
  CREATE TABLE empty (id int);
  CREATE SCHEMA "Odd ""one""";
  CREATE TABLE "Odd ""one"""."x
drop" (a text);
  INSERT INTO customers SELECT n, 'name ' || n FROM generate_series(1, 1000) n;
  INSERT INTO orders SELECT n, n % 1000 + 1, repeat('note ', 5) FROM generate_series(1, 5000) n;
  INSERT INTO "Odd ""one"""."x
drop" VALUES ('\\.'), (E'a\\nb'), (NULL);
  SELECT lo_from_bytea(0, 'one'), lo_from_bytea(0, ''), lo_from_bytea(0, convert_to(repeat('large ', 10000), 'UTF8'));
  ANALYZE`;

async function shop(): Promise<Awaited<ReturnType<typeof createDatabase>>> {
  const database = await createDatabase(await server.get(), SHOP);
  onTestFinished(() => database.drop());
  return database;
}

describe('creating a backup', () => {
  for (const shape of BACKUP_SHAPES) {
    it(`writes, hashes, decodes and files one: ${shape}`, async () => {
      const database = await shop();
      const { create, engine, connectionId } = await backing(database.url);
      const job = await create({ shape, note: 'before the upgrade' });
      expect(job.error).toBeNull();
      expect(job.steps.map(({ title, state }) => [title, state])).toEqual(
        ['Look at the server', 'Dump', 'Roles and tablespaces', 'Checksum', 'Proof', 'File it'].map(
          (title) => [title, 'done'],
        ),
      );
      const { backups } = await engine.backups.overview(connectionId, {});
      expect(backups).toMatchObject([
        {
          id: job.backupId,
          trust: 'intact',
          shape,
          rows: 6003,
          tables: 4,
          note: 'before the upgrade',
          seq: 1,
        },
      ]);
      const detail = await engine.backups.detail(connectionId, job.backupId ?? '', {});
      expect(detail.tableRows).toContainEqual({
        schema: 'Odd "one"',
        name: 'x\ndrop',
        rows: 3,
        sourceHash: null,
      });
      // One file is decoded while pg_dump writes it; of a directory, every file when all are whole.
      expect(detail.verifications[0]?.steps.find(({ step }) => step === 'decode')?.text).toBe(
        `Every row ${shape === 'fast' ? 'could be decoded' : 'was decoded while it was written'}: ${formatCountOf(6003, 'row')} in 4 tables.`,
      );
      for (const { name, bytes, sha256 } of detail.files) {
        const path = join(detail.folder, name);
        const status = await stat(path);
        expect([name, status.mode & 0o777, status.size]).toEqual([name, 0o600, bytes]);
        expect(
          createHash('sha256')
            .update(await readFile(path))
            .digest('hex'),
        ).toBe(sha256);
      }
      expect((await stat(detail.folder)).mode & 0o777).toBe(0o700);
      expect(await leftovers(detail.folder)).toEqual([]);
    });
  }

  it('holds exactly what the exported snapshot held, while 500 and more writes go on', async () => {
    const database = await shop();
    await database.query(
      'INSERT INTO orders SELECT n, 1, repeat(md5(n::text), 8) FROM generate_series(10000, 60000) n',
    );
    const { create, engine, connectionId } = await backing(database.url);
    const writers = await startWriters(database.url);
    const job = await create({ comparesSource: true });
    const written = await writers.stop();
    expect(job.error).toBeNull();
    expect(written).toBeGreaterThanOrEqual(500);

    const { folder, tableRows } = await engine.backups.detail(connectionId, job.backupId ?? '', {});
    const copy = await createDatabase(await server.get());
    onTestFinished(() => copy.drop());
    await run('pg_restore', ['--exit-on-error', '-d', copy.url, join(folder, 'data.dump')]);
    for (const { schema, name, rows, sourceHash } of tableRows) {
      const table = `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(name)}`;
      const [truth] = await query<{ rows: string; hash: string }>(
        copy.url,
        `SELECT count(*) AS rows, coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text AS hash FROM ONLY ${table} t`,
      );
      expect([name, Number(truth?.rows), truth?.hash]).toEqual([name, rows, sourceHash]);
    }
    // The writers did write meanwhile: the source is another one by now.
    const [now] = await database.query<{ rows: string }>('SELECT count(*) AS rows FROM orders');
    expect(Number(now?.rows)).not.toBe(tableRows.find(({ name }) => name === 'orders')?.rows);
  });

  it('takes schemas and tables alone, also with names that look like patterns', async () => {
    const database = await shop();
    await database.query(
      'CREATE TABLE "a.b*c" (id int); INSERT INTO "a.b*c" VALUES (1), (2); CREATE TABLE "aXbYc" (id int)',
    );
    const { create, engine, connectionId } = await backing(database.url);
    const rowsOf = async (backupId: string | null): Promise<unknown> =>
      (await engine.backups.detail(connectionId, backupId ?? '', {})).tableRows.map(
        ({ schema, name, rows }) => [schema, name, rows],
      );
    const tables = await create({ scope: { kind: 'tables', tables: [{ schema: 'public', name: 'a.b*c' }] } });
    expect(tables.error).toBeNull();
    expect(await rowsOf(tables.backupId)).toEqual([['public', 'a.b*c', 2]]);
    const schemas = await create({ scope: { kind: 'schemas', schemas: ['Odd "one"'] } });
    expect(await rowsOf(schemas.backupId)).toEqual([['Odd "one"', 'x\ndrop', 3]]);
    expect((await create({ scope: { kind: 'schemas', schemas: ['absent'] } })).error?.message).toMatch(
      /no matching schemas/,
    );
  });

  it('tells who it is and leaves no session behind', async () => {
    const database = await shop();
    const { create } = await backing(database.url);
    const job = await create();
    const sessions = await query<{ application_name: string }>(
      urlOf(await server.get(), 'postgres'),
      `SELECT application_name FROM pg_stat_activity WHERE application_name LIKE '%${job.id}'`,
    );
    expect(sessions).toEqual([]);
  });

  it('makes one at a time of a database, also from two programs', async () => {
    const database = await shop();
    await database.query(
      'INSERT INTO orders SELECT n, 1, repeat(md5(n::text), 20) FROM generate_series(10000, 60000) n',
    );
    const [first, second] = await Promise.all([backing(database.url), backing(database.url)]);
    const jobs = await Promise.all([first.create(), second.create()]);
    expect(jobs.map(({ outcome }) => outcome).toSorted()).toEqual(['done', 'failed']);
    expect(jobs.find(({ outcome }) => outcome === 'failed')?.error?.message).toMatch(
      /backing up this database already \(pid \d+, pgvitals\/snapshot:/,
    );
  });

  it('keeps changes of PgVitals away while it runs, and cannot begin while one runs (F80)', async () => {
    const database = await shop();
    const { engine, connectionId, create, ended } = await backing(database.url);
    engine.plans.unlock(connectionId);
    const [table] = await database.query<{ oid: number }>("SELECT 'orders'::regclass::oid AS oid");
    const preview = (): Promise<PlanPreview> =>
      engine.plans.preview(
        connectionId,
        { kind: 'action', action: { verb: 'vacuum', tables: [Number(table?.oid)], mode: 'full' } },
        {},
      );
    const execute = ({ planId, phrase, mustAccept }: PlanPreview): Promise<{ jobId: string }> =>
      engine.plans.execute({ connectionId, planId, phrase, accepted: mustAccept.map(({ id }) => id) });
    const before = await preview();
    const holder = new pg.Client({ connectionString: database.url });
    await holder.connect();
    await holder.query('BEGIN; LOCK TABLE orders IN ACCESS EXCLUSIVE MODE');
    const stop = new AbortController();
    const told: string[] = [];
    const listening = (async () => {
      for await (const { jobId } of engine.backups.running(connectionId, stop)) told.push(jobId);
    })();
    const backup = await engine.backups.create(connectionId, {
      shape: 'default',
      scope: { kind: 'database' },
      locationId: null,
      comparesSource: false,
      note: '',
    });
    for await (const { job } of engine.backups.watch(connectionId, backup.jobId))
      if (job.steps[1]?.state === 'running') break;
    // A window that was open before has heard of it, and one that is opened now does.
    expect(told).toEqual([backup.jobId]);
    for await (const { jobId } of engine.backups.running(connectionId, stop)) {
      expect(jobId).toBe(backup.jobId);
      break;
    }
    stop.abort();
    await listening;
    await expect(execute(before)).rejects.toMatchObject({
      code: 'JOB_RUNNING',
      message: expect.stringMatching(/backing up this database already/),
    });
    // One that is planned meanwhile says so before.
    const meanwhile = (await preview()).preflight.filter(({ verdict }) => verdict === 'stop');
    expect(meanwhile.map(({ text }) => text).join()).toMatch(/backup/i);
    await holder.query('ROLLBACK');
    expect((await ended(backup.jobId)).error).toBeNull();
    await holder.query('BEGIN; LOCK TABLE orders IN ACCESS SHARE MODE');
    const change = await execute(await preview());
    expect((await create()).error?.message).toMatch(/changing something in this database already/);
    await holder.query('ROLLBACK');
    await holder.end();
    for await (const event of engine.plans.watch(connectionId, change.jobId))
      if (event.type === 'done') expect(event.job.outcome).toBe('done');
  });

  it('is known again when the store is lost, and missing when its drive is', async () => {
    const database = await shop();
    const first = await backing(database.url);
    const job = await first.create();
    expect(job.error).toBeNull();
    await first.engine.close();
    for (const name of await readdir(first.dataDir))
      if (name.startsWith('history.sqlite')) await run('rm', [join(first.dataDir, name)]);
    const again = await backing(database.url, { dataDir: first.dataDir });
    const { backups } = await again.engine.backups.overview(again.connectionId, {});
    expect(backups).toMatchObject([{ id: job.backupId, trust: 'intact', seq: 1 }]);
    // Its number goes on from what the manifests say.
    const next = await again.create();
    await run('mv', [again.location, `${again.location}.gone`]);
    const without = await again.engine.backups.overview(again.connectionId, {});
    expect(without.backups.map(({ id, trust, seq }) => [id, trust, seq])).toEqual([
      [next.backupId, 'missing', 2],
      [job.backupId, 'missing', 1],
    ]);
    expect(without.notices.join()).toMatch(
      /cannot be used now \(it is not there\)\. 2 backups of it are known from before/,
    );
    await expect(
      again.engine.backups.detail(again.connectionId, job.backupId ?? '', {}),
    ).rejects.toMatchObject({
      code: 'LOCATION_UNAVAILABLE',
    });
  });
});

/** Files and folders beside a backup that are no backup. */
async function leftovers(folder: string): Promise<readonly string[]> {
  const parent = join(folder, '..');
  return (await readdir(parent)).filter((name) => name.endsWith('.partial'));
}

/** Four sessions that insert, update and delete without pause; each write is a transaction. */
async function startWriters(url: string): Promise<{ stop(): Promise<number> }> {
  let isOn = true;
  let written = 0;
  const writers = [1, 2, 3, 4].map(async (writer) => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    for (let n = 0; isOn; n += 1) {
      await client.query('INSERT INTO orders VALUES ($1, 1, $2)', [
        writer * 1_000_000 + n,
        `writer ${writer}`,
      ]);
      await client.query('UPDATE customers SET name = $1 WHERE id = $2', [
        `renamed ${n}`,
        (n * writer) % 1000,
      ]);
      if (n % 3 === 0) await client.query('DELETE FROM orders WHERE id = $1', [writer * 1_000_000 + n]);
      written += n % 3 === 0 ? 3 : 2;
    }
    await client.end();
  });
  return {
    stop: async () => {
      isOn = false;
      await Promise.all(writers);
      return written;
    },
  };
}
