import { useQuery } from '@tanstack/react-query';
import { lazy, type ReactElement } from 'react';
import type { IndexPoint } from '#shared/model/indexes.ts';
import { formatCount } from '#shared/model/format.ts';
import { useBackend } from '#renderer/api/client.ts';
import { keys } from '#renderer/api/queries.ts';
import { bytesColumn, countColumn, nameColumn, textColumn } from '#renderer/components/columns.tsx';
import { type Column, DataTable } from '#renderer/components/DataTable.tsx';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { Pending } from '#renderer/components/Pending.tsx';
import { TwinPanel } from '#renderer/components/TwinPanel.tsx';
import { useRowHeight } from '#renderer/state/preferences.ts';

const IndexScatter = lazy(async () => ({ default: (await import('./IndexScatter.tsx')).IndexScatter }));
const HEIGHT = 380;

interface Props {
  readonly connectionId: string;
  readonly version: string;
  readonly onOpen: (point: IndexPoint) => void;
}

/** Size, writes and scans in one picture: what an index costs against what it gives. */
export function UseMapTab({ connectionId, version, onOpen }: Props): ReactElement {
  const { client } = useBackend();
  const rowHeight = useRowHeight();
  const query = useQuery({
    queryKey: [...keys.insight(connectionId), 'index-map', version],
    queryFn: ({ signal }) => client.indexes.map({ connectionId }, { signal }),
  });
  const { data } = query;
  if (!data) return <Pending query={query} failure="The indexes could not be read" height={HEIGHT} />;
  const { points, of } = data;
  return (
    <TwinPanel
      title={
        points.length < of
          ? `Size, writes and scans of the largest ${formatCount(points.length)} of ${formatCount(of)} indexes`
          : `Size, writes and scans of all ${formatCount(of)} indexes`
      }
      chartHeight={HEIGHT}
      chart={
        <>
          <IndexScatter points={points} height={HEIGHT} />
          <p>
            Right = written often, up = read often, area = size. At the bottom right lies what only costs.
          </p>
        </>
      }
      table={
        <DataTable
          label="Size, writes and scans"
          rows={points}
          columns={COLUMNS}
          keyOf={(point) => point.oid}
          defaultSort={{ columnId: 'sizeBytes', direction: 'descending' }}
          rowHeight={rowHeight}
          onOpen={onOpen}
          empty={<EmptyState title="No indexes." />}
          minHeight={HEIGHT}
        />
      }
    />
  );
}

const KIND_WORD: Readonly<Record<IndexPoint['kind'], string>> = {
  key: 'key',
  removable: 'removable',
  used: 'in use',
};

const COLUMNS: readonly Column<IndexPoint>[] = [
  nameColumn(
    'name',
    'Index',
    (point) => point.name,
    () => null,
    { minWidth: 200 },
  ),
  nameColumn(
    'table',
    'Table',
    (point) => point.table,
    (point) => point.schema,
    { minWidth: 140, grow: 2 },
  ),
  textColumn('kind', 'Kind', (point) => KIND_WORD[point.kind], { minWidth: 100, grow: 0 }),
  bytesColumn('sizeBytes', 'Size', (point) => point.sizeBytes),
  countColumn('scans', 'Scans', (point) => point.scans),
  countColumn('tableWrites', 'Table writes', (point) => point.tableWrites, { minWidth: 106 }),
];
