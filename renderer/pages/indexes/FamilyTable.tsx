import type { ReactElement, ReactNode } from 'react';
import type { IndexFamily } from '#shared/model/indexes.ts';
import { formatBytes, formatCount } from '#shared/model/format.ts';
import { type Column, DataTable } from '#renderer/components/DataTable.tsx';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { ObjectName } from '#renderer/components/ObjectName.tsx';
import { useRowHeight } from '#renderer/state/preferences.ts';

export const FAMILY_WORD: Readonly<Record<IndexFamily['kind'], string>> = {
  duplicate: 'Same definition',
  covered: 'Covered by another',
  'same-leading-column': 'Same first column',
};

export function familyKey(family: IndexFamily): string {
  return `${family.kind}:${family.members[0]?.oid ?? 0}`;
}

interface Props {
  readonly families: readonly IndexFamily[];
  readonly filter: string;
  readonly toolbar: ReactNode;
  /** Number of indexes that were compared. */
  readonly total: number;
  readonly onOpen: (family: IndexFamily) => void;
}

/** Indexes of one table that can stand in for each other, with the one to keep. */
export function FamilyTable({ families, filter, toolbar, total, onOpen }: Props): ReactElement {
  const rowHeight = useRowHeight();
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const rows = families.filter((family) => {
    const text =
      `${family.schema}.${family.table} ${family.members.map((m) => m.name).join(' ')}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  return (
    <DataTable
      label="Duplicate index families"
      rows={rows}
      columns={COLUMNS}
      keyOf={familyKey}
      rowHeight={rowHeight}
      defaultSort={{ columnId: 'reclaimable', direction: 'descending' }}
      onOpen={onOpen}
      toolbar={toolbar}
      empty={
        families.length === 0 ? (
          <EmptyState title={`No duplicate indexes. Compared ${formatCount(total)}.`} isGood />
        ) : (
          <EmptyState title="No family matches." />
        )
      }
    />
  );
}

const others = (family: IndexFamily): string =>
  family.members
    .filter((member) => member.name !== family.keep)
    .map((member) => member.name)
    .join(', ');

const COLUMNS: readonly Column<IndexFamily>[] = [
  {
    id: 'table',
    header: 'Table',
    minWidth: 130,
    grow: 2,
    value: (family) => (family.schema === 'public' ? family.table : `${family.schema}.${family.table}`),
    cell: (family) => (
      <ObjectName name={family.table} context={family.schema === 'public' ? null : family.schema} />
    ),
  },
  { id: 'kind', header: 'Kind', minWidth: 164, value: (family) => FAMILY_WORD[family.kind] },
  {
    id: 'keep',
    header: 'Keep',
    minWidth: 180,
    grow: 3,
    value: (family) => family.keep,
    cell: (family) => <ObjectName name={family.keep} />,
  },
  {
    id: 'others',
    header: 'Drop or review',
    minWidth: 200,
    grow: 5,
    value: others,
    cell: (family) => <ObjectName name={others(family)} />,
  },
  {
    id: 'members',
    header: 'Members',
    minWidth: 88,
    isNumeric: true,
    value: (family) => family.members.length,
  },
  {
    id: 'reclaimable',
    header: 'Reclaimable',
    minWidth: 104,
    isNumeric: true,
    value: (family) => family.reclaimableBytes,
    cell: (family) => formatBytes(family.reclaimableBytes),
  },
];
