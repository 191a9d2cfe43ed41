import { describe, expect, it } from 'vitest';
import type { Facts, SettingFact, TableFact } from '#shared/model/facts.ts';
import { autovacuumTrigger, isSwitchedOff } from './autovacuum-trigger.ts';
import { Catalog } from './catalog.ts';

const settings = (values: Record<string, string>): Catalog =>
  new Catalog({
    settings: Object.entries(values).map(([name, setting]) => ({ name, setting }) as SettingFact),
  } satisfies Partial<Facts>);
const table = (estimatedRows: number | null, options: Record<string, string> = {}): TableFact =>
  ({ estimatedRows, options }) as TableFact;
const DEFAULTS = settings({
  autovacuum_vacuum_threshold: '50',
  autovacuum_vacuum_scale_factor: '0.2',
  autovacuum_vacuum_max_threshold: '100000000',
  autovacuum_vacuum_insert_threshold: '1000',
  autovacuum_vacuum_insert_scale_factor: '0.2',
  autovacuum_analyze_threshold: '50',
  autovacuum_analyze_scale_factor: '0.1',
});

describe('autovacuumTrigger', () => {
  it('adds base and share of the rows', () => {
    expect(autovacuumTrigger(table(10_000), DEFAULTS, 150000)).toMatchObject({
      isEnabled: true,
      deadRows: 2050,
      insertedRows: 3000,
      analyzeRows: 1050,
      isTuned: false,
    });
  });

  it('counts a table that was never analysed as empty', () => {
    expect(autovacuumTrigger(table(null), DEFAULTS, 150000).deadRows).toBe(50);
  });

  it('prefers the options of the table', () => {
    const tuned = table(10_000, {
      autovacuum_vacuum_threshold: '100',
      autovacuum_vacuum_scale_factor: '0.02',
      autovacuum_vacuum_insert_threshold: '-1',
    });
    expect(autovacuumTrigger(tuned, DEFAULTS, 150000)).toMatchObject({
      deadRows: 300,
      insertedRows: null,
      isTuned: true,
    });
    expect(autovacuumTrigger(tuned, DEFAULTS, 150000).formula()).toBe('100 + 0.02 × 10\u202f000 rows');
  });

  it('caps the trigger from 18 on, not before', () => {
    const huge = table(2_000_000_000);
    // 400,000,050, to the nearest that single precision holds.
    expect(autovacuumTrigger(huge, DEFAULTS, 170000).deadRows).toBe(400_000_064);
    expect(autovacuumTrigger(huge, DEFAULTS, 180000).deadRows).toBe(100_000_000);
    expect(autovacuumTrigger(huge, DEFAULTS, 180000).formula()).toContain('capped at 100\u202f000\u202f000');
  });

  it('counts inserts against what is not frozen yet, where the server knows (18)', () => {
    const part = (allFrozenPages: number | null) =>
      autovacuumTrigger({ ...table(10_000), pages: 100, allFrozenPages }, DEFAULTS, 180000);
    expect(part(null).insertedRows).toBe(3000);
    expect(part(0).insertedRows).toBe(3000);
    expect(part(75).insertedRows).toBe(1500);
    expect(part(100).insertedRows).toBe(1000);
    // Statistics written by hand may claim more frozen pages than there are.
    expect(part(250).insertedRows).toBe(1000);
    expect(part(75).deadRows).toBe(2050);
    expect(part(75).insertFormula()).toBe(
      '1\u202f000 + 0.2 × 10\u202f000 rows, of which 25 % are not frozen',
    );
    expect(part(0).insertFormula()).toBe('1\u202f000 + 0.2 × 10\u202f000 rows');
  });

  it('names the whole number that a count must exceed, in the precision of the server', () => {
    // 50 + 0.2 × 3 = 50.6: 51 dead rows are above it.
    expect(autovacuumTrigger(table(3), DEFAULTS, 150000).deadRows).toBe(50);
    const precise = table(100, { autovacuum_vacuum_threshold: '0', autovacuum_vacuum_scale_factor: '0.29' });
    expect(0.29 * 100).toBeLessThan(29);
    expect(autovacuumTrigger(precise, DEFAULTS, 150000).deadRows).toBe(29);
  });

  it('lifts the cap with -1, on the table or the server', () => {
    const huge = table(2_000_000_000, { autovacuum_vacuum_max_threshold: '-1' });
    expect(autovacuumTrigger(huge, DEFAULTS, 180000).deadRows).toBe(400_000_064);
    const without = settings({ autovacuum_vacuum_max_threshold: '-1' });
    expect(autovacuumTrigger(table(2_000_000_000), without, 180000).deadRows).toBe(400_000_064);
  });

  it('keeps tiny scale factors readable', () => {
    const tuned = table(1000, { autovacuum_vacuum_scale_factor: '0.0001' });
    expect(autovacuumTrigger(tuned, DEFAULTS, 150000).formula()).toBe('50 + 0.0001 × 1\u202f000 rows');
  });
});

describe('isSwitchedOff', () => {
  it.each(['false', 'FALSE', 'f', 'fal', 'no', 'n', 'off', 'of', '0'])('reads %s as off', (value) => {
    expect(isSwitchedOff(value)).toBe(true);
  });

  it.each(['true', 't', 'yes', 'on', '1', 'o', 'falsey', ''])('does not read %s as off', (value) => {
    expect(isSwitchedOff(value)).toBe(false);
  });

  it('takes an option that is not set as on', () => {
    expect(isSwitchedOff(undefined)).toBe(false);
  });
});
