import { describe, expect, it } from 'vitest';
import type { Facts } from '#shared/model/facts.ts';
import { freezeRows } from '#engine/insight/vacuum/freeze.ts';
import { ALL, useEngine } from '../support/insight.ts';
import { withTable } from '../fixtures/amendments.ts';
import { snapshotOf } from '../support/judge.ts';
import { createDatabase, usePrivateServer, useServer } from '../support/postgres.ts';

const { engine, open } = useEngine();

describe.each([14, 18] as const)('freeze ages on PostgreSQL %i', (major) => {
  // The lowest limit that the server takes: 100,000 transactions.
  const server = usePrivateServer({
    major,
    settings: { autovacuum: 'off', autovacuum_freeze_max_age: '100000', vacuum_failsafe_age: '0' },
  });

  it('are those of every table and TOAST table, each against its own limit', async () => {
    const database = await createDatabase(
      await server.get(),
      `CREATE SCHEMA shop;
       CREATE TABLE shop.events (id int, t text) PARTITION BY RANGE (id);
       CREATE TABLE shop.events_1 PARTITION OF shop.events FOR VALUES FROM (0) TO (100);
       CREATE TABLE plain (id int);
       CREATE TABLE tuned (id int, t text) WITH (autovacuum_freeze_max_age = 100001, autovacuum_multixact_freeze_max_age = 30000);
       CREATE TABLE apart (id int, t text) WITH (autovacuum_multixact_freeze_max_age = 20000, toast.autovacuum_multixact_freeze_max_age = 40000);
       CREATE MATERIALIZED VIEW seen AS SELECT 1 AS one`,
    );
    await database.query('VACUUM (FREEZE) plain');
    await database.query(
      'DO $$ BEGIN FOR i IN 1..500 LOOP BEGIN PERFORM pg_current_xact_id(); RAISE division_by_zero; EXCEPTION WHEN division_by_zero THEN END; END LOOP; END $$',
    );
    const connectionId = await open(database.url);
    await engine.insight.vacuum.overview({ connectionId, maxAgeMs: 0 }, {});
    const { rows } = await engine.insight.vacuum.freeze({ connectionId, ...ALL }, {});
    const option = (of: string, name: string): string =>
      `(SELECT option_value::int FROM pg_options_to_table(${of}.reloptions) WHERE option_name = '${name}')`;
    const limits = (of: string): string => `
      least(current_setting('autovacuum_freeze_max_age')::int, ${option(of, 'autovacuum_freeze_max_age')}) AS xlimit,
      least(current_setting('autovacuum_multixact_freeze_max_age')::int, ${option(of, 'autovacuum_multixact_freeze_max_age')}) AS mlimit`;
    const truth = await database.query<{
      name: string;
      part: string;
      xid: number;
      mxid: number;
      xlimit: number;
      mlimit: number;
      parent: string | null;
    }>(
      `SELECT c.relname AS name, 'table' AS part, age(c.relfrozenxid) AS xid, mxid_age(c.relminmxid) AS mxid, ${limits('c')},
         (SELECT inhparent::regclass::text FROM pg_inherits WHERE inhrelid = c.oid) AS parent
       FROM pg_class c WHERE c.relkind IN ('r', 'm') AND c.relnamespace IN ('public'::regnamespace, 'shop'::regnamespace)
       UNION ALL
       SELECT c.relname, 'TOAST table', age(t.relfrozenxid), mxid_age(t.relminmxid), l.*,
         (SELECT inhparent::regclass::text FROM pg_inherits WHERE inhrelid = c.oid)
       FROM pg_class c JOIN pg_class t ON t.oid = c.reltoastrelid,
         LATERAL (SELECT ${limits('o')} FROM (SELECT coalesce(t.reloptions, c.reloptions) AS reloptions) o) l
       WHERE c.relnamespace IN ('public'::regnamespace, 'shop'::regnamespace)`,
    );
    const of = (row: { name: string; part: string }): string => `${row.name} ${row.part}`;
    expect(rows.map(of).sort()).toEqual(truth.map(of).sort());
    for (const t of truth) {
      expect(rows.find((row) => of(row) === of(t))).toMatchObject({
        parent: t.parent,
        xidAge: t.xid,
        xidLimit: t.xlimit,
        xidPercent: (t.xid / t.xlimit) * 100,
        mxidAge: t.mxid,
        mxidLimit: t.mlimit,
        mxidPercent: (t.mxid / t.mlimit) * 100,
        level: 'fine',
      });
    }
    const plain = truth.find((t) => of(t) === 'plain table');
    expect(truth.find((t) => of(t) === 'tuned table')?.xid).toBeGreaterThan(plain?.xid ?? Infinity);
    const mine = await engine.insight.vacuum.freeze({ connectionId, ...ALL, filter: 'shop.events' }, {});
    expect(mine.rows.map(of)).toEqual(['events_1 table', 'events_1 TOAST table']);
    const { data } = await engine.insight.vacuum.overview({ connectionId }, {});
    // VACUUM itself takes 105 % of the freeze age for the least.
    expect(data.failsafe.xidAge).toBe(105_000);
  });
});

describe('the word for a freeze age', () => {
  const server = useServer(18);

  it('follows the ladder of the audit, by the worse of both kinds of ids and for both parts', async () => {
    const database = await createDatabase(await server.get(), 'CREATE TABLE t (id int, t text)');
    const snapshot = await snapshotOf(database.url);
    const levels = (change: Parameters<typeof withTable>[2]) => {
      const facts = { ...snapshot.facts, ...withTable(snapshot.facts as Facts, 't', change) };
      return freezeRows({ ...snapshot, facts }).map((row) => [row.part, row.level]);
    };
    const both = (table: string, toast: string) => [
      ['table', table],
      ['TOAST table', toast],
    ];
    // No test can use up 200 million transactions in seconds: the ages are made up, the limits are the server's.
    expect(levels({ frozenXidAge: 199_999_999 })).toEqual(both('fine', 'fine'));
    expect(levels({ frozenXidAge: 200_000_000 })).toEqual(both('forced', 'fine'));
    expect(levels({ frozenXidAge: 250_000_000 })).toEqual(both('overdue', 'fine'));
    expect(levels({ frozenXidAge: 2 ** 30 })).toEqual(both('urgent', 'fine'));
    expect(levels({ frozenXidAge: 0.75 * 2 ** 31 })).toEqual(both('critical', 'fine'));
    expect(levels({ minMxidAge: 400_000_000, toastFrozenXidAge: 2 ** 30 })).toEqual(both('forced', 'urgent'));
  });
});
