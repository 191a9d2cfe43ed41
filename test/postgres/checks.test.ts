import { readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { Audit } from '#shared/model/audit.ts';
import type { FactName, Facts } from '#shared/model/facts.ts';
import type { Finding } from '#shared/model/finding.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import { CHECKS } from '#engine/audit/registry.ts';
import { auditSnapshot } from '#engine/audit/run.ts';
import { collectSnapshot } from '#engine/collect/collect.ts';
import { openReadSession } from '#engine/postgres/session.ts';
import { parseConnectionInput } from '#engine/postgres/url.ts';
import { holdSessions } from '../support/held-sessions.ts';
import { createDatabase, useServer } from '../support/postgres.ts';
import type { CheckFixture, FixtureCase } from '../fixtures/fixture.ts';

const folder = new URL('../fixtures/checks/', import.meta.url);
const files = (await readdir(folder)).filter((f) => f.endsWith('.ts'));
const fixtures = await Promise.all(
  files.map(
    async (file) => ((await import(new URL(file, folder).href)) as { fixture: CheckFixture }).fixture,
  ),
);

describe('every check', () => {
  it('has an id of its own and a fixture that fires and one that stays silent', () => {
    expect(new Set(CHECKS.map((c) => c.id)).size).toBe(CHECKS.length);
    const covered = new Map(fixtures.map((f) => [f.check, f]));
    expect(CHECKS.filter((c) => !covered.get(c.id)?.fires.length).map((c) => c.id)).toEqual([]);
    expect(CHECKS.filter((c) => !covered.get(c.id)?.silent.length).map((c) => c.id)).toEqual([]);
  });
});

const server = {
  14: useServer(14),
  15: useServer(15),
  16: useServer(16),
  17: useServer(17),
  18: useServer(18),
};
for (const fixture of fixtures) {
  const check = CHECKS.find((c) => c.id === fixture.check);
  if (!check) throw new Error(`There is a fixture for ${fixture.check}, but no such check in the registry.`);

  describe(fixture.check, () => {
    it.each(fixture.fires)('fires: $name', async (one) => {
      const { findings } = await judge(fixture.check, one);
      expect(findings.length, 'findings').toBeGreaterThan(0);
      one.expect?.(findings);
    });

    it.each(fixture.silent)('is silent: $name', async (one) => {
      const { findings, audit } = await judge(fixture.check, one);
      expect(findings.map((f) => f.message)).toEqual([]);
      // A check that could not look is not silent: it must say so, and the fixture must have meant it.
      if (!one.unread) expect(audit.coverage.skipped.filter((s) => !s.isPartial)).toEqual([]);
      one.expect?.(findings);
    });
  });
}

async function judge(
  checkId: string,
  one: FixtureCase,
): Promise<{ findings: readonly Finding[]; audit: Audit }> {
  const snapshot = await snapshotFor(one);
  const audit = await auditOf(withoutUnread(amended(snapshot, one), one.unread ?? []), checkId, one);
  return { findings: audit.findings, audit };
}

const snapshots = new Map<string, Promise<Snapshot>>();

/** Every third case differs from another one only in what it changes afterwards: the same database is read once. */
function snapshotFor(one: FixtureCase): Promise<Snapshot> {
  const { major = 15, sql = '', statements = [], sessions = [], cleanup = [] } = one;
  const key = JSON.stringify([major, sql, statements, sessions, cleanup]);
  const snapshot = snapshots.get(key) ?? readSnapshot(one).then(frozen);
  snapshots.set(key, snapshot);
  return snapshot;
}

/** No case can change what others look at. */
function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  Object.values(value).forEach(frozen);
  return value;
}

async function readSnapshot(one: FixtureCase): Promise<Snapshot> {
  const database = await createDatabase(await server[one.major ?? 15].get(), one.sql ?? '');
  const run = async (statements: readonly string[] = []): Promise<void> => {
    for (const statement of statements) {
      await database.query(statement.replaceAll('{database}', `"${database.name.replaceAll('"', '""')}"`));
    }
  };
  try {
    await run(one.statements);
    const held = await holdSessions(database.url, one.sessions ?? []);
    try {
      return await snapshotOf(database.url);
    } finally {
      await held.release();
      await run(one.cleanup);
    }
  } finally {
    // At once: a snapshot measures every database of the server, file by file, and there are some six hundred cases.
    await database.drop();
  }
}

async function snapshotOf(url: string): Promise<Snapshot> {
  const session = await openReadSession(parseConnectionInput(url), { applicationName: 'pgvitals/collector' });
  try {
    return await collectSnapshot(session, { toolVersion: 'test', ownPasswordIsDefault: false });
  } finally {
    await session.close();
  }
}

async function auditOf(snapshot: Snapshot, checkId: string, one: FixtureCase): Promise<Audit> {
  const errors: unknown[] = [];
  const run = auditSnapshot(snapshot, {
    toolVersion: 'test',
    checks: CHECKS.filter((c) => c.id === checkId),
    ...(one.thresholds ? { thresholds: { [checkId]: one.thresholds } } : {}),
    ...(one.statisticsAgeDays === undefined ? {} : { statisticsAgeDays: one.statisticsAgeDays }),
    onCheckError: (_, error) => errors.push(error),
  });
  for await (const event of run) {
    if (event.type !== 'done') continue;
    if (errors.length > 0) throw errors[0];
    return event.audit;
  }
  throw new Error('The audit did not finish.');
}

function amended(snapshot: Snapshot, one: FixtureCase): Snapshot {
  return one.amend
    ? { ...snapshot, facts: { ...snapshot.facts, ...one.amend(snapshot.facts as Facts) } }
    : snapshot;
}

function withoutUnread(snapshot: Snapshot, names: readonly FactName[]): Snapshot {
  const facts = Object.fromEntries(
    Object.entries(snapshot.facts).filter(([name]) => !names.some((n) => n === name)),
  );
  const unread = names.map((fact) => ({
    fact,
    cause: 'privilege' as const,
    reason: `${fact} is not readable.`,
    grant: 'GRANT …',
    objectOids: null,
  }));
  return { ...snapshot, facts: facts as Snapshot['facts'], unread: [...snapshot.unread, ...unread] };
}
