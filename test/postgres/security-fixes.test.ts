import { afterAll, beforeAll, expect, it } from 'vitest';
import pg from 'pg';
import type { Finding } from '#shared/model/finding.ts';
import { CHECKS } from '#engine/audit/registry.ts';
import { auditSnapshot } from '#engine/audit/run.ts';
import { collectSnapshot } from '#engine/collect/collect.ts';
import { openReadSession } from '#engine/postgres/session.ts';
import { parseConnectionInput } from '#engine/postgres/url.ts';
import { createDatabase, type TestDatabase, usePrivateServer } from '../support/postgres.ts';
import { differingLines, schemaOf } from '../support/fixes.ts';

/** One of each defect that a check for security or configuration mends by SQL. */
const DEFECTS = `
  CREATE SCHEMA "In Box"; GRANT CREATE, USAGE ON SCHEMA "In Box" TO PUBLIC;
  GRANT CREATE ON SCHEMA public TO PUBLIC;
  CREATE ROLE app LOGIN; CREATE ROLE reader LOGIN; CREATE ROLE root_app SUPERUSER LOGIN;
  ALTER ROLE reader SET statement_timeout = 0; ALTER ROLE reader SET work_mem = '5MB';
  CREATE FUNCTION "In Box"."Pay!"(a numeric, VARIADIC notes text[]) RETURNS int LANGUAGE plpgsql SECURITY DEFINER
    SET work_mem = '1MB' AS $$ BEGIN RETURN 1; END $$;
  CREATE PROCEDURE close_month(month date, INOUT done int) LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN done := 1; END $$;
  CREATE TABLE notes (id int, owner text, "Secret" text, api_key text);
  CREATE POLICY own ON notes USING (owner = current_user);
  CREATE TABLE guarded (id int, owner text); ALTER TABLE guarded ENABLE ROW LEVEL SECURITY;
  CREATE POLICY own ON guarded USING (owner = current_user);
  CREATE VIEW "All Guarded" AS SELECT * FROM guarded; GRANT SELECT ON "All Guarded" TO reader;
  GRANT SELECT, INSERT, TRUNCATE ON notes TO PUBLIC; GRANT SELECT (id), UPDATE (owner) ON notes TO PUBLIC;
  CREATE MATERIALIZED VIEW tokens AS SELECT 'x' AS session_token; GRANT SELECT ON tokens TO PUBLIC;
  CREATE EXTENSION pg_stat_statements VERSION '1.9';`;

const CHECK_IDS = [
  'superuser-sprawl',
  'md5-passwords',
  'public-can-create',
  'secdef-search-path',
  'rls-policy-disabled',
  'view-bypasses-rls',
  'public-table-grants',
  'unsafe-timeouts',
  'memory-overcommit',
  'extension-outdated',
];

const server = usePrivateServer({ major: 15, settings: { password_encryption: 'md5' } });
let database: TestDatabase;
let admin: pg.Client;

beforeAll(async () => {
  database = await createDatabase(await server.get(), DEFECTS);
  admin = new pg.Client({ connectionString: database.url });
  await admin.connect();
});

afterAll(async () => {
  await admin?.end();
});

it('each fix makes its finding go away, and its undo brings back exactly what was there', async () => {
  const before = await schemaOf(database.url, admin);
  const findings = (await findingsNow()).filter((f) => (f.fix?.sql.length ?? 0) > 0);
  expect(new Set(findings.map((f) => f.check))).toEqual(new Set(CHECK_IDS));
  for (const { fix, fingerprint, message, check } of findings) {
    for (const statement of fix?.sql ?? []) await admin.query(statement);
    // A reloaded setting reaches new sessions a moment later.
    if (fix?.sql.includes('SELECT pg_reload_conf()'))
      await new Promise((resolve) => setTimeout(resolve, 300));
    expect(fingerprintsOf(await findingsNow()), `after: ${message}`).not.toContain(fingerprint);
    for (const statement of fix?.undo ?? []) await admin.query(statement);
    if (check === 'extension-outdated') continue;
    expect(differingLines(before, await schemaOf(database.url, admin)), `undo of: ${message}`).toEqual([]);
  }
});

function fingerprintsOf(findings: readonly Finding[]): string[] {
  return findings.map((f) => f.fingerprint);
}

async function findingsNow(): Promise<readonly Finding[]> {
  const session = await openReadSession(parseConnectionInput(database.url));
  try {
    const snapshot = await collectSnapshot(session, { toolVersion: 'test', ownPasswordIsDefault: false });
    // Test servers know loopback only: root_app is given a session from another machine while it is a superuser.
    const [own] = snapshot.facts.activity?.filter((a) => a.isOwn) ?? [];
    if (!own) throw new Error('Our own session is missing.');
    const remote = {
      ...own,
      isOwn: false,
      role: 'root_app',
      application: 'billing',
      clientAddress: '10.0.0.9',
      isLoopback: false,
      usesTls: true,
    };
    const run = auditSnapshot(
      { ...snapshot, facts: { ...snapshot.facts, activity: [...(snapshot.facts.activity ?? []), remote] } },
      {
        toolVersion: 'test',
        checks: CHECKS.filter((c) => CHECK_IDS.includes(c.id)),
        thresholds: { 'memory-overcommit': { serverMemoryBytes: 900 * 1024 ** 2 } },
      },
    );
    for await (const event of run) if (event.type === 'done') return event.audit.findings;
    throw new Error('The audit did not finish.');
  } finally {
    await session.close();
  }
}
