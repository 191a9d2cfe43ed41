import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase, query, type TestDatabase, usePrivateServer } from '../support/postgres.ts';
import { useEngine } from '../support/insight.ts';

/** Where Debian's postgresql-15-hypopg puts its programs; the embedded server has no HypoPG. */
const BIN_DIR = '/usr/lib/postgresql/15/bin';
const isHere = existsSync('/usr/share/postgresql/15/extension/hypopg.control') && existsSync(BIN_DIR);
if (!isHere)
  console.warn('SKIPPED: index advice with HypoPG. Install the Debian package postgresql-15-hypopg.');

const TABLE = `
CREATE TABLE "Orders" (id bigint PRIMARY KEY, customer int, "Total" numeric, state text);
INSERT INTO "Orders" SELECT i, i % 5000, i % 977, CASE WHEN i % 100 = 0 THEN 'open' ELSE 'done' END
FROM generate_series(1, 60000) i;
ANALYZE "Orders";`;

describe.runIf(isHere)('index advice, with HypoPG', () => {
  const server = usePrivateServer({ binDir: BIN_DIR });
  const { engine, open } = useEngine();
  let database: TestDatabase;
  let connectionId: string;

  beforeAll(async () => {
    database = await createDatabase(
      await server.get(),
      `CREATE SCHEMA "What If"; CREATE EXTENSION hypopg SCHEMA "What If"; ${TABLE}`,
    );
    connectionId = await open(database.url);
  });
  afterAll(() => database?.drop());

  const plan = (text: string, values: string[] = []) =>
    engine.insight.queries.plan({ connectionId, text, values, analyze: false, confirmed: false }, {});

  it('confirms an index with the costs that the planner gives without it, and nearly those with it', async () => {
    const text = 'SELECT * FROM "Orders" WHERE customer = 7';
    const costOf = async (): Promise<number> => {
      const [row] = await query<{ 'QUERY PLAN': { Plan: { 'Total Cost': number } }[] }>(
        database.url,
        `EXPLAIN (FORMAT JSON) ${text}`,
      );
      return row?.['QUERY PLAN'][0]?.Plan['Total Cost'] ?? Number.NaN;
    };
    const before = await costOf();
    const { id, advice } = await plan(text);
    expect(advice).toHaveLength(1);
    expect(advice[0]).toMatchObject({ columns: ['customer'], costBefore: before });
    expect(advice[0]?.verdict).toMatch(/^Confirmed by HypoPG/);
    const beside = await engine.insight.queries.comparePlans(
      { connectionId, left: id, right: advice[0]?.planId ?? '' },
      {},
    );
    expect(beside.left.totalCost).toBe(before);
    expect(beside.right.totalCost).toBe(advice[0]?.costAfter);
    expect(beside.right.how).toBe('with an index on Orders (customer), by HypoPG');
    expect(beside.differences.join(' ')).toMatch(/times less.*Seq Scan on Orders became/);
    await database.query(advice[0]?.fix.sql[0] ?? '');
    try {
      const after = await costOf();
      expect(after).toBeLessThan(before / 10);
      // HypoPG guesses the size and height of the index.
      expect(Math.abs((advice[0]?.costAfter ?? 0) - after)).toBeLessThan(after * 0.2);
    } finally {
      await database.query(advice[0]?.fix.undo[0] ?? '');
    }
  });

  it('asks for the columns of a generic plan too', async () => {
    const { advice } = await plan('SELECT id FROM "Orders" WHERE customer = $1 AND "Total" > $2');
    expect(advice[0]?.columns).toEqual(['customer', 'Total']);
    expect(advice[0]?.costAfter).toBeLessThan(advice[0]?.costBefore ?? 0);
  });

  it('advises nothing where the planner would not gain by it', async () => {
    // Nearly all rows: an index is slower than reading the table.
    expect((await plan('SELECT * FROM "Orders" WHERE customer >= 0')).advice).toEqual([]);
    expect((await plan(`SELECT * FROM "Orders" WHERE state = 'done'`)).advice).toEqual([]);
  });

  it('makes no real index', async () => {
    const objects = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1";
    const before = await database.query(objects);
    await plan('SELECT * FROM "Orders" WHERE customer = 8');
    expect(await database.query(objects)).toEqual(before);
  });
});
