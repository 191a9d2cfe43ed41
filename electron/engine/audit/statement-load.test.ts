import { describe, expect, it } from 'vitest';
import type { StatementFact, StatementFacts } from '#shared/model/facts.ts';
import { readWorkload, shortQuery } from './statement-load.ts';

const NOW = Date.parse('2026-11-23T12:00:00Z');
const one = (change: Partial<StatementFact>): StatementFact => ({
  queryId: '1',
  role: 'app',
  calls: 10,
  totalMs: 100,
  meanMs: 10,
  minMs: 0,
  maxMs: 20,
  stddevMs: 1,
  rows: 10,
  sharedBlocksHit: 5,
  sharedBlocksRead: 5,
  sharedBlocksDirtied: 0,
  sharedBlocksWritten: 0,
  tempBlocksRead: 0,
  tempBlocksWritten: 0,
  plans: 0,
  planMs: 0,
  ioMs: 0,
  tempIoMs: 0,
  jitMs: 0,
  walBytes: 0,
  walBuffersFull: null,
  workersPlanned: null,
  workersLaunched: null,
  countedSince: null,
  extremesSince: null,
  isTopLevel: true,
  query: 'SELECT 1',
  isOwn: false,
  ...change,
});
const facts = (statements: StatementFact[], statisticsSince: string | null = null): StatementFacts => ({
  extensionVersion: '1.10',
  schema: 'public',
  statisticsSince,
  evictions: 0,
  totalExecMs: 1000,
  statements,
});

describe('readWorkload', () => {
  it('sums a statement over its roles and takes our own time off the total', () => {
    const { loads, totalMs } = readWorkload(
      facts([
        one({}),
        one({ role: 'admin', calls: 30, totalMs: 500, maxMs: 90, query: null }),
        one({ queryId: '2', isOwn: true, totalMs: 250 }),
      ]),
      NOW,
    );
    expect(totalMs).toBe(750);
    expect(loads).toHaveLength(1);
    expect(loads[0]).toMatchObject({
      calls: 40,
      totalMs: 600,
      meanMs: 15,
      maxMs: 90,
      roles: ['admin', 'app'],
      query: 'SELECT 1',
    });
  });

  it('says what the counters cover', () => {
    expect(readWorkload(facts([], '2026-11-13T12:00:00Z'), NOW)).toMatchObject({
      hours: 240,
      window: 'statements since 2026-11-13 (10 days)',
    });
    expect(readWorkload(facts([]), NOW)).toMatchObject({
      hours: null,
      window: 'statements since an unknown moment',
    });
  });

  it.each([
    'VACUUM t',
    'analyse t',
    '/* a */ -- b\n (CREATE INDEX i ON t (a))',
    'COPY t TO STDOUT',
    'SET LOCAL work_mem = $1',
  ])('knows %s as a utility statement', (query) => {
    expect(readWorkload(facts([one({ query })]), NOW).loads[0]?.isUtility).toBe(true);
  });

  it.each([
    'SELECT created FROM copy',
    '(SELECT 1) UNION SELECT 2',
    'WITH vacuum AS (SELECT 1) SELECT * FROM vacuum',
    'createx()',
    'DO $$ BEGIN PERFORM 1; END $$',
    'CALL nightly()',
    'UPDATE t SET a = $1',
  ])('takes %s as work', (query) => {
    expect(readWorkload(facts([one({ query })]), NOW).loads[0]?.isUtility).toBe(false);
  });
});

describe('shortQuery', () => {
  it('puts the text in one line and cuts it', () => {
    expect(shortQuery('SELECT  1,\n\t2')).toBe('SELECT 1, 2');
    expect(shortQuery('x'.repeat(400))).toHaveLength(300);
    expect(shortQuery(null)).toBe('(text hidden from this role)');
  });
});
