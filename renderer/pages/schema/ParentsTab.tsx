import { type ReactElement, useDeferredValue } from 'react';
import { DELETE_RULES, type ParentRow } from '#shared/model/schema.ts';
import { useBackend } from '#renderer/api/client.ts';
import { keys } from '#renderer/api/queries.ts';
import { useAddressState } from '#renderer/app/address-state.ts';
import { countColumn, nameColumn } from '#renderer/components/columns.tsx';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { FilterField } from '#renderer/components/FilterField.tsx';
import { GridTable } from '#renderer/components/GridTable.tsx';
import type { Column } from '#renderer/components/RowGrid.tsx';
import { SeverityMark } from '#renderer/components/SeverityMark.tsx';
import { useRowHeight } from '#renderer/state/preferences.ts';

interface Props {
  readonly connectionId: string;
  readonly version: string;
  readonly onOpen: (row: ParentRow) => void;
}

/** What deleting a row of each parent does to its children; a row opens how far it reaches. */
export function ParentsTab({ connectionId, version, onOpen }: Props): ReactElement {
  const { client } = useBackend();
  const { get, set } = useAddressState();
  const rowHeight = useRowHeight();
  const filter = get('q') ?? '';
  const searched = useDeferredValue(filter);
  return (
    <GridTable
      label="Deletes by parent"
      queryKey={[...keys.insight(connectionId), 'parents']}
      version={version}
      load={(query, signal) => client.schema.parents({ connectionId, ...query }, { signal })}
      columns={COLUMNS}
      keyOf={(row) => row.oid}
      defaultSort={{ columnId: 'children', direction: 'descending' }}
      filter={searched}
      rowHeight={rowHeight}
      onOpen={onOpen}
      toolbar={
        <FilterField label="Filter parents" value={filter} onChange={(q) => set({ q }, { replace: true })} />
      }
      empty={<EmptyState title={filter === '' ? 'No foreign keys.' : 'No parent matches.'} />}
    />
  );
}

const COLUMNS: readonly Column<ParentRow>[] = [
  nameColumn(
    'name',
    'Parent',
    (row) => row.name,
    (row) => row.schema,
  ),
  {
    id: 'isMixed',
    header: 'Rules',
    minWidth: 130,
    value: rulesWord,
    cell: (row) => (row.isMixed ? <SeverityMark mark="medium" word="mixed" /> : rulesWord(row)),
  },
  countColumn('children', 'Children', (row) => row.children),
  ...DELETE_RULES.map((rule) =>
    countColumn<ParentRow>(rule, rule.charAt(0).toUpperCase() + rule.slice(1), (row) => row.byRule[rule], {
      minWidth: 98,
    }),
  ),
  countColumn('reached', 'Tables reached', (row) => row.reached, { minWidth: 122 }),
  countColumn('rows', 'Rows', (row) => row.rows),
];

/** Several rules are mixed only where they contradict each other: some of the children cascade, others refuse. */
function rulesWord({ isMixed, byRule }: ParentRow): string {
  if (isMixed) return 'mixed';
  return Object.values(byRule).filter((keys) => keys > 0).length > 1 ? 'several' : 'one';
}
