import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEngine } from '#engine/create-engine.ts';
import type { Engine } from '#engine/engine.ts';
import { createNodeHost } from '../../electron/hosts/node-host.ts';
import { createDatabase, type TestDatabase, useServer } from '../support/postgres.ts';

/** One value in half of the rows: its plan differs from the one for any other. */
const MAKE = `
  CREATE TABLE events (id int PRIMARY KEY, kind text);
  INSERT INTO events SELECT g, CASE WHEN g % 2 = 0 THEN 'view' ELSE 'kind ' || g END FROM generate_series(1, 40000) g;
  CREATE INDEX events_kind ON events (kind); ANALYZE events`;
const TEXT = 'SELECT * FROM events WHERE kind = $1';

describe.each([14, 15, 16, 17, 18] as const)('plans beside each other on PostgreSQL %i', (major) => {
  const server = useServer(major);
  let dataDir: string;
  let engine: Engine;
  let database: TestDatabase;
  let connectionId: string;

  const start = async (): Promise<void> => {
    engine = createEngine(
      createNodeHost({ kind: 'loopback', dataDir, toolVersion: 'test', writeLogLine: () => undefined }),
    );
    connectionId = (await engine.open({ text: database.url }, {})).id;
  };
  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'pgvitals-plans-'));
    database = await createDatabase(await server.get(), MAKE);
    await start();
  });
  afterAll(async () => {
    await engine?.close();
    await database?.drop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  const plan = (values: string[], analyze = false) =>
    engine.insight.queries.plan({ connectionId, text: TEXT, values, analyze, confirmed: analyze }, {});
  const compare = (left: string, right: string) =>
    engine.insight.queries.comparePlans({ connectionId, left, right }, {});
  interface Raw {
    readonly 'Node Type': string;
    readonly 'Total Cost': number;
    readonly 'Plan Rows': number;
  }
  const truthOf = async (value: string): Promise<Raw> => {
    const [row] = await database.query<{ 'QUERY PLAN': [{ Plan: Raw }] }>(
      `EXPLAIN (FORMAT JSON) SELECT * FROM events WHERE kind = '${value}'`,
    );
    if (!row) throw new Error('no plan');
    return row['QUERY PLAN'][0].Plan;
  };

  it('have the costs, rows and nodes that the server gives each of them', async () => {
    const [rare, frequent] = [await plan(['kind 7']), await plan(['view'])];
    const [few, many] = [await truthOf('kind 7'), await truthOf('view')];
    const { left, right, pairs, differences } = await compare(rare.id, frequent.id);
    expect(left).toMatchObject({
      how: 'for the values kind 7',
      totalCost: few['Total Cost'],
      estimatedRows: few['Plan Rows'],
      executionMs: null,
      json: rare.json,
      text: rare.text,
    });
    expect(right).toMatchObject({ totalCost: many['Total Cost'], estimatedRows: many['Plan Rows'] });
    expect(many['Node Type']).not.toBe(few['Node Type']);
    const scan = pairs.find((pair) => pair.right?.type === many['Node Type']);
    expect(scan).toMatchObject({ change: 'type', right: { totalCost: many['Total Cost'] } });
    expect(differences.join(' ')).toContain(`became ${many['Node Type']} on events`);
    expect(differences[0]).toMatch(/^The cost goes from \d.* to \d.* times as much\.$/);
  });

  it('are offered for the statement whatever its constants, and only for it', async () => {
    const generic = await plan([]);
    const offered = await engine.insight.queries.plans(
      { connectionId, text: "select * from events -- typed\nwhere kind = 'view';" },
      {},
    );
    expect(offered[0]).toMatchObject({ id: generic.id, how: 'generic', isKept: false });
    expect(offered.map(({ how }) => how)).toContain('for the values view');
    const other = { connectionId, text: 'SELECT * FROM events WHERE id = $1' };
    expect(await engine.insight.queries.plans(other, {})).toEqual([]);
  });

  it('outlive the app where they are kept, beside one made after a change', async () => {
    const before = await plan(['kind 7'], true);
    const forgotten = await plan(['kind 7']);
    await engine.insight.queries.keepPlan({ connectionId, plan: before.id, isKept: true }, {});
    await engine.close();
    await database.query('DROP INDEX events_kind');
    await start();
    const after = await plan(['kind 7'], true);
    const { left, right, pairs } = await compare(before.id, after.id);
    expect(left).toMatchObject({ isKept: true, executionMs: before.executionMs, text: before.text });
    expect(right.totalCost).toBe((await truthOf('kind 7'))['Total Cost']);
    expect(right.totalCost).toBeGreaterThan(left.totalCost);
    expect(pairs.some(({ right: node }) => node?.type.endsWith('Seq Scan') === true)).toBe(true);
    const [{ rows } = { rows: -1 }] = await database.query<{ rows: number }>(
      "SELECT count(*)::int AS rows FROM events WHERE kind = 'kind 7'",
    );
    expect([left.actualRows, right.actualRows]).toEqual([rows, rows]);
    await expect(compare(forgotten.id, after.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });

    await engine.insight.queries.keepPlan({ connectionId, plan: before.id, isKept: false }, {});
    expect((await compare(before.id, after.id)).left.isKept).toBe(false);
    await engine.close();
    await start();
    await expect(compare(before.id, before.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
