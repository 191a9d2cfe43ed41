import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PlanNode, StatementPlan } from '#shared/model/queries.ts';
import { useEngine } from '../support/insight.ts';
import { createDatabase, type TestDatabase, useServer } from '../support/postgres.ts';

/** Two columns that depend on each other, which the planner does not know; and little memory, so that sorts spill. */
const MAKE = `
  CREATE TABLE visits (id int PRIMARY KEY, city int, country int, note text);
  INSERT INTO visits SELECT g, g % 1000, (g % 1000) / 10, repeat('n', 40) FROM generate_series(1, 200000) g;
  VACUUM ANALYZE visits`;
const SETTINGS = [
  "work_mem = '256kB'",
  'jit = off',
  'min_parallel_table_scan_size = 0',
  'parallel_setup_cost = 0',
  'enable_mergejoin = off',
];

interface Raw {
  readonly [key: string]: unknown;
  readonly Plans?: readonly Raw[];
}

describe.each([14, 15, 16, 17, 18] as const)('a measured plan on PostgreSQL %i', (major) => {
  const server = useServer(major);
  const { engine, open } = useEngine();
  let database: TestDatabase;
  let connectionId: string;

  beforeAll(async () => {
    const { get } = server;
    database = await createDatabase(await get(), 'SELECT 1');
    for (const sql of MAKE.split(';')) await database.query(sql);
    for (const setting of SETTINGS) await database.query(`ALTER DATABASE ${database.name} SET ${setting}`);
    connectionId = await open(database.url);
  });
  afterAll(() => database?.drop());

  const measure = async (text: string): Promise<StatementPlan & { readonly raw: Raw }> => {
    const plan = await engine.insight.queries.plan(
      { connectionId, text, values: [], analyze: true, confirmed: true },
      {},
    );
    const [{ Plan: raw }] = JSON.parse(plan.json) as [{ Plan: Raw }];
    return { ...plan, raw };
  };
  const nodeOf = ({ nodes }: StatementPlan, type: RegExp): PlanNode => {
    const node = nodes.find((candidate) => type.test(candidate.type));
    if (!node) throw new Error(`no ${type} in ${nodes.map((n) => n.type).join()}`);
    return node;
  };

  it.each([
    ['one process', 'SELECT city, count(*) FROM visits GROUP BY city ORDER BY 2'],
    [
      'a WITH query',
      'WITH c AS MATERIALIZED (SELECT * FROM visits ORDER BY note, id) SELECT count(*) FROM c JOIN c d USING (id)',
    ],
    [
      'a loop',
      'SELECT count(*) FROM visits v, LATERAL (SELECT 1 FROM visits w WHERE w.id = v.id + 1 OFFSET 0) x WHERE v.city = 3',
    ],
  ])('shares out the time and the buffers of %s among its nodes', async (_, text) => {
    const plan = await measure(text);
    const sum = (of: (node: PlanNode) => number | null) =>
      plan.nodes.reduce((n, node) => n + (of(node) ?? 0), 0);
    const total = Number(plan.raw['Actual Total Time']);
    expect(sum((node) => node.ownMs) / total).toBeGreaterThan(0.9);
    // In parallel, processes that wait for each other are counted by their mean.
    expect(sum((node) => node.ownMs) / total).toBeLessThan(1.2);
    expect(sum((node) => node.hitBytes)).toBe(Number(plan.raw['Shared Hit Blocks']) * 8192);
    expect(sum((node) => node.readBytes)).toBe(Number(plan.raw['Shared Read Blocks']) * 8192);
    expect(sum((node) => node.spilledBytes)).toBe(Number(plan.raw['Temp Written Blocks']) * 8192);
    expect(sum((node) => node.heat)).toBeCloseTo(1, 6);
    expect(plan.nodes).toHaveLength(count(plan.raw));
  });

  it('tells spills, batches, rows thrown away and misestimates as the server does', async () => {
    const sorted = await measure('SELECT * FROM visits ORDER BY note, id DESC');
    const sort = nodeOf(sorted, /^Sort$/);
    const truth = find(sorted.raw, 'Sort');
    expect(sort.sort).toEqual({
      method: truth['Sort Method'],
      bytes: Number(truth['Sort Space Used']) * 1024,
      isOnDisk: true,
    });
    expect(sort.spilledBytes).toBeGreaterThan(1_000_000);
    expect(sorted.tips.map((tip) => tip.text).join()).toMatch(/Sort spilled .* work_mem/);

    const joined = await measure('SELECT count(*) FROM visits a JOIN visits b ON b.id = a.id + 1');
    const hash = nodeOf(joined, /^(?:Parallel )?Hash$/);
    expect(hash.hash?.batches).toBe(find(joined.raw, 'Hash')['Hash Batches']);
    expect(hash.hash?.batches).toBeGreaterThan(1);
    expect(hash.hash?.memoryBytes).toBe(Number(find(joined.raw, 'Hash')['Peak Memory Usage']) * 1024);

    const [rows] = await database.query<{ kept: number; all: number }>(
      'SELECT count(*) FILTER (WHERE city = 7 AND country = 0)::int AS kept, count(*)::int AS all FROM visits',
    );
    const filtered = await measure('SELECT * FROM visits WHERE city = 7 AND country = 0');
    const scan = nodeOf(filtered, /Seq Scan/);
    // Before 18 the server rounds what it says of one loop.
    expect(Math.abs((scan.actualRows ?? 0) - (rows?.kept ?? 0))).toBeLessThanOrEqual(major < 18 ? 2 : 0);
    expect(scan.rowsRemoved).toBeGreaterThanOrEqual((rows?.all ?? 0) - (rows?.kept ?? 0) - 3);
    expect(scan.rowsRemoved).toBeLessThanOrEqual((rows?.all ?? 0) - (rows?.kept ?? 0) + 3);
    expect(scan.misestimate).toBeGreaterThan(30);
    expect(filtered.tips.map((tip) => tip.text).join()).toMatch(/threw away/);
    expect(filtered.advice).toMatchObject([{ table: 'visits', columns: ['city', 'country'] }]);
  });

  it('calls nothing misestimated that a LIMIT stopped, and says what never ran', async () => {
    const limited = await measure('SELECT * FROM visits LIMIT 5');
    const scan = nodeOf(limited, /Seq Scan/);
    expect(scan).toMatchObject({ actualRows: 5, misestimate: null });
    // A sort takes all rows before it gives the first: what is below it was not stopped.
    const below = await measure('SELECT * FROM visits WHERE city = 7 AND country = 0 ORDER BY note LIMIT 5');
    expect(nodeOf(below, /Seq Scan/).misestimate).toBeGreaterThan(30);
    const never = await measure(
      'SELECT * FROM visits WHERE id < 0 AND EXISTS (SELECT FROM visits w WHERE w.city = visits.city)',
    );
    expect(never.nodes.filter((node) => node.loops === 0).every((node) => node.misestimate === null)).toBe(
      true,
    );
  });

  it('reads a parallel scan as the one scan that it is, and advises on it', async () => {
    const text = 'SELECT count(*) FROM visits WHERE note = $1 AND city = 5'.replace('$1', "'x'");
    const plan = await measure(text);
    const gather = nodeOf(plan, /^Gather/);
    const raw = find(plan.raw, 'Gather');
    expect(gather.workers).toEqual({ planned: raw['Workers Planned'], launched: raw['Workers Launched'] });
    const scan = nodeOf(plan, /^Parallel Seq Scan/);
    expect(scan.loops).toBe(Number(raw['Workers Launched']) + 1);
    // As long as one of the processes, not as all of them together.
    expect(scan.ownMs).toBeCloseTo(Number(find(plan.raw, 'Seq Scan')['Actual Total Time']), 6);
    expect(plan.tips.map((tip) => tip.text).join()).toMatch(
      /Parallel Seq Scan on visits read and threw away/,
    );
    expect(plan.advice).toMatchObject([{ table: 'visits', columns: ['note', 'city'] }]);
    const unmeasured = await engine.insight.queries.plan(
      { connectionId, text, values: [], analyze: false, confirmed: false },
      {},
    );
    expect(unmeasured.tips.map((tip) => tip.text).join()).toMatch(
      /Parallel Seq Scan on visits reads the whole table/,
    );
    expect(unmeasured.advice).toHaveLength(1);
  });

  it('times compiling, and counts what an index-only scan looks up in the table', async () => {
    await database.query(`ALTER DATABASE ${database.name} SET jit = on`);
    await database.query(`ALTER DATABASE ${database.name} SET jit_above_cost = 0`);
    await database.query(`ALTER DATABASE ${database.name} SET enable_seqscan = off`);
    await database.query(`ALTER DATABASE ${database.name} SET enable_bitmapscan = off`);
    await database.query("UPDATE visits SET note = 'changed' WHERE id < 20000");
    const plan = await measure('SELECT count(id) FROM visits WHERE id < 20000');
    const scan = nodeOf(plan, /Index Only Scan/);
    expect(scan.heapFetches).toBe(find(plan.raw, 'Index Only Scan')['Heap Fetches']);
    expect(scan.heapFetches).toBeGreaterThan(19_000);
    const [whole] = JSON.parse(plan.json) as [{ JIT?: { Timing: { Total: number } } }];
    expect(plan.jitMs).toBe(whole.JIT?.Timing.Total ?? null);
    expect(plan.tips.map((tip) => tip.text).join()).toMatch(/although the index has all columns|Compiling/);
  });
});

function find(raw: Raw, type: string): Raw {
  const all = (node: Raw): Raw[] => [node, ...(node.Plans ?? []).flatMap(all)];
  const found = all(raw).find((node) => node['Node Type'] === type);
  if (!found) throw new Error(`no ${type} in the plan`);
  return found;
}

function count(raw: Raw): number {
  return 1 + (raw.Plans ?? []).reduce((sum, child) => sum + count(child), 0);
}
