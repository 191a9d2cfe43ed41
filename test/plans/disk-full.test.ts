import { execFileSync } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { usePlans } from '../support/plans.ts';
import { createDatabase, query, urlOf, usePrivateServer } from '../support/postgres.ts';

/** F69: the disk is full while a table is rewritten. Needs a small file system, which only root can make. */
const server = usePrivateServer({ major: 16 });
const bench = usePlans();
const folder = mkdtempSync(join(tmpdir(), 'pgvitals-small-disk-'));
const isMounted = mount();

function mount(): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=48m', 'tmpfs', folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

beforeAll(async () => {
  if (!isMounted) return;
  const { dataDir } = await server.get();
  const owner = statSync(dataDir);
  chownSync(folder, owner.uid, owner.gid);
});

afterAll(async () => {
  if (isMounted) {
    await (await server.get()).stop();
    execFileSync('umount', [folder]);
  }
  rmSync(folder, { recursive: true, force: true });
});

describe('the disk is full', () => {
  it.skipIf(!isMounted)('and the table is as it was, its half copy gone', async () => {
    const address = await server.get();
    await query(urlOf(address, 'postgres'), `CREATE TABLESPACE small LOCATION '${folder}'`);
    const database = await createDatabase(
      address,
      `CREATE TABLE items (id int, note text) TABLESPACE small;
       INSERT INTO items SELECT g, repeat(md5(g::text), 8) FROM generate_series(1, 100000) g;`,
    );
    const facts = async () => {
      // Files that are given up stay, empty, until the next one.
      await database.query('CHECKPOINT');
      return database.query(
        "SELECT count(*), pg_relation_filenode('items') AS file, sum(hashtext(note)) AS content, pg_tablespace_size('small') AS bytes FROM items",
      );
    };
    const before = await facts();
    const connection = await bench.open(database.url);
    const [row] = await database.query<{ oid: number }>("SELECT 'items'::regclass::oid::int AS oid");
    const plan = await bench.preview(connection, {
      kind: 'action',
      action: { verb: 'vacuum', tables: [row?.oid ?? 0], mode: 'full' },
    });
    // The need is said before: SQL cannot see how much room there is.
    expect(plan.mustAccept[0]?.text).toMatch(/has at least 5\d\.\d MB free/);
    const job = await bench.finish(connection, await bench.start(connection, plan));
    expect(job).toMatchObject({ outcome: 'failed', actions: [{ error: { sqlState: '53100' } }] });
    expect(await facts()).toEqual(before);
    await bench.engine.closeConnection(connection);
  });
});
