import { afterAll, describe, expect, it } from 'vitest';
import type { FactName, Facts } from '#shared/model/facts.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import { onStandby, withDatabases, withTable } from '../fixtures/amendments.ts';
import { judge, snapshotOf } from '../support/judge.ts';
import { createDatabase, type TestDatabase, urlOf, useServer } from '../support/postgres.ts';

/** Unknown is not healthy: what a check could not judge is told, with the GRANT where one helps, and never passes. */
const server = useServer(15);
const opened: TestDatabase[] = [];
afterAll(async () => {
  for (const database of opened) await database.drop();
});

const MB = 1024 ** 2;
const WIDE = "repeat('x', 60)";

interface Case {
  readonly check: string;
  readonly name: string;
  readonly sql?: string;
  readonly statements?: readonly string[];
  readonly thresholds?: Readonly<Record<string, number>>;
  readonly amend?: (facts: Facts) => Partial<Facts>;
  /** A fact that is missing altogether. */
  readonly without?: FactName;
  readonly reason: RegExp;
}

const unknownAge = (facts: Facts): Partial<Facts> => ({
  server: { ...facts.server, statisticsResetAt: null, startedAt: facts.server.sampledAt },
});

const CASES: readonly Case[] = [
  {
    check: 'temp-spill',
    name: 'temporary files since an unknown moment',
    sql: 'CREATE EXTENSION pg_stat_statements',
    amend: (facts) => ({
      ...withDatabases(facts, () => ({ tempBytes: 50 * 1024 * MB })),
      ...unknownAge(facts),
    }),
    reason: /since an unknown moment/,
  },
  {
    check: 'seq-scan-large-table',
    name: 'scans since an unknown moment',
    sql: `CREATE TABLE big (v text); INSERT INTO big SELECT ${WIDE} FROM generate_series(1, 60000); ANALYZE big`,
    amend: (facts) => ({
      ...withTable(facts, 'big', { sizeBytes: 100 * MB, seqScans: 5000, seqRowsRead: 5000 * 60_000 }),
      ...unknownAge(facts),
    }),
    reason: /large tables .*: big\./,
  },
  {
    check: 'checkpoint-pressure',
    name: 'checkpoint counters that are minutes old',
    amend: (facts) => ({
      checkpoints: { timed: 0, requested: 50, statisticsResetAt: facts.server.sampledAt },
    }),
    reason: /too young/,
  },
  {
    check: 'stale-statistics',
    name: 'a partitioned parent analysed at an unknown time',
    sql: `CREATE TABLE p (id int) PARTITION BY RANGE (id); CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (9999);
      INSERT INTO p SELECT generate_series(1, 2000); ANALYZE p`,
    amend: (facts) => ({
      ...withTable(facts, 'p', { lastAnalyzeAt: null, analyzeCount: 0 }),
      ...unknownAge(facts),
    }),
    reason: /partitioned parents .*: p\./,
  },
  {
    check: 'autovacuum-disabled-table',
    name: 'a table of an unknown number of rows',
    sql: `CREATE TABLE t (v text) WITH (autovacuum_enabled = off); INSERT INTO t SELECT ${WIDE} FROM generate_series(1, 1000)`,
    amend: (facts) => withTable(facts, 't', { liveRows: 0, estimatedRows: null }),
    reason: /Autovacuum is off for t, .* run ANALYZE/,
  },
  {
    check: 'table-bloat',
    name: 'a column of type name',
    sql: `CREATE TABLE t (id int, n name); INSERT INTO t SELECT g, 'n' FROM generate_series(1, 150000) g`,
    statements: ['VACUUM ANALYZE t'],
    thresholds: { lowBytes: MB },
    reason: /type name.*: t\./,
  },
  {
    check: 'table-bloat',
    name: 'a dropped column',
    sql: `CREATE TABLE t (id int, n text, m int); INSERT INTO t SELECT g, ${WIDE}, g FROM generate_series(1, 150000) g; ALTER TABLE t DROP COLUMN n`,
    statements: ['VACUUM ANALYZE t'],
    thresholds: { lowBytes: MB },
    reason: /dropped columns.*: t\./,
  },
  {
    check: 'index-bloat',
    name: 'stale statistics',
    sql: `CREATE TABLE t (k uuid DEFAULT gen_random_uuid(), id int) WITH (autovacuum_enabled = off);
      INSERT INTO t (id) SELECT generate_series(1, 200000); CREATE INDEX t_k ON t (k)`,
    statements: [
      'DELETE FROM t WHERE id % 4 <> 0',
      'VACUUM ANALYZE t',
      'UPDATE t SET id = id WHERE id % 2 = 0',
      'SELECT pg_stat_force_next_flush()',
    ],
    thresholds: { lowBytes: 2 * MB },
    reason: /stale.*: t_k\./,
  },
  {
    check: 'pgss-unavailable',
    name: 'the list of preloaded libraries hidden',
    sql: 'CREATE EXTENSION pg_stat_statements',
    amend: (facts) => ({ settings: facts.settings.filter((s) => s.name !== 'shared_preload_libraries') }),
    reason: /hidden from this role/,
  },
  {
    check: 'pgss-unavailable',
    name: 'statements that could not be read',
    sql: 'CREATE EXTENSION pg_stat_statements',
    without: 'statements',
    reason: /could not be read/,
  },
];

describe('what a check can not judge', () => {
  it.each(CASES)('$check: $name', async (one) => {
    const database = await createDatabase(await server.get(), one.sql ?? '');
    opened.push(database);
    for (const statement of one.statements ?? []) await database.query(statement);
    const snapshot = await snapshotOf(database.url);
    const facts = Object.fromEntries(Object.entries(snapshot.facts).filter(([name]) => name !== one.without));
    const audit = await judge({ ...snapshot, facts: facts as Snapshot['facts'] }, one.check, one);
    const { skipped } = audit.coverage;
    expect(audit.findings.map((f) => f.message)).toEqual([]);
    expect(skipped).toHaveLength(1);
    expect(skipped[0]).toMatchObject({ check: one.check, isPartial: true });
    expect(skipped[0]?.reason).toMatch(one.reason);
  });

  it('names the GRANT where one unlocks it', async () => {
    const database = await createDatabase(
      await server.get(),
      `DO $$ BEGIN CREATE ROLE "pgv nobody" LOGIN PASSWORD 'k3v9-Nobody-x'; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
       CREATE EXTENSION pg_stat_statements;
       CREATE TABLE t (id int, v text); INSERT INTO t SELECT g, ${WIDE} FROM generate_series(1, 150000) g; ANALYZE t`,
    );
    opened.push(database);
    const url = urlOf(await server.get(), database.name, { user: 'pgv nobody', password: 'k3v9-Nobody-x' });
    const snapshot = await snapshotOf(url);
    const grantsOf = async (check: string, thresholds = {}): Promise<(string | null)[]> =>
      (await judge(snapshot, check, { thresholds })).coverage.skipped.map((s) => s.grant);
    for (const check of [
      'idle-in-transaction',
      'blocking-chain',
      'connection-saturation',
      'pooling-headroom',
    ])
      expect(await grantsOf(check), check).toContainEqual(
        expect.stringMatching(/^GRANT pg_(monitor|read_all_stats) TO "pgv nobody"/),
      );
    expect(await grantsOf('table-bloat', { lowBytes: MB })).toContainEqual(
      expect.stringContaining('GRANT SELECT'),
    );
    expect(await grantsOf('pgss-unavailable')).toContainEqual(expect.stringContaining('TO "pgv nobody"'));
  });

  it('leaves to the primary what a standby does not know', async () => {
    const database = await createDatabase(await server.get());
    opened.push(database);
    const snapshot = await snapshotOf(database.url);
    for (const check of ['dead-rows-share', 'dead-tuples-behind', 'stale-statistics', 'autovacuum-off']) {
      const audit = await judge(snapshot, check, { amend: onStandby });
      expect(audit.coverage.notApplicable.map((n) => n.check)).toEqual([check]);
    }
  });
});
