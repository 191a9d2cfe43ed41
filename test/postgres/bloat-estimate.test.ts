import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { IndexFact, TableFact } from '#shared/model/facts.ts';
import { type BloatEstimate, createEstimator, isEstimate } from '#engine/audit/bloat-estimate.ts';
import { Catalog } from '#engine/audit/catalog.ts';
import { snapshotOf } from '../support/judge.ts';
import { createDatabase, type TestDatabase, useServer } from '../support/postgres.ts';

/** The estimates against what PostgreSQL itself measures, on tables of different shapes. */
const ROWS = 190_000;
const SHAPES: Readonly<Record<string, { columns: string; values: string }>> = {
  narrow: { columns: 'id int, n bigint, f boolean', values: 'g, g, true' },
  padded: {
    columns: 'a boolean, id bigint, b boolean, n bigint, c smallint, at timestamptz',
    values: 'true, g, false, g, 1, now()',
  },
  mixed: {
    columns:
      'id bigint, name text, at timestamptz, note varchar(200), price numeric(12,2), tag uuid, ok boolean',
    values: `g, 'name ' || g, now() + g * interval '1 s', CASE WHEN g % 3 = 0 THEN repeat('n', g % 90) END, g * 1.07, gen_random_uuid(), g % 2 = 0`,
  },
  sparse: {
    columns: 'id int, a int, b text, c date, d double precision, e jsonb, f int, g2 int, h interval',
    values: `g, CASE WHEN g % 5 = 0 THEN g END, CASE WHEN g % 4 = 0 THEN 'text' END, NULL, CASE WHEN g % 2 = 0 THEN g END, CASE WHEN g % 10 = 0 THEN jsonb_build_object('k', g) END, NULL, g, NULL`,
  },
  wide: { columns: 'id int, body text', values: `g, repeat(md5(g::text), 2 + g % 6)` },
  lowfill: { columns: 'id int, v text', values: `g, 'some text of ' || g` },
};

let database: TestDatabase;
const server = useServer(15);

beforeAll(async () => {
  const tables = Object.entries(SHAPES).map(
    ([name, { columns, values }]) => `
      CREATE TABLE ${name} (${columns}) WITH (autovacuum_enabled = off${name === 'lowfill' ? ', fillfactor = 70' : ''});
      INSERT INTO ${name} SELECT ${values} FROM generate_series(1, ${ROWS}) g;`,
  );
  database = await createDatabase(
    await server.get(),
    `CREATE EXTENSION pgstattuple; ${tables.join('')}
     CREATE UNIQUE INDEX narrow_id ON narrow (id);
     CREATE INDEX narrow_two ON narrow (n, id, f);
     CREATE INDEX mixed_name ON mixed (name);
     CREATE INDEX mixed_tag ON mixed (tag) WITH (fillfactor = 70);
     CREATE INDEX mixed_cover ON mixed (at, id) INCLUDE (name, ok);
     CREATE INDEX sparse_null ON sparse (a, id);
     CREATE INDEX wide_lower ON wide (lower(left(body, 20) || id));`,
  );
  await database.query('VACUUM');
  await database.query('ANALYZE');
});

afterAll(async () => {
  await database?.drop();
});

describe('fresh tables and indexes', () => {
  it('are expected at the size that they have, within 4 %', async () => {
    const { tables, indexes } = await estimates();
    expect(tables.size).toBe(Object.keys(SHAPES).length);
    expect(indexes.size).toBe(7);
    for (const [name, estimate] of [...tables, ...indexes]) {
      const ratio = estimate.expectedPages / estimate.pages;
      expect(ratio, `${name}: ${estimate.expectedPages} of ${estimate.pages} pages`).toBeGreaterThan(0.96);
      expect(ratio, `${name}: ${estimate.expectedPages} of ${estimate.pages} pages`).toBeLessThan(1.04);
    }
  });
});

describe('after deleting seven rows in ten', () => {
  beforeAll(async () => {
    for (const name of Object.keys(SHAPES)) await database.query(`DELETE FROM ${name} WHERE id % 10 < 7`);
    await database.query('VACUUM');
    await database.query('ANALYZE');
  });

  it('agrees with pgstattuple on the free share of each table, within 3 points', async () => {
    for (const [name, estimate] of (await estimates()).tables) {
      const [measured] = await database.query<{ free: number }>(
        // Line pointers of deleted rows stay behind, four bytes each, and do not count as free there.
        `SELECT free_percent + dead_tuple_percent + ${ROWS} * 0.7 * 4 * 100 / table_len AS free FROM pgstattuple('${name}')`,
      );
      // The reserve of the fill factor is free space too, but no bloat.
      const reserve = (estimate.reserveBytes / (estimate.pages * 8192)) * 100;
      const difference = Math.abs(estimate.bloatPercent + reserve - (measured?.free ?? 0));
      expect(
        difference,
        `${name}: ${estimate.bloatPercent + reserve} against ${measured?.free}`,
      ).toBeLessThan(3);
    }
  });

  it('foretells the size of each index after REINDEX, within 4 %', async () => {
    const { indexes: before } = await estimates();
    await database.query(`DO $$ DECLARE i regclass; BEGIN
      FOR i IN SELECT indexrelid FROM pg_stat_user_indexes LOOP EXECUTE 'REINDEX INDEX ' || i; END LOOP; END $$`);
    for (const [name, estimate] of before) {
      const [after] = await database.query<{ pages: number }>(
        `SELECT (pg_relation_size('${name}') / 8192)::int AS pages`,
      );
      expect(estimate.bloatPercent, name).toBeGreaterThan(60);
      expect(estimate.expectedPages / (after?.pages ?? 0), name).toBeGreaterThan(0.96);
      expect(estimate.expectedPages / (after?.pages ?? 0), name).toBeLessThan(1.04);
    }
  });

  it('foretells the size of each table after VACUUM FULL, within 4 %', async () => {
    const { tables: before } = await estimates();
    for (const [name, estimate] of before) {
      await database.query(`VACUUM FULL ${name}`);
      const [after] = await database.query<{ pages: number }>(
        `SELECT (pg_relation_size('${name}') / 8192)::int AS pages`,
      );
      expect(estimate.expectedPages / (after?.pages ?? 0), name).toBeGreaterThan(0.96);
      expect(estimate.expectedPages / (after?.pages ?? 0), name).toBeLessThan(1.04);
    }
  });
});

async function estimates(): Promise<{
  tables: Map<string, BloatEstimate>;
  indexes: Map<string, BloatEstimate>;
}> {
  const { facts } = await snapshotOf(database.url);
  const { server: ours, columnStatistics = [] } = facts;
  const estimator = createEstimator({ server: ours, columnStatistics }, new Catalog(facts));
  const named = <T extends TableFact | IndexFact>(
    relations: readonly T[],
    estimate: (relation: T) => ReturnType<typeof estimator.table>,
  ): Map<string, BloatEstimate> =>
    new Map(
      relations.map((relation) => {
        const result = estimate(relation);
        if (!isEstimate(result)) throw new Error(`${relation.name}: ${result.reason}`);
        return [relation.name, result];
      }),
    );
  return {
    tables: named(facts.tables ?? [], estimator.table),
    indexes: named(facts.indexes ?? [], estimator.index),
  };
}
