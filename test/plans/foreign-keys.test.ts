import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Job } from '#shared/model/plan.ts';
import type { ActionRequest } from '#shared/model/plan-request.ts';
import { createPlanDatabase, exactDifference, MAJORS, type PlanDatabase } from '../support/plan-database.ts';
import { usePlans } from '../support/plans.ts';
import { useServer } from '../support/postgres.ts';

const bench = usePlans();

const SCHEMA = `
  CREATE TABLE customers (id int PRIMARY KEY, region text, code text, UNIQUE (region, code));
  INSERT INTO customers SELECT n, 'r' || n % 3, 'c' || n FROM generate_series(1, 50) n;
  CREATE TABLE orders (id int PRIMARY KEY, customer_id int, customer_big bigint, customer_text text, region text, code text, parent_id int);
  INSERT INTO orders SELECT n, n, n, n, 'r' || n % 3, 'c' || n FROM generate_series(1, 50) n;
  CREATE TABLE lines (id int PRIMARY KEY, order_id int);
  INSERT INTO lines SELECT n, n + 20 FROM generate_series(1, 45) n;

  CREATE TABLE plain_child (id int, c int CONSTRAINT plain_key REFERENCES customers);
  COMMENT ON CONSTRAINT plain_key ON plain_child IS 'it''s \\ kept';
  CREATE TABLE deferred_child (id int, c int CONSTRAINT deferred_key REFERENCES customers ON UPDATE CASCADE ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED);
  CREATE TABLE deferrable_child (id int, c int CONSTRAINT deferrable_key REFERENCES customers ON DELETE RESTRICT DEFERRABLE);
  CREATE TABLE full_child (id int, r text, c text, CONSTRAINT full_key FOREIGN KEY (r, c) REFERENCES customers (region, code) MATCH FULL ON UPDATE SET NULL ON DELETE CASCADE);
  CREATE TABLE swapped_child (id int, r text, c text, CONSTRAINT swapped_key FOREIGN KEY (c, r) REFERENCES customers (code, region));
  CREATE TABLE self_child (id int PRIMARY KEY, boss int CONSTRAINT self_key REFERENCES self_child ON DELETE CASCADE);
  CREATE TABLE unchecked_child (id int, c int);
  INSERT INTO unchecked_child VALUES (1, 999);
  ALTER TABLE unchecked_child ADD CONSTRAINT unchecked_key FOREIGN KEY (c) REFERENCES customers NOT VALID;
  COMMENT ON CONSTRAINT unchecked_key ON unchecked_child IS 'older rows';
  CREATE SCHEMA "Odd Schema";
  CREATE TABLE "Odd Schema"."Child ""Table" ("Key ""Col" int CONSTRAINT "Odd ""Key" REFERENCES customers);
  CREATE TABLE part_child (id int, c int CONSTRAINT part_key REFERENCES customers ON DELETE CASCADE) PARTITION BY RANGE (id);
  CREATE TABLE part_child_1 PARTITION OF part_child FOR VALUES FROM (0) TO (100);
  CREATE TABLE part_child_2 PARTITION OF part_child FOR VALUES FROM (100) TO (200);
  COMMENT ON CONSTRAINT part_key ON part_child IS 'of all partitions';
  INSERT INTO part_child SELECT n, n FROM generate_series(1, 40) n;
  CREATE TABLE part_parent (id int PRIMARY KEY) PARTITION BY HASH (id);
  CREATE TABLE part_parent_0 PARTITION OF part_parent FOR VALUES WITH (MODULUS 1, REMAINDER 0);
  CREATE TABLE of_parts (id int, p int CONSTRAINT of_parts_key REFERENCES part_parent);`;

/** What only newer servers have. */
const NEWER: Readonly<Record<number, string>> = {
  15: `CREATE TABLE set_columns (id int, r text DEFAULT 'r0', c text, CONSTRAINT set_columns_key FOREIGN KEY (r, c) REFERENCES customers (region, code) ON DELETE SET NULL (c));`,
  18: `CREATE TABLE idle_child (id int, c int);
       ALTER TABLE idle_child ADD CONSTRAINT idle_key FOREIGN KEY (c) REFERENCES customers NOT ENFORCED;
       CREATE TABLE part_unchecked (id int, c int) PARTITION BY RANGE (id);
       CREATE TABLE part_unchecked_1 PARTITION OF part_unchecked FOR VALUES FROM (0) TO (100);
       ALTER TABLE part_unchecked ADD CONSTRAINT part_unchecked_key FOREIGN KEY (c) REFERENCES customers NOT VALID;
       CREATE TABLE nulls (id int, v int);
       ALTER TABLE nulls ADD CONSTRAINT nulls_v NOT NULL v NOT VALID;`,
};

const KEYS: readonly string[] = [
  'plain_key',
  'deferred_key',
  'deferrable_key',
  'full_key',
  'swapped_key',
  'self_key',
  'unchecked_key',
  'Odd "Key',
  'part_key',
  'of_parts_key',
];

describe.each(MAJORS)('foreign keys on %i', (major) => {
  const server = useServer(major);
  let database: PlanDatabase;
  const keys = [
    ...KEYS,
    ...(major >= 15 ? ['set_columns_key'] : []),
    ...(major >= 18 ? ['idle_key', 'part_unchecked_key'] : []),
  ];

  beforeAll(async () => {
    const newer = Object.entries(NEWER).flatMap(([from, sql]) => (major >= Number(from) ? [sql] : []));
    database = await createPlanDatabase(bench, await server.get(), [SCHEMA, ...newer].join('\n'));
  });
  afterAll(() => database?.drop());

  const adding = async (
    columns: readonly string[],
    options: { parent?: string; parentColumns?: string[]; table?: string } = {},
  ): Promise<Extract<ActionRequest, { verb: 'add-foreign-key' }>> => ({
    verb: 'add-foreign-key',
    table: await database.oid(options.table ?? 'orders'),
    columns: [...columns],
    parent: await database.oid(options.parent ?? 'customers'),
    parentColumns: options.parentColumns ?? ['id'],
    onDelete: 'CASCADE',
  });
  const refusalOf = async (action: ActionRequest): Promise<string> =>
    database.preview(action).then(
      () => 'accepted',
      ({ code, message }: { code: string; message: string }) => `${code}: ${message}`,
    );
  const constraint = async (name: string) => {
    const [row] = await database.query<{ definition: string; valid: boolean; comment: string | null }>(
      `SELECT pg_get_constraintdef(oid) AS definition, convalidated AS valid, obj_description(oid, 'pg_constraint') AS comment
       FROM pg_constraint WHERE conname = $1 AND conparentid = 0`,
      [name],
    );
    return row ?? null;
  };

  it('adds one in two steps, the second without stopping writes, and takes it back', async () => {
    const action = await adding(['customer_id']);
    const plan = await database.preview(action);
    expect(plan).toMatchObject({ title: 'Add the foreign key orders_customer_id_fkey', risk: 'R2' });
    expect(plan.actions[0]?.sql).toEqual([
      'ALTER TABLE "public"."orders" ADD CONSTRAINT "orders_customer_id_fkey" FOREIGN KEY ("customer_id") REFERENCES "public"."customers" ("id") ON DELETE CASCADE NOT VALID',
      'ALTER TABLE "public"."orders" VALIDATE CONSTRAINT "orders_customer_id_fkey"',
    ]);
    expect(plan.preflight.map(({ verdict, text }) => `${verdict}: ${text}`)).toEqual(
      expect.arrayContaining([
        'note: No index of orders begins with customer_id: each delete in customers will read all of it.',
        'ok: There are no rows of orders without a parent.',
      ]),
    );
    const { job, undone, left } = await database.thereAndBack(action);
    expect([job.outcome, undone.outcome, left]).toEqual(['done', 'done', []]);
    expect(job.actions[0]?.measures).toEqual([
      { label: 'Validated', unit: 'text', before: null, after: 'yes' },
    ]);
  });

  it.each([
    ['a wider integer', ['customer_big'], ['id']],
    ['several columns, in the order of the key or another', ['code', 'region'], ['code', 'region']],
  ])('adds one over %s', async (_, columns, parentColumns) => {
    const { job, left } = await database.thereAndBack(await adding(columns, { parentColumns }));
    expect([job.outcome, left]).toEqual(['done', []]);
  });

  it('adds one to the same table, to a partitioned one, and from a partitioned one', async () => {
    for (const action of [
      await adding(['parent_id'], { parent: 'orders' }),
      await adding(['customer_id'], { parent: 'part_parent' }),
      await adding(['c'], { table: 'part_child' }),
    ]) {
      await database.query('INSERT INTO part_parent SELECT generate_series(1, 50) ON CONFLICT DO NOTHING');
      const { job, left } = await database.thereAndBack(action);
      expect([job.outcome, left]).toEqual(['done', []]);
    }
  });

  it('refuses what the server would refuse, before anything runs', async () => {
    expect(await refusalOf(await adding(['customer_text']))).toBe(
      'PLAN_REFUSED: orders.customer_text (text) cannot be compared with customers.id (integer).',
    );
    expect(await refusalOf(await adding(['region'], { parentColumns: ['region'] }))).toBe(
      'PLAN_REFUSED: region is no key of customers: a foreign key needs a unique one to point at.',
    );
    expect(
      await refusalOf(await adding(['customer_id', 'region'], { parentColumns: ['id', 'region'] })),
    ).toMatch(/^PLAN_REFUSED: id, region is no key of customers/);
    expect(await refusalOf(await adding(['region', 'code']))).toMatch(
      /^PLAN_REFUSED: A foreign key has as many/,
    );
    expect(await refusalOf(await adding(['gone']))).toMatch(/^NOT_FOUND: The column gone/);
  });

  it('leaves one NOT VALID where rows have no parent, and lists their keys', async () => {
    const action = await adding(['order_id'], { table: 'lines', parent: 'orders' });
    const plan = await database.preview(action);
    expect(plan.preflight).toContainEqual(
      expect.objectContaining({
        verdict: 'warning',
        text: 'There are 15 rows of lines without a parent: checking the existing rows will fail, and new ones are checked all the same.',
      }),
    );
    const before = await database.schema();
    const job = await bench.finish(database.connection, await bench.start(database.connection, plan));
    expect(job).toMatchObject({ outcome: 'failed', actions: [{ ran: 1, error: { sqlState: '23503' } }] });
    expect(await constraint('lines_order_id_fkey')).toMatchObject({ valid: false });
    const [told = ''] = job.actions[0]?.notes ?? [];
    const listed = told.replace('Keys of lines without a row in orders: ', '').replace('.', '').split(', ');
    expect(listed).toHaveLength(10);
    const orphans = await database.query<{ key: string }>(
      'SELECT order_id::text AS key FROM lines WHERE order_id NOT IN (SELECT id FROM orders)',
    );
    const all = new Set(orphans.map(({ key }) => key));
    expect(listed.filter((key) => !all.has(key))).toEqual([]);

    // Once they are corrected it validates; and the key that was added goes again.
    await database.query('UPDATE lines SET order_id = 1 WHERE order_id > 50');
    const validated = await database.act({
      verb: 'validate-constraint',
      constraint: await database.constraint('lines_order_id_fkey'),
    });
    expect(validated.outcome).toBe('done');
    expect(await constraint('lines_order_id_fkey')).toMatchObject({ valid: true });
    await bench.undo(database.connection, job.id);
    expect(await database.schema()).toBe(before);
  });

  // All of them between two dumps: a dump for each would take minutes.
  it('drops keys of every kind and brings them back as they were', async () => {
    const before = await database.schema();
    const was = await Promise.all(keys.map(constraint));
    const jobs: Job[] = [];
    for (const name of keys) {
      const action: ActionRequest = { verb: 'drop-foreign-key', constraint: await database.constraint(name) };
      const plan = await database.preview(action);
      expect(plan).toMatchObject({ risk: 'R4', actions: [{ way: 'exact', lock: 'ACCESS EXCLUSIVE' }] });
      jobs.push(await bench.finish(database.connection, await bench.start(database.connection, plan)));
    }
    expect(await Promise.all(keys.map(constraint))).toEqual(keys.map(() => null));
    await undoAll(jobs);
    expect(exactDifference(before, await database.schema())).toEqual([]);
    expect(await Promise.all(keys.map(constraint))).toEqual(was);
  });

  it('replaces delete rules of every kind and brings them back', async () => {
    const before = await database.schema();
    const was = await Promise.all(keys.map(constraint));
    const jobs: Job[] = [];
    for (const [at, name] of keys.entries()) {
      const onDelete = was[at]?.definition.includes('ON DELETE CASCADE') ? 'SET NULL' : 'CASCADE';
      const job = await database.act({
        verb: 'delete-rule',
        constraint: await database.constraint(name),
        onDelete,
      });
      expect(job.actions[0]?.measures[0]).toMatchObject({ label: 'ON DELETE', after: onDelete });
      const now = await constraint(name);
      expect(now?.definition).toContain(`ON DELETE ${onDelete}`);
      expect(now).toMatchObject({ valid: was[at]?.valid, comment: was[at]?.comment });
      jobs.push(job);
    }
    await undoAll(jobs);
    expect(exactDifference(before, await database.schema())).toEqual([]);
    expect(await Promise.all(keys.map(constraint))).toEqual(was);
  });

  async function undoAll(jobs: readonly Job[]): Promise<void> {
    expect(jobs.map(({ outcome }) => outcome)).toEqual(jobs.map(() => 'done'));
    for (const { id } of jobs.toReversed())
      expect((await bench.undo(database.connection, id)).outcome).toBe('done');
  }

  it('keeps what a validated one was when orphans slipped in: NOT VALID, its comment there, keys listed', async () => {
    await database.query(`CREATE TABLE slipped (c int CONSTRAINT slipped_key REFERENCES customers);
      COMMENT ON CONSTRAINT slipped_key ON slipped IS 'kept';
      SET session_replication_role = replica; INSERT INTO slipped VALUES (777)`);
    const job = await database.act({
      verb: 'delete-rule',
      constraint: await database.constraint('slipped_key'),
      onDelete: 'CASCADE',
    });
    expect(job).toMatchObject({ outcome: 'failed', actions: [{ error: { sqlState: '23503' } }] });
    expect(job.actions[0]?.notes).toEqual(['Keys of slipped without a row in customers: 777.']);
    expect(await constraint('slipped_key')).toMatchObject({ valid: false, comment: 'kept' });
    await database.query('DROP TABLE slipped');
  });

  it('refuses the keys of partitions, rules that are there, and what is valid', async () => {
    const [inherited] = await database.query<{ oid: number }>(
      "SELECT oid::int FROM pg_constraint WHERE conrelid = 'part_child_1'::regclass AND contype = 'f'",
    );
    expect(await refusalOf({ verb: 'drop-foreign-key', constraint: inherited?.oid ?? 0 })).toMatch(
      /^PLAN_REFUSED: .* comes from its partitioned table/,
    );
    const plain = await database.constraint('plain_key');
    expect(await refusalOf({ verb: 'delete-rule', constraint: plain, onDelete: 'NO ACTION' })).toMatch(
      /^PLAN_REFUSED: plain_key has ON DELETE NO ACTION already/,
    );
    expect(await refusalOf({ verb: 'validate-constraint', constraint: plain })).toMatch(/is valid already/);
  });

  it('validates a CHECK, and lists the rows that break it', async () => {
    await database.query(`CREATE TABLE checked (v int); INSERT INTO checked VALUES (1), (-1), (-2);
      ALTER TABLE checked ADD CONSTRAINT checked_v CHECK (v > 0) NOT VALID`);
    const action: ActionRequest = {
      verb: 'validate-constraint',
      constraint: await database.constraint('checked_v'),
    };
    const failed = await database.act(action);
    expect(failed).toMatchObject({ outcome: 'failed', actions: [{ error: { sqlState: '23514' } }] });
    expect(failed.actions[0]?.notes[0]).toMatch(/^Rows of checked that break checked_v: .*\(-1\)/);
    await database.query('DELETE FROM checked WHERE v < 0');
    const job = await database.act(action);
    expect(job).toMatchObject({ outcome: 'done', actions: [{ measures: [{ before: 'no', after: 'yes' }] }] });
    await database.query('DROP TABLE checked');
  });

  it.runIf(major === 15)('does not look for rows in the way for longer than three seconds', async () => {
    await database.query(`CREATE FUNCTION slow(v int) RETURNS bool LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(20); RETURN true; END';
      CREATE TABLE slow_rows (v int); INSERT INTO slow_rows VALUES (1);
      ALTER TABLE slow_rows ADD CONSTRAINT slow_check CHECK (slow(v)) NOT VALID`);
    const startedMs = performance.now();
    const plan = await database.preview({
      verb: 'validate-constraint',
      constraint: await database.constraint('slow_check'),
    });
    expect(performance.now() - startedMs).toBeLessThan(15_000);
    expect(plan.preflight).toContainEqual({
      verdict: 'note',
      text: 'Whether there are rows of slow_rows that break it could not be found out within 3 s.',
      nextStep: null,
    });
    await database.query('DROP TABLE slow_rows; DROP FUNCTION slow');
  });

  it.runIf(major >= 18)('validates a NOT NULL, and lists the rows without a value', async () => {
    await database.query('INSERT INTO nulls SELECT 1, 1');
    const action: ActionRequest = {
      verb: 'validate-constraint',
      constraint: await database.constraint('nulls_v'),
    };
    await database.query(`ALTER TABLE nulls DROP CONSTRAINT nulls_v; INSERT INTO nulls VALUES (7, NULL);
      ALTER TABLE nulls ADD CONSTRAINT nulls_v NOT NULL v NOT VALID`);
    const renewed = { ...action, constraint: await database.constraint('nulls_v') };
    const failed = await database.act(renewed);
    expect(failed).toMatchObject({ outcome: 'failed', actions: [{ error: { sqlState: '23502' } }] });
    expect(failed.actions[0]?.notes).toEqual(['Rows of nulls that break nulls_v: (7,).']);
    await database.query('DELETE FROM nulls WHERE v IS NULL');
    expect((await database.act(renewed)).outcome).toBe('done');
  });
});
