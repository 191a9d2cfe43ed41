import { afterAll, describe, expect, it } from 'vitest';
import pg from 'pg';
import type { Finding } from '#shared/model/finding.ts';
import { CHECKS } from '#engine/audit/registry.ts';
import { auditSnapshot } from '#engine/audit/run.ts';
import { collectSnapshot } from '#engine/collect/collect.ts';
import { openReadSession } from '#engine/postgres/session.ts';
import { parseConnectionInput } from '#engine/postgres/url.ts';
import type { CheckFixture, FixtureCase } from '../fixtures/fixture.ts';
import { differingLines, schemaOf } from '../support/fixes.ts';
import { holdSessions } from '../support/held-sessions.ts';
import { createDatabase, type TestDatabase, usePrivateServer } from '../support/postgres.ts';

/** Checks of indexes, keys, sequences, triggers and materialized views: what they propose is run, then undone. */
const CHECK_IDS = [
  'invalid-index',
  'collation-drift',
  'fk-missing-index',
  'unvalidated-constraint',
  'fk-type-mismatch',
  'duplicate-index',
  'covered-index',
  'unused-index',
  'over-indexed-table',
  'fk-delete-rule-mixed',
  'no-primary-key',
  'replica-identity-missing',
  'matview-no-concurrent-key',
  'matview-unpopulated-or-stale',
  'disabled-trigger',
  'duplicate-fk',
  'sequence-exhaustion',
];

// Of this file alone: pg_dump's schema is compared, and with it what is set for any role or database of the server.
const server = usePrivateServer({ major: 15 });
const opened: TestDatabase[] = [];
afterAll(async () => {
  for (const database of opened) await database.drop();
});

const fixtures = await Promise.all(
  CHECK_IDS.map(
    async (id) => ((await import(`../fixtures/checks/${id}.ts`)) as { fixture: CheckFixture }).fixture,
  ),
);

describe.each(fixtures)('$check', ({ check, fires }) => {
  // The system's pg_dump compares the schemas; facts that were changed by hand have no fix that could help.
  const real = fires.filter((one) => (one.major ?? 15) === 15 && !one.amend);

  it.each(real)('each fix helps, and its undo restores the schema: $name', async (one) => {
    const database = await createDatabase(await server.get(), one.sql ?? '');
    opened.push(database);
    for (const statement of one.statements ?? []) await database.query(statement);
    await (await holdSessions(database.url, one.sessions ?? [])).release();
    const admin = new pg.Client({ connectionString: database.url });
    await admin.connect();
    try {
      for (const finding of await findingsNow(database, check, one)) {
        if (!finding.fix || finding.fix.sql.length === 0) continue;
        const before = await schemaOf(database.url, admin);
        for (const statement of finding.fix.sql) await admin.query(statement);
        expect(keysOf(await findingsNow(database, check, one))).not.toContain(keyOf(finding));
        for (const statement of finding.fix.undo) await admin.query(statement);
        if (finding.fix.undo.length === 0 || isLeftOutOfDumps(finding)) continue;
        expect(differingLines(before, await schemaOf(database.url, admin)), finding.message).toEqual([]);
      }
    } finally {
      await admin.end();
    }
  });
});

/** pg_dump does not print invalid indexes, so one that was dropped and made again, valid this time, is new to it. */
function isLeftOutOfDumps(finding: Finding): boolean {
  return finding.check === 'invalid-index';
}

/** The message too: a view that was filled is still named, but no longer as empty. */
function keyOf(finding: Finding): string {
  return `${finding.fingerprint} ${finding.message}`;
}

function keysOf(findings: readonly Finding[]): string[] {
  return findings.map(keyOf);
}

async function findingsNow(
  database: TestDatabase,
  check: string,
  one: FixtureCase,
): Promise<readonly Finding[]> {
  const session = await openReadSession(parseConnectionInput(database.url));
  try {
    const checks = CHECKS.filter((c) => c.id === check);
    const snapshot = await collectSnapshot(session, {
      toolVersion: 'test',
      ownPasswordIsDefault: false,
      only: checks.flatMap((c) => [...c.needs, ...(c.wants ?? [])]),
    });
    const run = auditSnapshot(snapshot, {
      toolVersion: 'test',
      checks,
      ...(one.thresholds ? { thresholds: { [check]: one.thresholds } } : {}),
      ...(one.statisticsAgeDays === undefined ? {} : { statisticsAgeDays: one.statisticsAgeDays }),
    });
    for await (const event of run) if (event.type === 'done') return event.audit.findings;
    throw new Error('The audit did not finish.');
  } finally {
    await session.close();
  }
}
