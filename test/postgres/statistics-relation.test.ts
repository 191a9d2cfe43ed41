import pg from 'pg';
import { describe, expect, it } from 'vitest';
import type { RelationDetail } from '#shared/model/statistics.ts';
import { ALL, rowNamed, useEngine } from '../support/insight.ts';
import { createDatabase, query, urlOf, useServer } from '../support/postgres.ts';

const { engine, open } = useEngine();

async function relation(connectionId: string, name: string): Promise<RelationDetail> {
  const page = await engine.insight.statistics.list({ connectionId, category: null, ...ALL }, {});
  return engine.insight.statistics.relation({ connectionId, oid: rowNamed(page, name)?.oid ?? 0 }, {});
}

describe.each([14, 15, 16, 17, 18] as const)('one relation on PostgreSQL %i', (major) => {
  const server = useServer(major);

  it('has the columns, estimates and indexes that SQL gives', async () => {
    const database = await createDatabase(
      await server.get(),
      `CREATE TABLE item (id bigint PRIMARY KEY, code varchar(12) NOT NULL UNIQUE, kind numeric(6,2), note text);
       ALTER TABLE item DROP COLUMN kind; ALTER TABLE item ADD state smallint;
       CREATE INDEX item_state ON item (state);
       COMMENT ON TABLE item IS 'what is sold';
       INSERT INTO item SELECT g, 'c' || g, CASE g % 4 WHEN 0 THEN 'x' END, g % 7 FROM generate_series(1, 2000) g;
       CREATE TABLE part (id int, day date) PARTITION BY RANGE (day);
       CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
       INSERT INTO part SELECT g, '2020-02-02' FROM generate_series(1, 300) g;
       CREATE TABLE quiet (id int)`,
    );
    try {
      await database.query('ANALYZE item, part');
      // The collector of 14 counts later.
      await expect
        .poll(() =>
          database.query("SELECT n_tup_ins::int AS n FROM pg_stat_user_tables WHERE relname = 'item'"),
        )
        .toEqual([{ n: 2000 }]);
      const connectionId = await open(database.url);
      const truth = await query<Record<'attname' | 'null_frac' | 'avg_width' | 'n_distinct', string>>(
        database.url,
        "SELECT attname, null_frac, avg_width, n_distinct FROM pg_stats WHERE tablename = 'item'",
      );
      const item = await relation(connectionId, 'item');
      expect(item.columns.map(({ name, type, isNullable }) => [name, type, isNullable])).toEqual([
        ['id', 'bigint', false],
        ['code', 'character varying(12)', false],
        ['note', 'text', true],
        ['state', 'smallint', true],
      ]);
      for (const { name, estimate } of item.columns) {
        const row = truth.find((t) => t.attname === name);
        const share = Number(row?.n_distinct);
        expect(estimate).toEqual({
          nullPercent: Number(row?.null_frac) * 100,
          averageWidthBytes: Number(row?.avg_width),
          distinctValues: share < 0 ? Math.round(-share * 2000) : share,
          isAllDistinct: share === -1,
        });
      }
      expect(item.columns.find((c) => c.name === 'state')?.estimate?.distinctValues).toBe(7);
      expect(item).toMatchObject({ comment: 'what is sold', isUnlogged: false, noEstimates: null });
      expect(item.use).toMatchObject({ inserted: 2000, updated: 0, deleted: 0 });
      const sizes = await query<Record<'name' | 'size', string>>(
        database.url,
        "SELECT indexrelid::regclass::text AS name, pg_relation_size(indexrelid) AS size FROM pg_index WHERE indrelid = 'item'::regclass",
      );
      expect(new Map(item.indexes.map((i) => [i.name, i.sizeBytes]))).toEqual(
        new Map(sizes.map(({ name, size }) => [name, Number(size)])),
      );
      expect(new Map(item.indexes.map((i) => [i.name, i.kind]))).toEqual(
        new Map([
          ['item_pkey', 'primary key'],
          ['item_code_key', 'unique'],
          ['item_state', 'index'],
        ]),
      );

      const part = await relation(connectionId, 'part');
      expect(part.columns[0]?.estimate).toMatchObject({ isAllDistinct: true });
      const quiet = await relation(connectionId, 'quiet');
      expect(quiet).toMatchObject({
        noEstimates: 'There are none until ANALYZE has run on rows.',
        indexes: [],
      });
      expect(quiet.lastAnalyzeAt).toBeNull();
    } finally {
      await database.drop();
    }
  });
});

describe('estimates that this role may not see', () => {
  const server = useServer(17);

  it('are said to be hidden, with the GRANT; a locked table is read all the same, one that is gone says so', async () => {
    const database = await createDatabase(
      await server.get(),
      `CREATE TABLE secret (id int); INSERT INTO secret SELECT generate_series(1, 100); ANALYZE secret;
       CREATE TABLE doomed (id int)`,
    );
    const role = `looker_${database.name}`;
    try {
      await database.query(`CREATE ROLE ${role} LOGIN PASSWORD 'looker'`);
      const asRole = await open(urlOf(database.server, database.name, { user: role, password: 'looker' }));
      const secret = await relation(asRole, 'secret');
      expect(secret.noEstimates).toBe(
        `This role may not see them: GRANT SELECT ON "public"."secret" TO "${role}";`,
      );
      expect(secret.columns).toEqual([{ name: 'id', type: 'integer', isNullable: true, estimate: null }]);
      await database.query(`GRANT SELECT ON public.secret TO ${role}`);
      const locker = new pg.Client({ connectionString: database.url });
      await locker.connect();
      await locker.query('BEGIN; LOCK TABLE secret');
      expect((await relation(asRole, 'secret')).columns[0]?.estimate).not.toBeNull();
      await locker.end();

      const connectionId = await open(database.url);
      const page = await engine.insight.statistics.list({ connectionId, category: null, ...ALL }, {});
      const oid = rowNamed(page, 'doomed')?.oid ?? 0;
      await database.query('DROP TABLE doomed');
      await expect(
        engine.insight.statistics.relation({ connectionId, oid: oid + 100_000 }, {}),
      ).rejects.toMatchObject({ code: 'NOT_FOUND' });
    } finally {
      await database.query(`DROP OWNED BY ${role}`);
      await database.drop();
      await query(urlOf(database.server, 'postgres'), `DROP ROLE ${role}`);
    }
  });
});
