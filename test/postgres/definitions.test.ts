import { afterAll, describe, expect, it } from 'vitest';
import type { IndexFact } from '#shared/model/facts.ts';
import { Catalog } from '#engine/audit/catalog.ts';
import { foreignKeyDefinition, indexDefinition } from '#engine/audit/definitions.ts';
import { collectSnapshot } from '#engine/collect/collect.ts';
import type { EmbeddedMajor } from '#engine/embedded/binaries.ts';
import { openReadSession } from '#engine/postgres/session.ts';
import { parseConnectionInput } from '#engine/postgres/url.ts';
import { createDatabase, type TestDatabase, useServer } from '../support/postgres.ts';

/**
 * The texts that undo a change are composed from the catalog's arrays. Each is run on a copy of the schema without
 * the thing, and the server's own text of the result must be the same as that of the original.
 */
const EVERY_MAJOR = `
  CREATE EXTENSION pg_trgm; CREATE EXTENSION btree_gist; CREATE EXTENSION citext;
  CREATE COLLATION german (provider = icu, locale = 'de');
  CREATE SCHEMA "Od""d"; CREATE COLLATION "Od""d"."my sort" (provider = icu, locale = 'fr');
  CREATE OPERATOR CLASS "Od""d"."my class" FOR TYPE int4 USING btree AS
    OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 btint4cmp(int4, int4);
  CREATE DOMAIN word AS text;
  CREATE TABLE t (a int NOT NULL, b int, c text, d text COLLATE german, e varchar(9), f char(3), w word, ci citext, j jsonb, arr int[],
    r int4range, p point, tv tsvector, at timestamptz, net inet, "select" int, "Mi""xed" text, é int, n name, bits bit(4), num numeric(9,2));
  ALTER TABLE t DROP COLUMN bits;
  CREATE TABLE "Od""d"."ta.ble" ("c o l" int, "user" text);
  CREATE TABLE part (id int NOT NULL, v text, w int) PARTITION BY RANGE (id);
  CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM (1) TO (10);
  CREATE TABLE part_2 PARTITION OF part FOR VALUES FROM (10) TO (20) PARTITION BY LIST (w);
  CREATE TABLE part_2_a PARTITION OF part_2 FOR VALUES IN (1);
  CREATE MATERIALIZED VIEW mv AS SELECT 1 AS a, 'x'::text AS b;
  CREATE FUNCTION is_big(int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT $1 > 3'`;

const INDEXES = [
  't (a)',
  't (a DESC)',
  't (a DESC NULLS LAST, b NULLS FIRST)',
  't (b ASC NULLS FIRST)',
  't (a, b, c) INCLUDE (e, "select")',
  't (a) INCLUDE (j)',
  't (c COLLATE "C")',
  't (c COLLATE german, d)',
  't (d COLLATE "default" DESC)',
  't (c COLLATE "Od""d"."my sort" text_pattern_ops DESC)',
  't (c text_pattern_ops)',
  't (e varchar_pattern_ops)',
  't (e text_ops)',
  't (f bpchar_pattern_ops, f)',
  't (w)',
  't (w text_pattern_ops)',
  't (ci)',
  't (ci text_ops)',
  't (a "Od""d"."my class")',
  't USING hash (c)',
  't USING hash (a) WITH (fillfactor = 60)',
  't USING gin (j)',
  't USING gin (j jsonb_path_ops) WITH (fastupdate = off)',
  't USING gin (arr)',
  't USING gin (tv)',
  't USING gin (c gin_trgm_ops) WITH (gin_pending_list_limit = 128)',
  't USING gist (c gist_trgm_ops)',
  't USING gist (c gist_trgm_ops (siglen = 32))',
  't USING gist (r, a)',
  't USING gist (r) INCLUDE (b)',
  't USING gist (net inet_ops)',
  't USING spgist (p)',
  't USING spgist (p kd_point_ops)',
  't USING spgist (c)',
  't USING brin (at) WITH (pages_per_range = 16, autosummarize = on)',
  't USING brin (a int4_minmax_multi_ops (values_per_range = 8))',
  't USING brin (c text_bloom_ops)',
  't (a) WITH (fillfactor = 70, deduplicate_items = off)',
  't (lower(c))',
  't (lower(c) COLLATE "C" DESC, a)',
  "t ((a + b), (c || ', ' || e) text_pattern_ops)",
  't (b) WHERE b IS NOT NULL',
  "t (b) INCLUDE (a) WITH (fillfactor = 80) WHERE c = 'it''s WHERE (x)' AND a > 3",
  't (b) TABLESPACE pg_default',
  't (is_big(a)) WHERE NOT is_big(b)',
  't (("Mi""xed" IS NULL)) WHERE "select" = 1',
  't ("select", "Mi""xed" DESC, é)',
  't (n)',
  't (num)',
  '"Od""d"."ta.ble" ("c o l", "user" DESC)',
  'mv (a, b)',
  'part (w, v DESC)',
  'part (lower(v)) WHERE w > 1',
  'part_2 (w) INCLUDE (v)',
  'part_1 USING hash (w)',
];
const UNIQUE = [
  't (a)',
  't (a, c COLLATE "C") INCLUDE (b)',
  't (lower(c)) WHERE b > 0',
  'part (id, w)',
  'mv (b)',
];
const SINCE_15 = [
  'UNIQUE INDEX {} ON t (b) NULLS NOT DISTINCT',
  'UNIQUE INDEX {} ON t (b, "select") NULLS NOT DISTINCT WITH (fillfactor = 50) WHERE a > 0',
];

const FOREIGN_KEYS = [
  'FOREIGN KEY (a) REFERENCES parent (id)',
  'FOREIGN KEY (a) REFERENCES parent (id) ON DELETE CASCADE ON UPDATE SET NULL',
  'FOREIGN KEY (b, a) REFERENCES parent (x, "Y z") MATCH FULL ON DELETE RESTRICT',
  'FOREIGN KEY (b) REFERENCES "Od""d"."par""ent" ("select") ON UPDATE CASCADE ON DELETE SET DEFAULT DEFERRABLE',
  'FOREIGN KEY (a) REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED',
  'FOREIGN KEY ("user") REFERENCES child (key) ON DELETE NO ACTION',
];
const FOREIGN_KEYS_15 = [
  'FOREIGN KEY (a, b) REFERENCES parent (x, "Y z") ON DELETE SET NULL (b) ON UPDATE CASCADE',
];
const KEY_TABLES = `CREATE SCHEMA "Od""d"; CREATE TABLE parent (id int PRIMARY KEY, x int, "Y z" int, UNIQUE (x, "Y z"));
  CREATE TABLE "Od""d"."par""ent" ("select" int UNIQUE); CREATE TABLE child (key int PRIMARY KEY, a int, b int, "user" int);`;

const MAJORS: readonly EmbeddedMajor[] = [14, 15, 18];
const servers = new Map(MAJORS.map((major) => [major, useServer(major)]));
const opened: TestDatabase[] = [];
afterAll(async () => {
  for (const database of opened) await database.drop();
});

async function open(major: EmbeddedMajor, sql: string): Promise<TestDatabase> {
  const server = await servers.get(major)?.get();
  if (!server) throw new Error(`No server of major ${major}`);
  const database = await createDatabase(server, sql);
  opened.push(database);
  return database;
}

async function read(
  database: TestDatabase,
): Promise<{ catalog: Catalog; facts: Awaited<ReturnType<typeof collectSnapshot>>['facts'] }> {
  const session = await openReadSession(parseConnectionInput(database.url), {
    applicationName: 'pgvitals/collector',
  });
  try {
    const { facts } = await collectSnapshot(session, { toolVersion: 'test', ownPasswordIsDefault: false });
    return { facts, catalog: new Catalog(facts) };
  } finally {
    await session.close();
  }
}

/** name → pg_get_indexdef and what it leaves out. */
async function indexTexts(database: TestDatabase): Promise<Map<string, string>> {
  const rows = await database.query<{ name: string; text: string }>(
    `SELECT c.relname AS name, pg_get_indexdef(c.oid) || coalesce(' in ' || s.spcname, '') AS text
     FROM pg_class c LEFT JOIN pg_tablespace s ON s.oid = c.reltablespace
     WHERE c.relkind IN ('i', 'I') AND c.relname LIKE 'ix\\_%'`,
  );
  return new Map(rows.map((r) => [r.name, r.text]));
}

it('an index in a tablespace of its own comes back there, with and without a predicate', async () => {
  const database = await open(15, 'CREATE TABLE t (a int, b int)');
  // An empty location is a directory inside the data directory: no path of this machine is needed.
  await database.query(`ALTER DATABASE ${database.name} SET allow_in_place_tablespaces = on`);
  await database.query(`CREATE TABLESPACE "Fast ${database.name}" LOCATION ''`);
  try {
    const options = `WITH (fillfactor = 60) TABLESPACE "Fast ${database.name}"`;
    await database.query(`CREATE INDEX ix_plain ON t (a) INCLUDE (b) ${options};
      CREATE INDEX ix_partial ON t (a) ${options} WHERE b > 0; CREATE INDEX ix_expression ON t ((a + b)) ${options}`);
    const expected = await indexTexts(database);
    const { facts, catalog } = await read(database);
    for (const index of facts.indexes ?? []) {
      await database.query(`DROP INDEX ${index.name}`);
      await database.query(definition(index, catalog, { concurrently: true }));
    }
    expect(expected.get('ix_partial')).toContain(' in Fast ');
    expect(Object.fromEntries(await indexTexts(database))).toEqual(Object.fromEntries(expected));
  } finally {
    await database.query('DROP TABLE t');
    await database.query(`DROP TABLESPACE "Fast ${database.name}"`);
  }
});

describe.each(MAJORS)('on %i', (major) => {
  it('an index made from its composed text is the same index', async () => {
    const statements = [
      ...INDEXES.map((on, at) => `CREATE INDEX ix_${at} ON ${on}`),
      ...UNIQUE.map((on, at) => `CREATE UNIQUE INDEX ix_u${at} ON ${on}`),
      ...(major >= 15 ? SINCE_15.map((text, at) => `CREATE ${text.replace('{}', `ix_n${at}`)}`) : []),
    ];
    const original = await open(major, `${EVERY_MAJOR}; ${statements.join('; ')}`);
    const expected = await indexTexts(original);
    expect(expected.size).toBe(statements.length);
    const { facts, catalog } = await read(original);
    const copy = await open(major, EVERY_MAJOR);
    const composed = (facts.indexes ?? []).filter(
      (i) => i.name.startsWith('ix_') && i.parentIndexOid === null,
    );
    for (const index of composed) await copy.query(definition(index, catalog));
    expect(Object.fromEntries(await indexTexts(copy))).toEqual(Object.fromEntries(expected));
  });

  it('most texts are composed: the server is asked only where it has to be', async () => {
    const original = await open(
      major,
      `${EVERY_MAJOR}; ${INDEXES.map((on, at) => `CREATE INDEX ix_${at} ON ${on}`).join('; ')}`,
    );
    const { facts } = await read(original);
    const asked = (facts.indexes ?? []).filter((i) => i.name.startsWith('ix_') && i.definition !== null);
    expect(asked.length).toBeGreaterThan(5);
    expect(
      asked.every((i) => i.expressions !== null || i.predicate !== null || i.accessMethod !== 'btree'),
    ).toBe(true);
    expect(asked.length).toBeLessThan(INDEXES.length / 3);
  });

  it('a concurrent text builds the same index', async () => {
    const statements = INDEXES.filter((on) => !on.startsWith('part ') && !on.startsWith('part_2')).map(
      (on, at) => `CREATE INDEX ix_${at} ON ${on}`,
    );
    const original = await open(major, `${EVERY_MAJOR}; ${statements.join('; ')}`);
    const expected = await indexTexts(original);
    const { facts, catalog } = await read(original);
    for (const index of (facts.indexes ?? []).filter((i) => i.name.startsWith('ix_'))) {
      const text = definition(index, catalog, { concurrently: true });
      expect(text).toMatch(/^CREATE INDEX CONCURRENTLY /);
      await original.query(`DROP INDEX "${index.schema.replaceAll('"', '""')}"."${index.name}"`);
      await original.query(text);
    }
    expect(Object.fromEntries(await indexTexts(original))).toEqual(Object.fromEntries(expected));
  });

  it('a foreign key made from its composed text is the same key', async () => {
    const keys = [...FOREIGN_KEYS, ...(major >= 15 ? FOREIGN_KEYS_15 : [])];
    const database = await open(
      major,
      KEY_TABLES + keys.map((key, at) => `ALTER TABLE child ADD CONSTRAINT fk_${at} ${key}`).join('; '),
    );
    const texts = () =>
      database.query(
        `SELECT conname, pg_get_constraintdef(oid) AS text FROM pg_constraint WHERE contype = 'f' ORDER BY conname`,
      );
    const expected = await texts();
    expect(expected).toHaveLength(keys.length);
    const { facts, catalog } = await read(database);
    for (const key of (facts.constraints ?? []).filter((c) => c.type === 'f')) {
      await database.query(`ALTER TABLE child DROP CONSTRAINT ${key.name}`);
      await database.query(
        `ALTER TABLE child ADD CONSTRAINT ${key.name} ${foreignKeyDefinition(key, catalog)}`,
      );
    }
    expect(await texts()).toEqual(expected);
  });
});

function definition(
  index: IndexFact,
  catalog: Catalog,
  options: { readonly concurrently?: boolean } = {},
): string {
  const text = indexDefinition(index, catalog, options);
  if (text === null) throw new Error(`No text for ${index.name}`);
  return text;
}
