import { describe, expect, it } from 'vitest';
import type { Audit } from '#shared/model/audit.ts';
import type { Finding, Status } from '#shared/model/finding.ts';
import { deriveStatuses } from './status.ts';

const NOW = '2026-11-23T12:00:00Z';
const finding = (fingerprint: string, status: Status = 'new'): Finding => ({
  check: 'c',
  severity: 'low',
  category: 'storage',
  topic: 't',
  confidence: 'certain',
  confidenceReason: '',
  status,
  fingerprint,
  object: { kind: 'table', oid: 1, schema: 'public', name: fingerprint, table: null },
  message: '',
  evidence: {},
  window: null,
  gain: null,
  fix: null,
});
const before = (...findings: Finding[]): Audit => ({ findings }) as unknown as Audit;
const statuses = (list: readonly Finding[]): Record<string, Status> =>
  Object.fromEntries(list.map((f) => [f.fingerprint, f.status]));
const ran = new Set(['c']);

describe('deriveStatuses', () => {
  it('tells new, open, fixed and regressed apart', () => {
    const previous = before(finding('stays'), finding('goes'), finding('relapses', 'fixed'));
    const list = deriveStatuses(
      [finding('stays'), finding('comes'), finding('relapses')],
      ran,
      previous,
      [],
      NOW,
    );
    expect(statuses(list)).toEqual({ stays: 'open', comes: 'new', relapses: 'regressed', goes: 'fixed' });
  });

  it('calls nothing fixed whose check did not run', () => {
    expect(deriveStatuses([], new Set(), before(finding('goes')), [], NOW)).toEqual([]);
  });

  it('waives by check and object until the date, and not after', () => {
    const waiver = { check: 'c', fingerprint: 'a', reason: 'accepted', until: '2026-11-23' };
    expect(statuses(deriveStatuses([finding('a'), finding('b')], ran, null, [waiver], NOW))).toEqual({
      a: 'waived',
      b: 'new',
    });
    expect(statuses(deriveStatuses([finding('a')], ran, null, [waiver], '2026-11-24T00:00:00Z'))).toEqual({
      a: 'new',
    });
  });
});
