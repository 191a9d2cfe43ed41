import { type ReactElement, useDeferredValue } from 'react';
import { formatCount, formatPercent } from '#shared/model/format.ts';
import type { FreezeTableRow, VacuumOverview } from '#shared/model/vacuum.ts';
import { useBackend } from '#renderer/api/client.ts';
import { keys } from '#renderer/api/queries.ts';
import { useAddressState } from '#renderer/app/address-state.ts';
import { countColumn, nameColumn, percentColumn, textColumn } from '#renderer/components/columns.tsx';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { FilterField } from '#renderer/components/FilterField.tsx';
import { GridTable } from '#renderer/components/GridTable.tsx';
import type { Column } from '#renderer/components/RowGrid.tsx';
import { SeverityMark } from '#renderer/components/SeverityMark.tsx';
import { ShareBar } from '#renderer/components/ShareBar.tsx';
import { useRowHeight } from '#renderer/state/preferences.ts';
import { FREEZE_MARK, FREEZE_WORD } from './levels.ts';

interface Props {
  readonly connectionId: string;
  readonly version: string;
  readonly failsafe: VacuumOverview['failsafe'];
  readonly onOpen: (row: FreezeTableRow) => void;
}

/** Freeze age of every table and TOAST table, as a share of where autovacuum starts by force. */
export function FreezeTable({ connectionId, version, failsafe, onOpen }: Props): ReactElement {
  const { client } = useBackend();
  const { get, set } = useAddressState();
  const rowHeight = useRowHeight();
  const filter = get('q') ?? '';
  const searched = useDeferredValue(filter);
  return (
    <GridTable
      label="Freeze ages"
      queryKey={[...keys.insight(connectionId), 'freeze-ages']}
      version={version}
      load={(query, signal) => client.vacuum.freeze({ connectionId, ...query }, { signal })}
      columns={COLUMNS}
      keyOf={(row) => row.id}
      defaultSort={{ columnId: 'xidPercent', direction: 'descending' }}
      filter={searched}
      rowHeight={rowHeight}
      minHeight={260}
      onOpen={onOpen}
      toolbar={
        <>
          <FilterField
            label="Filter tables, also by their parent"
            value={filter}
            onChange={(q) => set({ q }, { replace: true })}
          />
          {failsafe.xidAge !== null && failsafe.mxidAge !== null && (
            <span>
              Failsafe from {formatCount(failsafe.xidAge)} transactions or {formatCount(failsafe.mxidAge)}{' '}
              multixacts
            </span>
          )}
        </>
      }
      empty={<EmptyState title={filter === '' ? 'No tables.' : 'No table matches.'} />}
    />
  );
}

const COLUMNS: readonly Column<FreezeTableRow>[] = [
  nameColumn(
    'name',
    'Table',
    (row) => row.name,
    (row) => row.parent ?? row.schema,
    { minWidth: 140 },
  ),
  textColumn('part', 'Part', (row) => row.part, { minWidth: 100, grow: 0 }),
  {
    id: 'levelOrder',
    header: 'Level',
    minWidth: 104,
    value: (row) => FREEZE_WORD[row.level],
    cell: (row) => <SeverityMark mark={FREEZE_MARK[row.level]} word={FREEZE_WORD[row.level]} />,
  },
  countColumn('xidAge', 'Transactions', (row) => row.xidAge, { minWidth: 104 }),
  countColumn('xidLimit', 'Forced from', (row) => row.xidLimit, { minWidth: 104 }),
  share('xidPercent', 'Share', (row) => row.xidPercent),
  countColumn('mxidAge', 'Multixacts', (row) => row.mxidAge, { minWidth: 92 }),
  countColumn('mxidLimit', 'Multixacts forced from', (row) => row.mxidLimit, { minWidth: 162 }),
  share('mxidPercent', 'Multixact share', (row) => row.mxidPercent, 124),
];

function share(
  id: string,
  header: string,
  percent: (row: FreezeTableRow) => number,
  minWidth = 84,
): Column<FreezeTableRow> {
  return {
    ...percentColumn<FreezeTableRow>(id, header, percent, { minWidth, grow: 1 }),
    cell: (row) => <ShareBar share={percent(row) / 100}>{formatPercent(percent(row))}</ShareBar>,
  };
}
