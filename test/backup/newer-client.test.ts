import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BACKUP_SHAPES } from '#shared/model/backup.ts';
import { formatCountOf } from '#shared/model/format.ts';
import { readArchiveHead } from '#engine/backup/archive-toc.ts';
import { hasNewerClient, NEWER_CLIENT } from '../../build/newer-client.ts';
import { backing, databaseToRestore, madeBeside } from '../support/backups.ts';
import { useServer } from '../support/postgres.ts';

const { folder: clientFolder, major } = NEWER_CLIENT;
if (!hasNewerClient())
  console.warn(
    `SKIPPED: there is no client ${major}, which zstd and newer servers need (build/newer-client.ts)`,
  );

const SHOP = `
  CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL);
  CREATE TABLE orders (id int PRIMARY KEY, customer int REFERENCES customers, note text);
  CREATE TABLE empty (id int);
  INSERT INTO customers SELECT n, 'name ' || n FROM generate_series(1, 1000) n;
  INSERT INTO orders SELECT n, n % 1000 + 1, md5(n::text) FROM generate_series(1, 60000) n;
  SELECT lo_from_bytea(0, 'one'), lo_from_bytea(0, convert_to(repeat('large ', 10000), 'UTF8'))`;

const CUSTOMERS = 'SELECT count(*)::int AS count FROM customers';

/** A client that is newer than the server is what one has who installed the latest. */
describe.skipIf(!hasNewerClient()).each([14, 16, 17] as const)('a client 17 on a server %i', (version) => {
  const server = useServer(version);

  const shop = async () => databaseToRestore(await server.get(), SHOP);

  // What differs by shape does not by server.
  const shapes = version === major ? BACKUP_SHAPES : (['default'] as const);

  it.each(shapes)('makes one of the shape %s by zstd, and a test restore proves it', async (shape) => {
    const database = await shop();
    const { create, engine, connectionId, ended } = await backing(database.url, { clientFolder });
    engine.plans.unlock(connectionId);
    const job = await create({ shape, comparesSource: true });
    expect(job.error).toBeNull();
    const backupId = job.backupId ?? '';
    const detail = await engine.backups.detail(connectionId, backupId, {});
    expect(detail.toolVersion).toMatch(/^17\./);
    const isFile = shape !== 'fast';
    const head = await readArchiveHead(join(detail.folder, isFile ? 'data.dump' : 'data/toc.dat'), major);
    expect(head.compression).toBe('zstd');
    expect(detail.verifications[0]?.steps.find(({ step }) => step === 'decode')?.text).toBe(
      `Every row ${isFile ? 'was decoded while it was written' : 'could be decoded'}: ${formatCountOf(61_000, 'row')} in 3 tables.`,
    );
    const { jobId } = await engine.backups.verify(connectionId, {
      backupId,
      depth: 'restore',
      on: 'this server',
    });
    expect((await ended(jobId)).error).toBeNull();
    const { backups } = await engine.backups.overview(connectionId, {});
    expect(backups).toMatchObject([{ id: backupId, trust: 'verified' }]);
  });

  it('says why a restore fails, and leaves nothing of it', async () => {
    const database = await shop();
    // pg_restore looks for it with an empty search_path, and finds nothing.
    await database.query(`CREATE FUNCTION is_known(int) RETURNS bool LANGUAGE sql AS
                            'SELECT EXISTS (SELECT FROM customers WHERE id = $1)';
                          ALTER TABLE orders ADD CHECK (is_known(customer))`);
    const { create, change, engine, connectionId } = await backing(database.url, { clientFolder });
    engine.plans.unlock(connectionId);
    const backupId = (await create()).backupId ?? '';
    const failed = await change({ kind: 'replace', backupId });
    expect(failed.error?.message).toMatch(/relation "customers" does not exist/);
    expect(await madeBeside(database)).toEqual([]);
  });

  it('restores in the place of the database, and swaps back', async () => {
    const database = await shop();
    const { create, engine, connectionId, change } = await backing(database.url, { clientFolder });
    engine.plans.unlock(connectionId);
    const backupId = (await create()).backupId ?? '';
    await database.query('DELETE FROM orders; DELETE FROM customers WHERE id > 100');
    expect((await change({ kind: 'replace', backupId })).error).toBeNull();
    expect(await database.query(CUSTOMERS)).toEqual([{ count: 1000 }]);
    const [old] = (await engine.backups.overview(connectionId, {})).replaced;
    expect((await change({ kind: 'swap-back', replacedId: old?.id ?? '' })).error).toBeNull();
    expect(await database.query(CUSTOMERS)).toEqual([{ count: 100 }]);
  });
});
