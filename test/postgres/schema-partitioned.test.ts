import { expect, it } from 'vitest';
import { ALL, useEngine } from '../support/insight.ts';
import { createDatabase, useServer } from '../support/postgres.ts';

const { engine, open } = useEngine();
const server = useServer(17);

it('lists more than a thousand partitioned tables, those that fail first', async () => {
  const database = await createDatabase(
    await server.get(),
    `DO $$ BEGIN FOR n IN 1..1100 LOOP
       EXECUTE format('CREATE TABLE part_%s (n int) PARTITION BY LIST (n)', n);
     END LOOP; END $$;
     CREATE TABLE old (at timestamptz) PARTITION BY RANGE (at);
     CREATE TABLE old_1 PARTITION OF old FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
     CREATE TABLE older (at timestamptz) PARTITION BY RANGE (at);
     CREATE TABLE older_1 PARTITION OF older FOR VALUES FROM ('2010-01-01') TO ('2011-01-01');
     CREATE TABLE caught (at timestamptz) PARTITION BY RANGE (at);
     CREATE TABLE caught_1 PARTITION OF caught FOR VALUES FROM ('2010-01-01') TO ('2011-01-01');
     CREATE TABLE caught_rest PARTITION OF caught DEFAULT;
     CREATE TABLE coming (at timestamptz) PARTITION BY RANGE (at);
     CREATE TABLE coming_1 PARTITION OF coming FOR VALUES FROM ('2020-01-01') TO ('2120-01-01')`,
  );
  const connectionId = await open(database.url);
  const { data } = await engine.insight.schema.overview({ connectionId, maxAgeMs: 0 }, {});
  const [{ n } = { n: 0 }] = await database.query<{ n: number }>(
    'SELECT count(*)::int AS n FROM pg_partitioned_table',
  );
  const page = await engine.insight.schema.partitioned({ connectionId, ...ALL, sortBy: 'coverage' }, {});
  expect([n, data.figures.partitionedTables, page.total]).toEqual([1_104, 1_104, 1_104]);
  expect(page.rows.slice(0, 4).map((row) => row.name)).toEqual(['older', 'old', 'caught', 'coming']);
  const last = await engine.insight.schema.partitioned(
    { connectionId, ...ALL, filter: 'part_1100 list' },
    {},
  );
  expect(last.rows.map((row) => row.name)).toEqual(['part_1100']);
  const { oid = 0 } = last.rows[0] ?? {};
  expect(await engine.insight.schema.partitionedTable({ connectionId, oid }, {})).toEqual(last.rows[0]);
  const [part] = await database.query<{ oid: number }>("SELECT 'old_1'::regclass::oid::int AS oid");
  await expect(
    engine.insight.schema.partitionedTable({ connectionId, oid: part?.oid ?? 0 }, {}),
  ).rejects.toMatchObject({ code: 'NOT_FOUND' });
});
