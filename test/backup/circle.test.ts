import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { BackupPlanRequest } from '#shared/contract/backups.ts';
import { backing, databaseToRestore, madeBeside } from '../support/backups.ts';
import { query, urlOf, useServer } from '../support/postgres.ts';

const server = useServer(15);

const SHOP = `
  CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL);
  INSERT INTO customers SELECT n, 'name ' || n FROM generate_series(1, 500) n;
  CREATE MATERIALIZED VIEW counted AS SELECT count(*) FROM customers`;

const shop = async () => databaseToRestore(await server.get(), SHOP);

const COUNT = 'SELECT count(*)::int AS count FROM customers';

describe('the circle of a backup', () => {
  it('is restored in the place of the database, swapped back, and the former one dropped', async () => {
    const database = await shop();
    const { engine, connectionId, create, change } = await backing(database.url);
    const backup = await create();
    await engine.backups.setRetention(connectionId, { days: 30, keepAtLeast: 5 }, {});
    await database.query('DELETE FROM customers WHERE id > 100');
    const request = { kind: 'replace', backupId: backup.backupId ?? '' } as const;
    await expect(change(request)).rejects.toMatchObject({ code: 'READ_ONLY' });
    engine.plans.unlock(connectionId);
    const replaced = await change(request);
    expect(replaced.error).toBeNull();
    expect(await database.query(COUNT)).toEqual([{ count: 500 }]);

    // The page's connection goes on with the new one, and the list still knows what is whose.
    const overview = await engine.backups.overview(connectionId, {});
    expect(overview.backups.map(({ note, isPinned }) => [note, isPinned])).toEqual([
      ['Made before a restore', true],
      ['', false],
    ]);
    expect(overview.recovery.pointAgeMs).not.toBeNull();
    // What is remembered goes with the name, though its database is another one by now.
    expect(overview.retention).toEqual({ days: 30, keepAtLeast: 5 });
    const [old] = overview.replaced;
    expect(old).toMatchObject({ database: database.name, backupId: backup.backupId, isThere: true });

    const back = await change({ kind: 'swap-back', replacedId: old?.id ?? '' });
    expect(back.error).toBeNull();
    expect((await engine.backups.overview(connectionId, {})).retention).toEqual({ days: 30, keepAtLeast: 5 });
    expect(await database.query(COUNT)).toEqual([{ count: 100 }]);
    const [restored] = (await engine.backups.overview(connectionId, {})).replaced;
    const dropped = await change({ kind: 'drop-old', replacedId: restored?.id ?? '' });
    expect(dropped.error).toBeNull();
    expect(await madeBeside(database)).toEqual([]);
    expect(await database.query(COUNT)).toEqual([{ count: 100 }]);
  });

  it('is proven by a test restore, here and on a server of PgVitals’ own, and caught when it is damaged', async () => {
    const database = await shop();
    const { engine, connectionId, create, ended } = await backing(database.url);
    const backupId = (await create()).backupId ?? '';
    const request = { backupId, depth: 'restore', on: 'this server' } as const;
    await expect(engine.backups.verify(connectionId, request)).rejects.toMatchObject({ code: 'READ_ONLY' });
    const own = await ended(
      (await engine.backups.verify(connectionId, { ...request, on: 'own server' })).jobId,
    );
    expect(own.error).toBeNull();
    engine.plans.unlock(connectionId);
    const here = await ended((await engine.backups.verify(connectionId, request)).jobId);
    expect(here.error).toBeNull();
    const row = async (): Promise<unknown> => {
      const { backups, recovery } = await engine.backups.overview(connectionId, {});
      return [backups[0]?.trust, recovery.timeMs !== null && recovery.provenAt !== null];
    };
    expect(await row()).toEqual(['verified', true]);
    expect((await engine.backups.recoveryPlan(connectionId, 'md', {})).text).toContain(database.name);

    const { folder } = await engine.backups.detail(connectionId, backupId, {});
    const bytes = await readFile(join(folder, 'data.dump'));
    bytes[Math.floor(bytes.length / 2)] = (bytes[Math.floor(bytes.length / 2)] ?? 0) ^ 1;
    await writeFile(join(folder, 'data.dump'), bytes);
    const damaged = await ended(
      (await engine.backups.verify(connectionId, { ...request, depth: 'intact' })).jobId,
    );
    expect(damaged).toMatchObject({
      outcome: 'failed',
      error: { message: expect.stringMatching(/data\.dump is not what was written/i) },
    });
    expect(await row()).toEqual(['damaged', true]);
    await expect(
      engine.backups.preview(connectionId, { kind: 'replace', backupId }, {}),
    ).rejects.toMatchObject({
      code: 'BACKUP_DAMAGED',
    });
  });

  it('is restored beside, whole or by table, and leaves what is there alone', async () => {
    const database = await shop();
    const { engine, connectionId, create, change } = await backing(database.url);
    const backupId = (await create()).backupId ?? '';
    engine.plans.unlock(connectionId);
    const copy = `${database.name}__pgv_copy`;
    expect((await change({ kind: 'restore', backupId, database: copy })).error).toBeNull();
    expect(await query(urlOf(await server.get(), copy), COUNT)).toEqual([{ count: 500 }]);
    const tables = `${database.name}__pgv_tables`;
    const only = [{ schema: 'public', name: 'customers' }];
    expect(
      (await change({ kind: 'restore-tables', backupId, tables: only, database: tables })).error,
    ).toBeNull();
    expect(await query(urlOf(await server.get(), tables), COUNT)).toEqual([{ count: 500 }]);
    const taken = await engine.backups
      .preview(connectionId, { kind: 'restore', backupId, database: copy }, {})
      .then(
        ({ preflight }) => preflight.filter(({ verdict }) => verdict === 'stop').map(({ text }) => text),
        (error: Error) => [error.message],
      );
    expect(taken.join()).toContain(copy);
  });

  it('goes to the trash, comes back, and is deleted for good; a pinned one and the last one stay', async () => {
    const database = await shop();
    const { engine, connectionId, create, change } = await backing(database.url);
    const first = (await create()).backupId ?? '';
    const second = (await create()).backupId ?? '';
    const { folder } = await engine.backups.detail(connectionId, first, {});
    await engine.backups.setPinned(connectionId, first, true, {});
    await expect(change({ kind: 'delete', backupIds: [first] })).rejects.toMatchObject({
      code: 'PLAN_REFUSED',
    });
    await engine.backups.setPinned(connectionId, first, false, {});
    expect((await change({ kind: 'delete', backupIds: [first] })).error).toBeNull();
    const trashed = async (): Promise<unknown> =>
      (await engine.backups.overview(connectionId, {})).backups.map(({ id, trashedAt }) => [
        id,
        trashedAt !== null,
      ]);
    expect(await trashed()).toEqual([
      [second, false],
      [first, true],
    ]);
    await engine.backups.recover(connectionId, first, {});
    expect(await trashed()).toEqual([
      [second, false],
      [first, false],
    ]);
    await change({ kind: 'delete', backupIds: [first] });
    expect((await change({ kind: 'delete', backupIds: [first] })).error).toBeNull();
    expect(existsSync(folder)).toBe(false);
    await expect(change({ kind: 'delete', backupIds: [second] })).rejects.toMatchObject({
      code: 'PLAN_REFUSED',
    });
    expect(await trashed()).toEqual([[second, false]]);
  });

  it('of another installation is foreign: not restored, not deleted, and imported by a safe client only', async () => {
    const database = await shop();
    const first = await backing(database.url);
    const backupId = (await first.create()).backupId ?? '';
    const other = await backing(database.url);
    await other.engine.backups.addLocation(other.connectionId, first.location, {});
    const { backups } = await other.engine.backups.overview(other.connectionId, {});
    expect(backups).toMatchObject([{ id: backupId, trust: 'foreign' }]);
    other.engine.plans.unlock(other.connectionId);
    const requests: readonly BackupPlanRequest[] = [
      { kind: 'replace', backupId },
      { kind: 'restore', backupId, database: 'never' },
      { kind: 'delete', backupIds: [backupId] },
    ];
    for (const request of requests)
      await expect(other.change(request)).rejects.toMatchObject({ code: 'PLAN_REFUSED' });
    await expect(
      other.engine.backups.setPinned(other.connectionId, backupId, true, {}),
    ).rejects.toMatchObject({
      code: 'PLAN_REFUSED',
    });
  });
});
