import type { Finding } from '#shared/model/finding.ts';
import type { FindingGroup } from '#renderer/state/findings.ts';

/** A line of the list. A check with one finding is a line of its own; several fold under one. */
export type TreeRow =
  | { readonly kind: 'group'; readonly group: FindingGroup; readonly isExpanded: boolean }
  | { readonly kind: 'single'; readonly group: FindingGroup; readonly finding: Finding }
  | {
      readonly kind: 'member';
      readonly group: FindingGroup;
      readonly finding: Finding;
      /** 1 … number of findings of the group. */
      readonly position: number;
    };

/** The lines that are visible with these groups unfolded. */
export function treeRows(groups: readonly FindingGroup[], expanded: ReadonlySet<string>): TreeRow[] {
  return groups.flatMap((group): TreeRow[] => {
    if (group.findings.length === 1) return [{ kind: 'single', group, finding: group.worst }];
    const isExpanded = expanded.has(group.check);
    const head: TreeRow = { kind: 'group', group, isExpanded };
    if (!isExpanded) return [head];
    return [
      head,
      ...group.findings.map((finding, i): TreeRow => ({ kind: 'member', group, finding, position: i + 1 })),
    ];
  });
}

export type TreeMove =
  | { readonly type: 'select'; readonly index: number }
  | { readonly type: 'expand' | 'collapse'; readonly check: string }
  | { readonly type: 'choose'; readonly row: TreeRow }
  | { readonly type: 'open'; readonly finding: Finding };

/** What a key means on a line of the list, as in every tree grid. */
export function moveInTree(
  key: string,
  rows: readonly TreeRow[],
  index: number,
  page: number,
): TreeMove | null {
  const row = rows[index];
  if (!row) return null;
  const select = (to: number): TreeMove => ({
    type: 'select',
    index: Math.max(0, Math.min(rows.length - 1, to)),
  });
  switch (key) {
    case 'ArrowDown':
      return select(index + 1);
    case 'ArrowUp':
      return select(index - 1);
    case 'PageDown':
      return select(index + page);
    case 'PageUp':
      return select(index - page);
    case 'Home':
      return select(0);
    case 'End':
      return select(rows.length - 1);
    case 'ArrowRight':
      if (row.kind !== 'group') return null;
      return row.isExpanded ? select(index + 1) : { type: 'expand', check: row.group.check };
    case 'ArrowLeft':
      if (row.kind === 'member') return select(index - row.position);
      return row.kind === 'group' && row.isExpanded ? { type: 'collapse', check: row.group.check } : null;
    case ' ':
      return { type: 'choose', row };
    case 'Enter':
      if (row.kind !== 'group') return { type: 'open', finding: row.finding };
      return { type: row.isExpanded ? 'collapse' : 'expand', check: row.group.check };
    default:
      return null;
  }
}

/** The findings of a line whose fix can be run: what its box stands for. */
export function fixableOf(row: TreeRow): readonly Finding[] {
  const findings = row.kind === 'group' ? row.group.findings : [row.finding];
  return findings.filter(({ fix, status }) => fix !== null && fix.sql.length > 0 && status !== 'fixed');
}
