import type { ReactElement } from 'react';
import type { IndexFamily } from '#shared/model/indexes.ts';
import { formatCount } from '#shared/model/format.ts';
import { useBackend } from '#renderer/api/client.ts';
import { keys } from '#renderer/api/queries.ts';
import { bytesColumn, countColumn, nameColumn, textColumn } from '#renderer/components/columns.tsx';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { GridTable } from '#renderer/components/GridTable.tsx';
import type { Column } from '#renderer/components/RowGrid.tsx';
import { useRowHeight } from '#renderer/state/preferences.ts';
import type { ListProps } from './list-props.ts';

export const FAMILY_WORD: Readonly<Record<IndexFamily['kind'], string>> = {
  duplicate: 'Same definition',
  covered: 'Covered by another',
  mixed: 'Same or covered',
};

interface Props extends ListProps {
  /** Number of indexes that were compared. */
  readonly compared: number;
  readonly onOpen: (family: IndexFamily) => void;
}

/** Indexes of one table that can stand in for each other, with the one to keep. */
export function FamiliesTab({
  connectionId,
  version,
  filter,
  toolbar,
  compared,
  onOpen,
}: Props): ReactElement {
  const { client } = useBackend();
  const rowHeight = useRowHeight();
  return (
    <GridTable
      label="Duplicate index families"
      queryKey={[...keys.insight(connectionId), 'index-families']}
      version={version}
      load={(query, signal) => client.indexes.families({ connectionId, ...query }, { signal })}
      columns={COLUMNS}
      keyOf={(family) => family.oid}
      defaultSort={{ columnId: 'reclaimableBytes', direction: 'descending' }}
      filter={filter}
      rowHeight={rowHeight}
      onOpen={onOpen}
      toolbar={toolbar}
      empty={
        filter === '' ? (
          <EmptyState title={`No duplicate indexes. Compared ${formatCount(compared)}.`} isGood />
        ) : (
          <EmptyState title="No family matches." />
        )
      }
    />
  );
}

const COLUMNS: readonly Column<IndexFamily>[] = [
  nameColumn(
    'table',
    'Table',
    (family) => family.table,
    (family) => family.schema,
    { minWidth: 130, grow: 2 },
  ),
  {
    ...textColumn<IndexFamily>('kind', 'Kind', (family) => FAMILY_WORD[family.kind], {
      minWidth: 150,
      grow: 0,
    }),
  },
  nameColumn(
    'keep',
    'Keep',
    (family) => family.keep,
    () => null,
    { minWidth: 180 },
  ),
  textColumn('others', 'Drop', (family) => family.others, { minWidth: 200, grow: 5 }),
  countColumn('members', 'Members', (family) => family.members, { minWidth: 88 }),
  bytesColumn('reclaimableBytes', 'Reclaimable', (family) => family.reclaimableBytes, { minWidth: 104 }),
];
