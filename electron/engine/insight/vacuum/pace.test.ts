import { describe, expect, it } from 'vitest';
import type { TableFact } from '#shared/model/facts.ts';
import type { TableCounters } from '#engine/store/history.ts';
import { paceOf, type Since } from './pace.ts';

const MINUTE_MS = 60_000;
const THEN = { inserted: 100, deadRows: 40, vacuumCount: 1, autovacuumCount: 2 } as TableCounters;
const table = (now: Partial<TableFact> = {}): TableFact =>
  ({
    oid: 1,
    inserted: 700,
    deadRows: 640,
    vacuumCount: 1,
    autovacuumCount: 2,
    lastVacuumAt: null,
    lastAutovacuumAt: null,
    ...now,
  }) as TableFact;
const since = (minutes: number): Since => ({
  from: new Date(Date.parse('2026-11-26T12:00:00Z') - minutes * MINUTE_MS).toISOString(),
  to: '2026-11-26T12:00:00.000Z',
  before: new Map([[1, THEN]]),
});

describe('paceOf', () => {
  it('divides what came by the time it took', () => {
    expect(paceOf(table(), since(60))).toEqual({
      deadPerMs: 600 / (60 * MINUTE_MS),
      insertedPerMs: 600 / (60 * MINUTE_MS),
      window: { from: '2026-11-26T11:00:00.000Z', to: '2026-11-26T12:00:00.000Z' },
    });
  });

  it('counts dead rows from the last VACUUM on, where one ran meanwhile', () => {
    const vacuumed = table({ autovacuumCount: 3, lastAutovacuumAt: '2026-11-26T11:40:00Z' });
    expect(paceOf(vacuumed, since(60))).toMatchObject({
      deadPerMs: 640 / (20 * MINUTE_MS),
      window: { from: '2026-11-26T11:40:00.000Z' },
    });
  });

  it('does not go below zero where rows were pruned', () => {
    expect(paceOf(table({ deadRows: 10 }), since(60))?.deadPerMs).toBe(0);
  });

  it('is unknown over less than five minutes, without a sample, after a reset, or right after a VACUUM', () => {
    expect(paceOf(table(), since(4))).toBeNull();
    expect(paceOf(table(), null)).toBeNull();
    expect(paceOf(table({ oid: 2 }), since(60))).toBeNull();
    expect(paceOf(table({ inserted: 5 }), since(60))).toBeNull();
    expect(paceOf(table({ autovacuumCount: 0 }), since(60))).toBeNull();
    const justNow = table({ autovacuumCount: 3, lastAutovacuumAt: '2026-11-26T11:59:00Z' });
    expect(paceOf(justNow, since(60))).toBeNull();
  });
});
