import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase, query, type TestDatabase, usePrivateServer } from '../support/postgres.ts';
import { useEngine } from '../support/insight.ts';

/** Where Debian's postgresql-15-hypopg puts its programs; the embedded server has no HypoPG. */
const BIN_DIR = '/usr/lib/postgresql/15/bin';
const isHere = existsSync('/usr/share/postgresql/15/extension/hypopg.control') && existsSync(BIN_DIR);
if (!isHere)
  console.warn(
    'SKIPPED: costs of advised indexes, by HypoPG. Install the Debian package postgresql-15-hypopg.',
  );

const MAKE = `
  CREATE EXTENSION pg_stat_statements;
  CREATE TABLE "Orders" (id bigint PRIMARY KEY, customer int, "Total" numeric, state text);
  INSERT INTO "Orders" SELECT i, i % 5000, i % 977, CASE WHEN i % 100 = 0 THEN 'open' ELSE 'done' END
  FROM generate_series(1, 60000) i;
  CREATE TABLE line (id bigint PRIMARY KEY, order_id bigint, note text);
  INSERT INTO line SELECT i, i % 60000, repeat('n', 60) FROM generate_series(1, 90000) i;
  ANALYZE;`;

type Plan = { 'QUERY PLAN': { Plan: { 'Total Cost': number } }[] };

describe.runIf(isHere)('an index that HypoPG confirms', () => {
  const server = usePrivateServer({ binDir: BIN_DIR, settings: { autovacuum: 'off' } });
  const { engine, open } = useEngine();
  let withIt: TestDatabase;
  let without: TestDatabase;

  beforeAll(async () => {
    withIt = await createDatabase(await server.get(), `CREATE EXTENSION hypopg; ${MAKE}`);
    without = await createDatabase(await server.get(), MAKE);
  });
  afterAll(async () => {
    await withIt?.drop();
    await without?.drop();
  });

  /** The planner's total cost, by SQL in a session of its own: as things are, or with an index that HypoPG makes up. */
  async function costOf(text: string, index: string | null, values: readonly string[] = []): Promise<number> {
    const parameters = Math.max(0, ...[...text.matchAll(/\$(\d+)/g)].map(([, n]) => Number(n)));
    const given = values.length > 0 ? values : Array.from({ length: parameters }, () => 'NULL');
    const [row] = await query<Plan>(
      withIt.url,
      `${index === null ? '' : `SELECT * FROM hypopg_create_index('${index}');`}
       SET plan_cache_mode = ${values.length > 0 ? 'force_custom_plan' : 'force_generic_plan'};
       PREPARE it AS ${text};
       EXPLAIN (FORMAT JSON) EXECUTE it${parameters === 0 ? '' : `(${given.join(', ')})`}`,
    );
    return row?.['QUERY PLAN'][0]?.Plan['Total Cost'] ?? Number.NaN;
  }

  it.each([
    ['SELECT * FROM "Orders" WHERE customer = 7', [], 'CREATE INDEX ON "Orders" (customer)', ['customer']],
    [
      'SELECT id FROM "Orders" WHERE customer = $1 AND "Total" > $2',
      [],
      'CREATE INDEX ON "Orders" (customer, "Total")',
      ['customer', 'Total'],
    ],
    [
      'SELECT id FROM "Orders" WHERE customer = $1 AND "Total" > $2',
      ['7', '970'],
      'CREATE INDEX ON "Orders" (customer, "Total")',
      ['customer', 'Total'],
    ],
    [
      'SELECT count(*) FROM "Orders" o JOIN line l ON l.order_id = o.id WHERE o.customer = 11',
      [],
      'CREATE INDEX ON "Orders" (customer)',
      ['customer'],
    ],
    ['DELETE FROM line WHERE order_id = 5', [], 'CREATE INDEX ON line (order_id)', ['order_id']],
  ] as const)('%s with %j: its costs are those that SQL gives', async (text, values, index, columns) => {
    const connectionId = await open(withIt.url);
    const { advice } = await engine.insight.queries.plan(
      { connectionId, text, values: [...values], analyze: false, confirmed: false },
      {},
    );
    const before = await costOf(text, null, values);
    const after = await costOf(text, index, values);
    expect(after).toBeLessThan(before * 0.9);
    expect(advice).toMatchObject([
      {
        columns,
        costBefore: before,
        costAfter: after,
        verdict: 'Confirmed by HypoPG: the planner would use it.',
      },
    ]);
  });

  it('is what the heaviest statements ask for, each with its own costs; a guess where HypoPG is missing', async () => {
    for (const database of [withIt, without]) {
      for (let n = 0; n < 3; n += 1) {
        await database.query('SELECT * FROM "Orders" WHERE customer = $1', [n]);
        await database.query('SELECT sum("Total") FROM "Orders" WHERE customer = $1', [n]);
        // Of all rows: an index gains nothing.
        await database.query('SELECT count(*) FROM line WHERE order_id >= $1', [0]);
      }
    }
    const asked = async (url: string) =>
      engine.insight.indexes.statementAdvice({ connectionId: await open(url) }, {});
    const { rows } = await asked(withIt.url);
    expect(rows.filter(({ columns }) => columns.includes('order_id'))).toEqual([]);
    const confirmed = rows.find(({ columns }) => columns.join() === 'customer');
    expect(confirmed?.verdict).toBe('Confirmed by HypoPG: the planner would use it.');
    expect(confirmed?.statements.length).toBe(2);
    for (const { query: text, costBefore, costAfter, calls } of confirmed?.statements ?? []) {
      expect([text, calls]).toEqual([text, 3]);
      expect([text, costBefore, costAfter]).toEqual([
        text,
        await costOf(text, null),
        await costOf(text, 'CREATE INDEX ON "Orders" (customer)'),
      ]);
    }
    const guessed = await asked(without.url);
    const guess = guessed.rows.find(({ columns }) => columns.join() === 'customer');
    expect(guess?.verdict).toMatch(/^A guess from the plan, not verified/);
    expect(guess?.statements.map(({ costBefore, costAfter }) => [costBefore, costAfter])).toEqual([
      [null, null],
      [null, null],
    ]);
    const plan = await engine.insight.queries.plan(
      {
        connectionId: await open(without.url),
        text: 'SELECT * FROM "Orders" WHERE customer = 7',
        values: [],
        analyze: false,
        confirmed: false,
      },
      {},
    );
    expect(plan.advice).toMatchObject([{ costBefore: null, costAfter: null }]);
    expect(plan.advice[0]?.verdict).toMatch(/^A guess from the plan, not verified/);
  });
});
