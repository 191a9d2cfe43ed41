import { describe, expect, test } from 'vitest';
import type { Finding } from '#shared/model/finding.ts';
import { countFacet, filterFindings, readFilter, toggleFacet } from './finding-filter.ts';

const finding = (over: Partial<Finding>): Finding => ({
  check: 'unused-index',
  severity: 'low',
  category: 'performance',
  topic: 'indexes',
  confidence: 'likely',
  confidenceReason: '',
  status: 'open',
  fingerprint: JSON.stringify(over),
  object: { kind: 'index', oid: 1, schema: 'public', name: 'idx_a', table: 'channels' },
  message: 'idx_a was never scanned.',
  evidence: {},
  window: null,
  gain: null,
  fix: null,
  ...over,
});

const FINDINGS = [
  finding({ severity: 'high' }),
  finding({ status: 'fixed' }),
  finding({ status: 'waived', severity: 'high' }),
  finding({ check: 'weak-password', category: 'security', severity: 'critical', status: 'regressed' }),
];
const titleOf = (check: string) =>
  check === 'weak-password' ? 'Password is guessable' : 'Index is never used';
const shown = (query: string) => filterFindings(FINDINGS, readFilter(new URLSearchParams(query)), titleOf);

describe('filterFindings', () => {
  test('shows what is open unless asked otherwise', () => {
    expect(shown('').map((f) => f.status)).toEqual(['open', 'regressed']);
    expect(shown('status=fixed,waived').map((f) => f.status)).toEqual(['fixed', 'waived']);
  });

  test('facets are joined by "and", values of one by "or"', () => {
    expect(shown('severity=high,critical')).toHaveLength(2);
    expect(shown('severity=high,critical&category=security')).toHaveLength(1);
    expect(shown('severity=nonsense')).toHaveLength(2);
  });

  test('every word is looked for in title, object and message', () => {
    expect(shown('q=GUESSABLE')).toHaveLength(1);
    expect(shown('q=never+channels')).toHaveLength(2);
    expect(shown('q=never+users')).toHaveLength(0);
    expect(shown('check=weak-password')).toHaveLength(1);
  });
});

test('facet counts ignore their own choice only', () => {
  const filter = readFilter(new URLSearchParams('severity=critical'));
  expect(Object.fromEntries(countFacet(FINDINGS, filter, 'severity', titleOf))).toEqual({
    high: 1,
    critical: 1,
  });
  expect(Object.fromEntries(countFacet(FINDINGS, filter, 'category', titleOf))).toEqual({ security: 1 });
  expect(
    Object.fromEntries(countFacet(FINDINGS, readFilter(new URLSearchParams()), 'status', titleOf)),
  ).toEqual({
    open: 1,
    fixed: 1,
    waived: 1,
    regressed: 1,
  });
});

test('toggling a value twice restores the address', () => {
  const start = new URLSearchParams('q=x');
  const on = toggleFacet(start, 'severity', 'high');
  expect(on.toString()).toBe('q=x&severity=high');
  expect(toggleFacet(on, 'severity', 'low').get('severity')).toBe('high,low');
  expect(toggleFacet(on, 'severity', 'high').toString()).toBe('q=x');
});
