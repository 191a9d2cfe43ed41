import { expect, test } from 'vitest';
import type { Finding } from '#shared/model/finding.ts';
import { groupByCheck } from '#renderer/state/findings.ts';
import { moveInTree, treeRows } from './tree-rows.ts';

const finding = (check: string, name: string, severity: Finding['severity'], bytes = 0): Finding => ({
  check,
  severity,
  category: 'performance',
  topic: 'indexes',
  confidence: 'certain',
  confidenceReason: '',
  status: 'open',
  fingerprint: `${check}:${name}`,
  object: { kind: 'index', oid: 1, schema: 'public', name, table: null },
  message: '',
  evidence: {},
  window: null,
  gain: { bytes },
  fix: null,
});

const GROUPS = groupByCheck([
  finding('unused', 'small', 'low', 10),
  finding('unused', 'big', 'low', 99),
  finding('password', 'app', 'critical'),
  finding('bloat', 'x', 'low', 1000),
]);

test('groups come worst first, then by what they free; members too', () => {
  expect(GROUPS.map((group) => group.check)).toEqual(['password', 'bloat', 'unused']);
  expect(GROUPS[2]?.findings.map((f) => f.object.name)).toEqual(['big', 'small']);
  expect(GROUPS[2]?.gainBytes).toBe(109);
});

test('only checks with several findings fold', () => {
  expect(treeRows(GROUPS, new Set()).map((row) => row.kind)).toEqual(['single', 'single', 'group']);
  const open = treeRows(GROUPS, new Set(['unused']));
  expect(open.map((row) => row.kind)).toEqual(['single', 'single', 'group', 'member', 'member']);
});

test('keys walk, fold and open', () => {
  const closed = treeRows(GROUPS, new Set());
  const open = treeRows(GROUPS, new Set(['unused']));
  expect(moveInTree('ArrowDown', closed, 2, 5)).toEqual({ type: 'select', index: 2 });
  expect(moveInTree('ArrowUp', closed, 0, 5)).toEqual({ type: 'select', index: 0 });
  expect(moveInTree('ArrowRight', closed, 2, 5)).toEqual({ type: 'expand', check: 'unused' });
  expect(moveInTree('ArrowRight', open, 2, 5)).toEqual({ type: 'select', index: 3 });
  expect(moveInTree('ArrowLeft', open, 4, 5)).toEqual({ type: 'select', index: 2 });
  expect(moveInTree('ArrowLeft', open, 2, 5)).toEqual({ type: 'collapse', check: 'unused' });
  expect(moveInTree('Enter', open, 3, 5)).toMatchObject({
    type: 'open',
    finding: { fingerprint: 'unused:big' },
  });
  expect(moveInTree('Enter', open, 2, 5)).toEqual({ type: 'collapse', check: 'unused' });
  expect(moveInTree('x', open, 0, 5)).toBeNull();
  expect(moveInTree('Enter', [], 0, 5)).toBeNull();
});
