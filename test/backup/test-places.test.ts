import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { BackupJob } from '#shared/model/backup.ts';
import type { JobTrace } from '#engine/backup/job.ts';
import { openStore } from '#engine/store/open-store.ts';
import { backing } from '../support/backups.ts';
import { createDatabase, query, type TestServer, urlOf, useServer } from '../support/postgres.ts';

const server = useServer(15);
const newer = useServer(17);
const older = useServer(14);

async function databaseOn(at: TestServer, sql = ''): Promise<Awaited<ReturnType<typeof createDatabase>>> {
  const database = await createDatabase(at, sql);
  onTestFinished(() => database.drop());
  return database;
}

/** Databases of other tests come and go on these servers: ours bear the id of the backup. */
const leftOf = async (backupId: string): Promise<unknown[]> =>
  query(
    urlOf(await newer.get(), 'postgres'),
    `SELECT datname FROM pg_database d WHERE strpos(shobj_description(d.oid, 'pg_database'), $1) > 0`,
    [backupId],
  );

describe('a test restore on the server of another connection', () => {
  it('says where it can run and why not elsewhere, needs that one unlocked, and leaves nothing there', async () => {
    const database = await databaseOn(
      await server.get(),
      'CREATE TABLE t AS SELECT g AS i, md5(g::text) AS m FROM generate_series(1, 20000) g',
    );
    const { engine, connectionId, create, ended } = await backing(database.url);
    const backupId = (await create()).backupId ?? '';
    const open = async (url: string): Promise<string> => (await engine.open({ text: url }, {})).id;
    const role = `poor_${randomBytes(4).toString('hex')}`;
    const at = await newer.get();
    const admin = urlOf(at, 'postgres');
    await query(admin, `CREATE ROLE ${role} LOGIN PASSWORD 'poor-7d1'`);
    onTestFinished(async () => void (await query(admin, `DROP ROLE ${role}`)));
    const poor = new URL(admin);
    poor.username = role;
    poor.password = 'poor-7d1';
    const other = await open(admin);
    const same = await open(urlOf(await server.get(), 'postgres'));
    const old = await open(urlOf(await older.get(), 'postgres'));
    const locked = await open(poor.href);
    const places = await engine.backups.testPlaces(connectionId, backupId, {});
    expect(new Map(places.map((place) => [place.connectionId, place.unusable]))).toEqual(
      new Map([
        [other, null],
        [same, 'It is the same server as that of this connection.'],
        [old, 'It is PostgreSQL 14, and a backup of 15 cannot be restored by an older one.'],
        [locked, `The role ${role} may not create databases there (ALTER ROLE … CREATEDB).`],
      ]),
    );
    const verify = (on: string) =>
      engine.backups.verify(connectionId, { backupId, depth: 'restore', on: { connectionId: on } });
    await expect(verify(other)).rejects.toMatchObject({ code: 'READ_ONLY' });
    await expect(verify(old)).rejects.toMatchObject({
      code: 'PLAN_REFUSED',
      message: expect.stringContaining('It is PostgreSQL 14'),
    });
    engine.plans.unlock(other);
    expect((await ended((await verify(other)).jobId)).error).toBeNull();
    const { trust, verifications } = await engine.backups.detail(connectionId, backupId, {});
    expect([trust, verifications.at(-1)?.restoredOn]).toEqual(['verified', `${at.host}:${at.port}`]);
    expect(await leftOf(backupId)).toEqual([]);

    // Who closes that connection wants nothing to go on there.
    const { jobId } = await verify(other);
    await engine.closeConnection(other);
    expect((await ended(jobId)).outcome).toBe('cancelled');
    expect(await leftOf(backupId)).toEqual([]);
  });

  it('that died leaves a database, which goes when that server is connected to, not this one', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'pgv-places-'));
    onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
    const token = randomBytes(8).toString('hex');
    const left = `pgv_verify_${token.slice(0, 8)}`;
    const admin = urlOf(await newer.get(), 'postgres');
    await query(admin, `CREATE DATABASE ${left} TEMPLATE template0`);
    onTestFinished(async () => void (await query(admin, `DROP DATABASE IF EXISTS ${left}`)));
    const identifierOf = async (url: string): Promise<string> =>
      (await query<{ id: string }>(url, 'SELECT system_identifier::text AS id FROM pg_control_system()'))[0]
        ?.id ?? '';
    const here = urlOf(await server.get(), 'postgres');
    const on = await identifierOf(admin);
    const trace: JobTrace = { partial: null, children: [], scratch: { database: left, oid: 0, token, on } };
    const store = openStore(dataDir);
    store.backups.begin(await identifierOf(here), 'shop', DIED, trace, { pid: 0, start: null });
    store.close();

    for (const [url, remains] of [
      [here, 1],
      [admin, 0],
    ] as const) {
      const { engine, connectionId } = await backing(url, { dataDir });
      await engine.backups.overview(connectionId, {});
      await engine.close();
      expect(await query(admin, 'SELECT FROM pg_database WHERE datname = $1', [left])).toHaveLength(remains);
    }
  });
});

const DIED: BackupJob = {
  id: randomBytes(8).toString('hex'),
  kind: 'verify',
  title: 'Verify the backup of shop',
  startedAt: '2026-11-01T10:00:00.000Z',
  endedAt: '2026-11-01T10:00:05.000Z',
  outcome: 'interrupted',
  steps: [],
  progress: null,
  error: null,
  backupId: null,
  database: null,
  notes: [],
  question: null,
};
