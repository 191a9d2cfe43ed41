import { describe, expect, it } from 'vitest';
import type { PlanNode } from '#shared/model/queries.ts';
import { alignPlans } from './plan-align.ts';
import { planNodes } from './plan-tree.ts';
import { fingerprint } from './plan-shelf.ts';

/** "Seq Scan:posts:100" and what is below it. */
type Tree = readonly [node: string, ...below: Tree[]];

function raw([node, ...below]: Tree): Record<string, unknown> {
  const [type, table = '', cost = '1', rows = '1'] = node.split(':');
  return {
    'Node Type': type,
    ...(table === '' ? {} : { 'Relation Name': table, Alias: table }),
    'Total Cost': Number(cost),
    'Plan Rows': Number(rows),
    Plans: below.map(raw),
  };
}

const nodes = (tree: Tree): PlanNode[] => planNodes({ Plan: raw(tree) }, 8192);
const said = (left: Tree, right: Tree): string[] =>
  alignPlans(nodes(left), nodes(right)).map(
    ({ left: one, right: other, change }) =>
      `${one ? `${one.type} ${one.on ?? ''}`.trim() : '–'} | ${other ? `${other.type} ${other.on ?? ''}`.trim() : '–'} | ${change}`,
  );

describe('alignPlans', () => {
  it('finds nothing but sames in one plan twice', () => {
    const plan: Tree = ['Hash Join', ['Seq Scan:a'], ['Hash', ['Seq Scan:b']]];
    expect(said(plan, plan).every((line) => line.endsWith('same'))).toBe(true);
  });

  it('keeps another way to read a table in one line, and says what is new between', () => {
    expect(said(['Sort', ['Seq Scan:a:100']], ['Index Scan:a:8'])).toEqual([
      'Sort | – | left',
      'Seq Scan a | Index Scan a | type',
    ]);
    expect(
      said(['Aggregate', ['Seq Scan:a:100']], ['Aggregate', ['Gather', ['Aggregate', ['Seq Scan:a:40']]]]),
    ).toContain('Seq Scan a | Seq Scan a | figures');
  });

  it('takes a join for a join, whatever its way', () => {
    expect(
      said(
        ['Nested Loop', ['Seq Scan:a'], ['Index Scan:b']],
        ['Hash Join', ['Seq Scan:a'], ['Hash', ['Seq Scan:b']]],
      ),
    ).toEqual([
      'Nested Loop | Hash Join | type',
      'Seq Scan a | Seq Scan a | same',
      '– | Hash | right',
      'Index Scan b | Seq Scan b | type',
    ]);
  });

  it('loses no node and repeats none, also where sides were swapped', () => {
    const [left, right]: Tree[] = [
      ['Hash Join', ['Seq Scan:a'], ['Hash', ['Seq Scan:b']]],
      ['Hash Join', ['Seq Scan:b'], ['Hash', ['Seq Scan:a']]],
    ];
    const pairs = alignPlans(nodes(left ?? ['']), nodes(right ?? ['']));
    for (const side of ['left', 'right'] as const)
      expect(pairs.flatMap((pair) => pair[side]?.id ?? [])).toEqual([0, 1, 2, 3]);
  });

  it('tells other rows from the same', () => {
    expect(said(['Seq Scan:a:100:10'], ['Seq Scan:a:100:5000'])).toEqual([
      'Seq Scan a | Seq Scan a | figures',
    ]);
    expect(said(['Seq Scan:a:100:1000'], ['Seq Scan:a:100:1001'])).toEqual([
      'Seq Scan a | Seq Scan a | same',
    ]);
  });
});

describe('fingerprint', () => {
  it('is the same for every constant, comment and layout, and for nothing else', () => {
    const one = fingerprint('SELECT a FROM t WHERE b = $1');
    for (const same of ["select a\nfrom T where b = 'x';", 'SELECT a /* c */ FROM t WHERE b = 17'])
      expect(fingerprint(same)).toBe(one);
    for (const other of [
      'SELECT a FROM u WHERE b = $1',
      'SELECT a FROM t WHERE b > $1',
      'SELECT a FROM "T" WHERE b = $1',
    ])
      expect(fingerprint(other)).not.toBe(one);
  });
});
