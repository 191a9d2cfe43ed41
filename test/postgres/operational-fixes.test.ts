import { afterAll, describe, expect, it } from 'vitest';
import type { Finding } from '#shared/model/finding.ts';
import type { Facts } from '#shared/model/facts.ts';
import { onStandby } from '../fixtures/amendments.ts';
import { holdSessions } from '../support/held-sessions.ts';
import { judge, snapshotOf } from '../support/judge.ts';
import { createDatabase, type TestDatabase, usePrivateServer } from '../support/postgres.ts';

/** Fixes that end sessions, drop slots or change settings, run as written on a server of their own. */
const server = usePrivateServer();
const opened: TestDatabase[] = [];
afterAll(async () => {
  for (const database of opened) await database.drop();
});

const AUTO_CONF =
  "SELECT name, setting FROM pg_file_settings WHERE sourcefile LIKE '%auto.conf' ORDER BY name";

describe('fixes of sessions', () => {
  it('end exactly the session that idles in a transaction', async () => {
    const database = await open();
    const held = await holdSessions(database.url, [['BEGIN', 'SELECT 1'], ['SELECT 2']]);
    try {
      const findings = await audit(database, 'idle-in-transaction', { mediumMs: 0 });
      expect(findings).toHaveLength(1);
      expect(await run(database, findings[0]?.fix?.sql)).toEqual([[{ pg_terminate_backend: true }]]);
      await untilGone(database, 'fixture-1');
      expect(await applications(database)).toEqual(['fixture-2']);
    } finally {
      await held.release();
    }
  });

  it('leave alone a session that got the same pid later', async () => {
    const database = await open();
    const held = await holdSessions(database.url, [['BEGIN', 'SELECT 1']]);
    try {
      const [finding] = await audit(database, 'idle-in-transaction', { mediumMs: 0 }, (facts) => ({
        activity: facts.activity.map((a) => ({ ...a, backendStartedAt: '2020-01-01T00:00:00.123456Z' })),
      }));
      expect(await run(database, finding?.fix?.sql)).toEqual([[]]);
      expect(await applications(database)).toEqual(['fixture-1']);
    } finally {
      await held.release();
    }
  });

  it('cancel the query at the root of a chain', async () => {
    const database = await open('CREATE TABLE t (id int)');
    const held = await holdSessions(database.url, [
      ['SELECT pg_sleep(20) FROM (SELECT count(*) FROM t) s'],
      ['ALTER TABLE t ADD COLUMN v int'],
      ['SELECT count(*) FROM t'],
    ]);
    try {
      const findings = await audit(database, 'blocking-chain', { mediumMs: 0 });
      expect(findings).toHaveLength(1);
      expect(await run(database, findings[0]?.fix?.sql)).toEqual([[{ pg_cancel_backend: true }]]);
      await until(async () => (await audit(database, 'blocking-chain', { mediumMs: 0 })).length === 0);
      expect(
        await database.query("SELECT 1 FROM pg_attribute WHERE attrelid = 't'::regclass AND attname = 'v'"),
      ).toHaveLength(1);
    } finally {
      await held.release();
    }
  });
});

describe('fixes of replication and prepared transactions', () => {
  it('drop the slot and roll back the transaction that hold the horizon', async () => {
    const database = await open('CREATE TABLE t (id int)');
    await database.query("SELECT pg_create_logical_replication_slot('held', 'test_decoding')");
    await database.query("BEGIN; INSERT INTO t VALUES (1); PREPARE TRANSACTION E'it\\'s \\\\ odd'");
    const findings = await audit(database, 'xmin-horizon-held', { mediumPercent: 0 });
    expect(findings.map((f) => f.object.kind).sort()).toEqual(['slot', 'transaction']);
    for (const { fix } of findings) await run(database, fix?.sql);
    expect(await audit(database, 'xmin-horizon-held', { mediumPercent: 0 })).toEqual([]);
  });
});

describe('fixes of settings', () => {
  it('set the limit of slots and put back what was there', async () => {
    const database = await open();
    await database.query("SELECT pg_create_physical_replication_slot('kept')");
    try {
      const [finding] = await audit(database, 'wal-keep-unlimited');
      await run(database, finding?.fix?.sql);
      expect(await database.query(AUTO_CONF)).toEqual([{ name: 'max_slot_wal_keep_size', setting: '10GB' }]);
      await until(async () => (await audit(database, 'wal-keep-unlimited')).length === 0);
      await run(database, finding?.fix?.undo);
      expect(await database.query(AUTO_CONF)).toEqual([]);
    } finally {
      await database.query("SELECT pg_drop_replication_slot('kept')");
    }
  });

  it('set work_mem for the role that spills, and put back its own value', async () => {
    const database = await open(
      'CREATE EXTENSION pg_stat_statements; CREATE ROLE "odd ""role"; ALTER ROLE "odd ""role" SET work_mem = \'96kB\'',
    );
    const held = await holdSessions(database.url, [
      [
        'SET ROLE "odd ""role"',
        "SET work_mem = '64kB'",
        'SELECT count(*) FROM (SELECT g FROM generate_series(1, 300000) g ORDER BY random()) s',
      ],
    ]);
    await until(async () => (await audit(database, 'temp-spill', { perCallBytes: 1024 })).length === 1);
    await held.release();
    const [finding] = await audit(database, 'temp-spill', { perCallBytes: 1024 });
    const ofRole =
      'SELECT unnest(setconfig) AS set FROM pg_db_role_setting WHERE setrole = \'"odd ""role"\'::regrole';
    await run(database, finding?.fix?.sql);
    expect(await database.query(ofRole)).toEqual([{ set: expect.stringMatching(/^work_mem=\d+MB$/) }]);
    await run(database, finding?.fix?.undo);
    expect(await database.query(ofRole)).toEqual([{ set: 'work_mem=96kB' }]);
  });

  it('add a library to those loaded at start, one literal each, and the server starts with it', async () => {
    const database = await open();
    // The server has the library: pretend that two others are loaded instead, one of them with an odd name.
    const [finding] = await audit(database, 'pgss-unavailable', {}, (facts) => ({
      settings: facts.settings.map((s) =>
        s.name === 'shared_preload_libraries' ? { ...s, setting: 'auto_explain, pg_prewarm' } : s,
      ),
    }));
    await run(database, finding?.fix?.sql);
    await (await server.get()).restart();
    const loaded = "SELECT setting FROM pg_settings WHERE name = 'shared_preload_libraries'";
    expect(await database.query(loaded)).toEqual([
      { setting: 'auto_explain, pg_prewarm, pg_stat_statements' },
    ]);
    await run(database, finding?.fix?.undo);
    expect(await database.query(AUTO_CONF)).toEqual([]);
    await (await server.get()).restart();
    expect(await database.query(loaded)).toEqual([{ setting: 'pg_stat_statements' }]);
  });

  it('turn autovacuum on again', async () => {
    const database = await open();
    await database.query('ALTER SYSTEM SET autovacuum = off');
    await database.query('SELECT pg_reload_conf()');
    await until(async () => (await audit(database, 'autovacuum-off')).length === 1);
    const [finding] = await audit(database, 'autovacuum-off');
    await run(database, finding?.fix?.sql);
    await until(async () => (await audit(database, 'autovacuum-off')).length === 0);
    await run(database, finding?.fix?.undo);
    await until(async () => (await audit(database, 'autovacuum-off')).length === 1);
    await database.query('ALTER SYSTEM RESET autovacuum');
    await database.query('SELECT pg_reload_conf()');
  });
});

describe('fixes of bloat and freezing', () => {
  const BLOATED = `CREATE TABLE "T""able" (id int PRIMARY KEY, v text); INSERT INTO "T""able" SELECT g, repeat('x', 60) FROM generate_series(1, 150000) g`;

  it('rebuild the index and rewrite the table, and the findings are gone', async () => {
    const database = await open(BLOATED);
    await database.query('DELETE FROM "T""able" WHERE id % 4 <> 0');
    await database.query('VACUUM ANALYZE "T""able"');
    for (const check of ['index-bloat', 'table-bloat']) {
      const limits = { lowBytes: 1_000_000, mediumBytes: 1e9 };
      const [finding] = await audit(database, check, limits);
      expect(finding?.fix?.sql, check).toHaveLength(1);
      await run(database, finding?.fix?.sql);
      await database.query('ANALYZE');
      expect(await audit(database, check, limits), check).toEqual([]);
    }
  });

  it('freeze an old table, and on a standby say where', async () => {
    const database = await open(
      'CREATE TABLE t (id int) WITH (autovacuum_freeze_max_age = 100000); INSERT INTO t VALUES (1)',
    );
    await database.query(
      'DO $$ BEGIN FOR i IN 1..126000 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$',
    );
    const [onItsStandby] = await audit(database, 'xid-wraparound', {}, onStandby);
    expect(onItsStandby?.fix?.sql).toEqual([]);
    const [finding] = await audit(database, 'xid-wraparound');
    await run(database, finding?.fix?.sql);
    expect(await audit(database, 'xid-wraparound')).toEqual([]);
  });
});

async function open(sql = ''): Promise<TestDatabase> {
  const database = await createDatabase(await server.get(), sql);
  opened.push(database);
  return database;
}

async function run(database: TestDatabase, statements: readonly string[] = []): Promise<unknown[]> {
  expect(statements.length).toBeGreaterThan(0);
  const results: unknown[] = [];
  for (const statement of statements) results.push(await database.query(statement));
  return results;
}

async function audit(
  database: TestDatabase,
  check: string,
  thresholds: Readonly<Record<string, number>> = {},
  amend: (facts: Facts) => Partial<Facts> = () => ({}),
): Promise<readonly Finding[]> {
  return (await judge(await snapshotOf(database.url), check, { thresholds, amend })).findings;
}

async function applications(database: TestDatabase): Promise<string[]> {
  const rows = await database.query<{ name: string }>(
    "SELECT application_name AS name FROM pg_stat_activity WHERE application_name LIKE 'fixture-%' AND datname = current_database() ORDER BY 1",
  );
  return rows.map((row) => row.name);
}

async function untilGone(database: TestDatabase, application: string): Promise<void> {
  await until(async () => !(await applications(database)).includes(application));
}

/** Signals and reloads take effect a moment later. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('It did not happen within five seconds.');
}
