import { describe, expect, it } from 'vitest';
import type { Finding } from './finding.ts';
import {
  CATEGORY_WEIGHTS,
  CRITICAL_CAP,
  gradeFindings,
  HIGH_CAP,
  letterOf,
  REPEAT_LIMIT,
  SEVERITY_POINTS,
} from './grade.ts';

const finding = (change: Partial<Finding> = {}): Finding => ({
  check: 'some-check',
  severity: 'medium',
  category: 'storage',
  topic: 'tables',
  confidence: 'certain',
  confidenceReason: '',
  status: 'new',
  fingerprint: Math.random().toString(),
  object: { kind: 'table', oid: 1, schema: 'public', name: 't', table: null },
  message: '',
  evidence: {},
  window: null,
  gain: null,
  fix: null,
  ...change,
});

describe('gradeFindings', () => {
  it('gives A+ and no losses where nothing was found', () => {
    const grade = gradeFindings([]);
    expect(grade).toMatchObject({ overall: 'A+', score: 100, cappedBy: null, losses: [] });
  });

  it('caps at D while a critical finding is open, and at B while a high one is', () => {
    expect(gradeFindings([finding({ severity: 'critical' })])).toMatchObject({
      overall: 'D',
      score: CRITICAL_CAP,
    });
    expect(gradeFindings([finding({ severity: 'high' })])).toMatchObject({ overall: 'B', score: HIGH_CAP });
  });

  it('never counts info, waived and fixed findings', () => {
    const free = [
      finding({ severity: 'info' }),
      finding({ severity: 'critical', status: 'waived' }),
      finding({ severity: 'high', status: 'fixed' }),
    ];
    expect(gradeFindings(free).score).toBe(100);
  });

  it('counts every object, each for less, up to the limit', () => {
    const one = gradeFindings([finding()]).categories.storage.score;
    const two = gradeFindings([finding(), finding()]).categories.storage.score;
    const thousand = gradeFindings(Array.from({ length: 1000 }, () => finding())).categories.storage.score;
    expect(two).toBeLessThan(one);
    expect(thousand).toBe(100 - SEVERITY_POINTS.medium * REPEAT_LIMIT);
  });

  it('weighs a doubtful finding less than a certain one', () => {
    const doubtful = gradeFindings([finding({ confidence: 'review' })]).score;
    expect(doubtful).toBeGreaterThan(gradeFindings([finding()]).score);
  });

  it('accounts for every point it takes', () => {
    const grade = gradeFindings([finding(), finding({ check: 'other', severity: 'low' })]);
    const lost = grade.losses.reduce((sum, l) => sum + l.points, 0);
    expect(grade.categories.storage.score).toBeCloseTo(100 - lost, 5);
  });

  it('has weights that add up to one', () => {
    expect(Object.values(CATEGORY_WEIGHTS).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 10);
  });
});

describe('letterOf', () => {
  it.each([
    [100, 'A+'],
    [96.9, 'A'],
    [66, 'D'],
    [59.9, 'F'],
    [0, 'F'],
  ])('%d is %s', (score, letter) => {
    expect(letterOf(score)).toBe(letter);
  });
});
