import { describe, expect, it } from 'vitest';
import { ALL, rowNamed, useEngine } from '../support/insight.ts';
import { createDatabase, query, type TestDatabase, urlOf, useDemo, useServer } from '../support/postgres.ts';

const { engine, open } = useEngine();
const demo = useDemo();

describe('security', () => {
  const server = useServer(16);
  /** By the words that name a secret, as whole words of the name. */
  const SENSITIVE = `
    SELECT c.oid::int AS oid, string_agg(attname, ', ' ORDER BY attnum) AS columns
    FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace JOIN pg_attribute ON attrelid = c.oid AND attnum > 0 AND NOT attisdropped
    WHERE relkind IN ('r', 'p') AND NOT relispartition AND nspname !~ '^pg_|^information_schema$'
      AND attname ~ '(^|_)(passwd|pwd|secret|api_key|access_key|private_key|iban|ssn)(_|$)|(^|_)(password|token|otp|salt|pin)(_(hash|digest|encrypted|plain|text|value))*$'
    GROUP BY c.oid`;

  const compare = async (url: string): Promise<number> => {
    const connectionId = await open(url);
    await engine.insight.security.overview({ connectionId, maxAgeMs: 0 }, {});
    const { rows } = await engine.insight.security.tables({ connectionId, ...ALL, view: 'all' }, {});
    const truth = await query<{ oid: number; columns: string }>(url, SENSITIVE);
    const shown = rows.filter((row) => row.kind === 'table' && row.sensitiveColumns !== null);
    const sorted = (text: string | null): string => (text ?? '').split(', ').sort().join(', ');
    expect(new Map(shown.map((row) => [row.oid, sorted(row.sensitiveColumns)]))).toEqual(
      new Map(truth.map(({ oid, columns }) => [oid, sorted(columns)])),
    );
    return truth.length;
  };

  it('the demo: sensitive columns are those that SQL finds by their names', async () => {
    expect(await compare((await demo.get()).url)).toBeGreaterThan(0);
  });

  it('sensitive columns and roles of the system, of a database that was made', async () => {
    const database = await createDatabase(
      await server.get(),
      `CREATE TABLE person (id int, password_hash text, token_count int, api_key text, name text, pin text);
       CREATE TABLE plain (id int, note text, secretary text, password_changed_at date);
       CREATE SCHEMA vault; CREATE TABLE vault.cards (id int, iban text, user_password text)`,
    );
    expect(await compare(database.url)).toBe(2);
    const { data } = await engine.insight.security.overview(
      { connectionId: await open(database.url), maxAgeMs: 0 },
      {},
    );
    // Roles that initdb makes have oids below 16384, and all but the first superuser begin with pg_.
    const truth = await database.query<{ name: string; made: boolean }>(
      'SELECT rolname AS name, oid < 16384 AND oid <> 10 AS made FROM pg_roles',
    );
    expect(new Map(data.roles.map((role) => [role.name, role.isSystem]))).toEqual(
      new Map(truth.map(({ name, made }) => [name, made])),
    );
  });
});

describe.each([14, 18] as const)('indexes on PostgreSQL %i', (major) => {
  const server = useServer(major);
  const make = async (): Promise<TestDatabase> =>
    createDatabase(
      await server.get(),
      `CREATE EXTENSION pg_stat_statements; CREATE TABLE big (id int PRIMARY KEY, a int, b int, c int);
       CREATE INDEX big_a ON big (a); CREATE INDEX big_a_b ON big (a, b); CREATE INDEX big_a_again ON big (a);
       CREATE INDEX big_c ON big (c); CREATE INDEX big_b_some ON big (b) WHERE b > 5;
       CREATE TABLE small (id int, a int); CREATE INDEX small_a ON small (a);
       INSERT INTO big SELECT g, g, g, g FROM generate_series(1, 60000) g; INSERT INTO small VALUES (1, 1); ANALYZE`,
    );

  it('covered by is an index whose columns begin with all of its own, by SQL', async () => {
    const database = await make();
    const connectionId = await open(database.url);
    await engine.insight.indexes.overview({ connectionId, maxAgeMs: 0 }, {});
    const { rows } = await engine.insight.indexes.list(
      { connectionId, view: 'all', tableOid: null, ...ALL },
      {},
    );
    const truth = await database.query<{ name: string; by: string[] }>(
      `SELECT c.relname AS name, array_agg(o.relname::text) AS by FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
         JOIN pg_index j ON j.indrelid = i.indrelid AND j.indexrelid <> i.indexrelid AND j.indnkeyatts >= i.indnkeyatts
         JOIN pg_class o ON o.oid = j.indexrelid
       WHERE i.indrelid = 'big'::regclass AND NOT i.indisunique AND i.indpred IS NULL AND j.indpred IS NULL
         AND (string_to_array(j.indkey::text, ' '))[1:i.indnkeyatts] = string_to_array(i.indkey::text, ' ')
       GROUP BY c.relname`,
    );
    const covered = rows.filter((row) => row.coveredBy !== null);
    expect(truth.map(({ name }) => name).toSorted()).toEqual(['big_a', 'big_a_again']);
    expect(covered.map((row) => row.name)).toEqual(truth.map(({ name }) => name).toSorted());
    // Of two that cover each other one has to last: the wider.
    for (const row of covered) {
      expect(truth.find(({ name }) => name === row.name)?.by).toContain(row.coveredBy);
      expect(row.coveredBy).toBe('big_a_b');
    }
  });

  it('says why no scans prove little, as the size, the rows and the age of the counters are by SQL', async () => {
    const database = await make();
    // An index of more than ten megabytes: the next reason after its size is the age of the counters.
    await database.query(
      'INSERT INTO big SELECT g, g, g, g FROM generate_series(60001, 700000) g; ANALYZE big',
    );
    await database.query('SELECT pg_stat_reset()');
    const connectionId = await open(database.url);
    await engine.insight.indexes.overview({ connectionId, maxAgeMs: 0 }, {});
    const { rows } = await engine.insight.indexes.list(
      { connectionId, view: 'all', tableOid: null, ...ALL },
      {},
    );
    const reasonOf = async (name: string) =>
      (
        await engine.insight.indexes.detail(
          { connectionId, oid: rowNamed({ rows, total: 0, of: 0, offset: 0 }, name).oid },
          {},
        )
      ).unprovenReason;
    const [truth] = await database.query<{ small: number; wide: number; days: number; tuples: number }>(
      `SELECT pg_relation_size('small_a')::int AS small, pg_relation_size('big_c')::int AS wide,
         (SELECT reltuples::int FROM pg_class WHERE relname = 'small') AS tuples,
         (SELECT extract(epoch FROM now() - stats_reset) / 86400 FROM pg_stat_database WHERE datname = current_database())::float8 AS days`,
    );
    expect(truth?.small).toBeLessThan(100_000);
    expect(truth?.wide).toBeGreaterThan(10 * 1024 ** 2);
    expect(truth?.days).toBeLessThan(1);
    expect(await reasonOf('small_a')).toMatch(/^it is smaller than/);
    expect(await reasonOf('big_c')).toMatch(/^its scans are counted for .+ only/);
    await database.query('SET enable_seqscan = off; SELECT * FROM big WHERE c = 7');
    await expect
      .poll(
        async () => {
          await engine.insight.indexes.overview({ connectionId, maxAgeMs: 0 }, {});
          return reasonOf('big_c');
        },
        { timeout: 15_000 },
      )
      .toBeNull();
  });

  it('counts which of the heaviest statements have no plan here, as EXPLAIN refuses them', async () => {
    const database = await make();
    const plannable = ['SELECT count(*) FROM big WHERE b = 3', 'SELECT max(c) FROM big WHERE b > 4'];
    for (const sql of plannable) await database.query(sql);
    await database.query('CREATE TABLE gone (n int); CREATE TABLE gone_too (n int)');
    for (const table of ['gone', 'gone_too']) await database.query(`SELECT count(*) FROM ${table}`);
    await database.query('DROP TABLE gone; DROP TABLE gone_too');
    const connectionId = await open(database.url);
    await engine.insight.queries.overview({ connectionId, maxAgeMs: 0 }, {});
    const advice = await engine.insight.indexes.statementAdvice({ connectionId }, {});
    // Whether each can be planned is asked of the server: it parses and analyses what PREPARE names.
    const texts = await database.query<{ query: string }>(
      `SELECT DISTINCT query FROM pg_stat_statements WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
         AND query ~* '^(select|insert|with)' AND query !~ 'pgvitals|pg_stat_statements'`,
    );
    const refused: string[] = [];
    for (const { query: text } of texts) {
      const isTaken = await query(database.url, `PREPARE asked AS ${text}`).then(
        () => true,
        () => false,
      );
      if (!isTaken) refused.push(text);
    }
    expect(refused.filter((text) => /FROM gone/.test(text))).toHaveLength(2);
    expect([advice.of, advice.notPlanned, refused]).toEqual([texts.length, refused.length, refused]);
    expect(advice.planned + advice.notPlanned).toBe(advice.of);
    expect(advice.planned).toBeGreaterThanOrEqual(2);
  });
});

describe.each([14, 17, 18] as const)('vacuum on PostgreSQL %i', (major) => {
  const server = useServer(major);

  it('the formulas name the numbers that the settings, the options and the catalog have', async () => {
    const database = await createDatabase(
      await server.get(),
      `CREATE TABLE usual (id int); CREATE TABLE tuned (id int) WITH (autovacuum_vacuum_threshold = 123,
         autovacuum_vacuum_scale_factor = 0.07, autovacuum_vacuum_insert_threshold = 4567, autovacuum_vacuum_insert_scale_factor = 0.31);
       CREATE TABLE off (id int) WITH (autovacuum_vacuum_insert_threshold = -1);
       INSERT INTO usual SELECT generate_series(1, 2500); INSERT INTO tuned SELECT generate_series(1, 1700); ANALYZE`,
    );
    const connectionId = await open(database.url);
    await engine.insight.vacuum.overview({ connectionId, maxAgeMs: 0 }, {});
    const truth = await database.query<{
      oid: number;
      name: string;
      rows: number;
      base: number;
      factor: number;
      insert_base: number;
      insert_factor: number;
    }>(
      `SELECT c.oid::int AS oid, relname AS name, greatest(reltuples, 0)::float8 AS rows, ${[
        ['base', 'autovacuum_vacuum_threshold'],
        ['factor', 'autovacuum_vacuum_scale_factor'],
        ['insert_base', 'autovacuum_vacuum_insert_threshold'],
        ['insert_factor', 'autovacuum_vacuum_insert_scale_factor'],
      ]
        .map(
          ([name, setting]) =>
            `coalesce((SELECT option_value FROM pg_options_to_table(reloptions) WHERE option_name = '${setting}'), current_setting('${setting}'))::float8 AS ${name}`,
        )
        .join(', ')} FROM pg_class c WHERE relname IN ('usual', 'tuned', 'off')`,
    );
    expect(truth).toHaveLength(3);
    const numbersIn = (words: string): number[] =>
      [...words.replaceAll('\u202f', '').matchAll(/\d+(?:\.\d+)?/g)].map(([number]) => Number(number));
    for (const { oid, name, rows, base, factor, ...insert } of truth) {
      const detail = await engine.insight.vacuum.detail({ connectionId, oid }, {});
      expect([name, numbersIn(detail.formula)]).toEqual([name, [base, factor, rows]]);
      const { insert_base, insert_factor } = insert;
      const words = detail.insertFormula;
      if (insert_base < 0) expect([name, words]).toEqual([name, null]);
      else
        expect([name, numbersIn(words ?? '').slice(0, 3)]).toEqual([
          name,
          [insert_base, insert_factor, rows],
        ]);
    }
    expect(truth.find(({ name }) => name === 'tuned')).toMatchObject({
      base: 123,
      factor: 0.07,
      rows: 1_700,
    });
  });
});

describe('history', () => {
  const server = useServer(15);

  it('the list of audits counts the checks as the audit file does', async () => {
    const database = await createDatabase(await server.get(), 'CREATE TABLE t (id int)');
    const role = `sees_${database.name.slice(-6)}`;
    await database.query(`CREATE ROLE ${role} LOGIN PASSWORD 'p-4711-odd'`);
    const seen = [];
    for (const url of [
      database.url,
      urlOf(database.server, database.name, { user: role, password: 'p-4711-odd' }),
    ]) {
      const connectionId = await open(url);
      for await (const _ of engine.audit(connectionId, {}));
      const { data } = await engine.insight.history.overview({ connectionId, range: 'day', maxAgeMs: 0 }, {});
      const audit = engine.latestAudit(connectionId);
      const ran = new Set(audit?.coverage.skipped.map(({ check }) => check));
      // Of each check that applies it is said whether it ran; those that did not are listed with their reason.
      const whole = (audit?.coverage.applicable ?? 0) - ran.size;
      const [newest] = data.audits;
      expect(newest).toMatchObject({ checksRun: whole, checksApplicable: audit?.coverage.applicable });
      seen.push(newest?.checksRun ?? 0);
    }
    expect(seen[1]).toBeLessThan(seen[0] ?? 0);
  });
});
