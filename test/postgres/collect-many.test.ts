import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Facts } from '#shared/model/facts.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import { createDatabase, type TestDatabase, useServer } from '../support/postgres.ts';
import { collectFrom } from './collect-support.ts';

/** Beyond about a thousand objects, collectors ask only about those that matter. */
describe('a database with many objects', () => {
  const server = useServer(15);
  let database: TestDatabase;
  let facts: Facts;
  let unread: Snapshot['unread'];

  beforeAll(async () => {
    database = await createDatabase(await server.get(), MANY_SQL);
    await database.query(SPECIAL_SQL);
    const snapshot = await collectFrom(database.url);
    facts = snapshot.facts as Facts;
    unread = snapshot.unread;
  });
  afterAll(() => database?.drop());

  it('reads last values of the sequences that can come to an end', () => {
    const read = new Set(facts.sequenceValues.map((v) => v.sequenceOid));
    const names = facts.sequences.filter((s) => read.has(s.oid)).map((s) => s.name);
    expect(names.sort()).toEqual([
      'bounded',
      'by_leaps',
      'copied_narrow_id_seq',
      'domain_id_seq',
      'narrow_id_seq',
      'near_its_end',
    ]);
    expect(facts.sequences.length).toBeGreaterThan(1_000);
    // What was spared is said, never passed in silence.
    expect(unread.filter((u) => u.fact === 'sequenceValues')).toMatchObject([
      { cause: 'limit', objectOids: [] },
    ]);
  });

  it('measures the largest relations, matviews and tables that were never counted', () => {
    const exact = facts.tables.filter((t) => t.sizeIsExact).map((t) => t.name);
    expect(exact).toEqual(expect.arrayContaining(['large', 'view_of_it', 'uncounted']));
    expect(exact.length).toBeLessThan(250);
    for (const table of facts.tables.filter((t) => t.name.startsWith('many_')).slice(0, 50)) {
      expect(table.sizeBytes, table.name).toBe(table.pages * 8192);
    }
  });

  it('agrees with the server on the size of the database', async () => {
    const [row] = await database.query<{ size: string }>(
      'SELECT pg_database_size(current_database()) AS size',
    );
    expect(Math.abs(Number(row?.size) / (facts.server.databaseSizeBytes ?? 0) - 1)).toBeLessThan(0.01);
    expect(facts.databases.find((d) => d.name === database.name)?.sizeBytes).toBe(
      facts.server.databaseSizeBytes,
    );
  });
});

const MANY_SQL = `DO $$ BEGIN
  FOR k IN 1..1010 LOOP EXECUTE 'CREATE TABLE many_' || k || ' (id bigserial PRIMARY KEY)'; END LOOP;
END $$; ANALYZE`;

const SPECIAL_SQL = `
  CREATE DOMAIN small_key AS integer;
  CREATE TABLE narrow (id serial);
  CREATE TABLE copied_narrow (id bigserial PRIMARY KEY);
  CREATE TABLE copy (id bigint, parent integer REFERENCES copied_narrow (id));
  CREATE TABLE domain (id small_key);
  CREATE SEQUENCE domain_id_seq OWNED BY domain.id;
  CREATE TABLE odd (a bigint, b bigint, c bigint);
  CREATE SEQUENCE bounded MAXVALUE 1000 OWNED BY odd.a;
  CREATE SEQUENCE by_leaps INCREMENT 1000000 OWNED BY odd.b;
  CREATE SEQUENCE near_its_end START 9223372036854775000 OWNED BY odd.c;
  CREATE TABLE large AS SELECT g, repeat('x', 100) AS body FROM generate_series(1, 20000) g;
  CREATE MATERIALIZED VIEW view_of_it AS SELECT 1 AS one;
  ANALYZE;
  CREATE TABLE uncounted AS SELECT g FROM generate_series(1, 10000) g;`;
