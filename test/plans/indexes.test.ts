import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import pg from 'pg';
import { usePlans } from '../support/plans.ts';
import { differingLines, schemaOf } from '../support/fixes.ts';
import { createDatabase, type TestDatabase, useServer } from '../support/postgres.ts';

const server = useServer(15);
const bench = usePlans();
let database: TestDatabase;
let admin: pg.Client;
let connection: string;

beforeAll(async () => {
  database = await createDatabase(
    await server.get(),
    `CREATE TABLE customers (id int PRIMARY KEY, email text UNIQUE);
     CREATE TABLE orders (id int PRIMARY KEY, customer_id int REFERENCES customers, total int, note text);
     INSERT INTO orders SELECT g, NULL, g, 'n' || g FROM generate_series(1, 20000) g;
     CREATE INDEX orders_total ON orders (total DESC) INCLUDE (note) WHERE total > 5;
     CREATE INDEX orders_lower ON orders (lower(note));
     COMMENT ON INDEX orders_lower IS 'for the search';
     ALTER INDEX orders_lower ALTER COLUMN 1 SET STATISTICS 500;
     CREATE INDEX orders_customer ON orders (customer_id);
     ALTER TABLE orders CLUSTER ON orders_customer;`,
  );
  admin = new pg.Client({ connectionString: database.url });
  await admin.connect();
  connection = await bench.open(database.url);
});

afterAll(async () => {
  await admin?.end();
  await database?.drop();
});

const oidOf = async (name: string): Promise<number> => {
  const [row] = await database.query<{ oid: number }>('SELECT $1::regclass::oid::int AS oid', [name]);
  return row?.oid ?? 0;
};

describe('dropping an index', () => {
  it('goes from preview to journal and comes back exactly', async () => {
    const before = await schemaOf(database.url, admin);
    const oid = await oidOf('orders_lower');
    const plan = await bench.preview(connection, {
      kind: 'action',
      action: { verb: 'drop-index', indexes: [oid] },
    });
    expect(plan).toMatchObject({
      title: 'Drop orders_lower',
      verb: 'Drop index',
      risk: 'R4',
      phrase: 'orders_lower',
    });
    expect(plan.actions[0]?.sql).toEqual(['DROP INDEX CONCURRENTLY "public"."orders_lower"']);
    const job = await bench.finish(connection, await bench.start(connection, plan));
    expect(job).toMatchObject({
      outcome: 'done',
      noUndo: null,
      recheck: [{ text: 'By the catalog, orders_lower is gone.', isGood: true }],
    });
    expect(job.freedBytes).toBeGreaterThan(100_000);
    expect(await database.query("SELECT to_regclass('orders_lower') AS gone")).toEqual([{ gone: null }]);

    const undone = await bench.undo(connection, job.id);
    expect(undone).toMatchObject({
      outcome: 'done',
      recheck: [{ text: 'By the catalog, orders_lower is there.', isGood: true }],
    });
    expect(differingLines(before, await schemaOf(database.url, admin))).toEqual([]);
    const journal = await bench.engine.plans.journal(connection, {});
    expect(journal.map(({ title, undoneBy }) => [title, undoneBy])).toEqual([
      ['Undo: Drop the index orders_lower', null],
      ['Drop orders_lower', undone.id],
    ]);
  });

  it('refuses what carries a rule, and asks first where it is the last support of a foreign key', async () => {
    for (const name of ['orders_pkey', 'customers_email_key'])
      await expect(
        bench.preview(connection, {
          kind: 'action',
          action: { verb: 'drop-index', indexes: [await oidOf(name)] },
        }),
      ).rejects.toMatchObject({ code: 'PLAN_REFUSED' });
    const plan = await bench.preview(connection, {
      kind: 'action',
      action: { verb: 'drop-index', indexes: [await oidOf('orders_customer')] },
    });
    expect(plan.mustAccept.map(({ id }) => id)).toEqual(['last support of orders_customer_id_fkey']);
    await expect(
      bench.engine.plans.execute({
        connectionId: connection,
        planId: plan.planId,
        phrase: plan.phrase,
        accepted: [],
      }),
    ).rejects.toMatchObject({ code: 'PLAN_REFUSED' });
  });
});
