import Box from '@mui/material/Box';
import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import type { RemovalPlan, RemovalRow } from '#shared/model/indexes.ts';
import { formatBytes, formatCountOf } from '#shared/model/format.ts';
import { useBackend } from '#renderer/api/client.ts';
import { toUserError } from '#renderer/api/errors.ts';
import { keys } from '#renderer/api/queries.ts';
import { RunPlanButton } from '#renderer/app/plan/RunPlanButton.tsx';
import { bytesColumn, nameColumn, textColumn } from '#renderer/components/columns.tsx';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { ErrorNotice } from '#renderer/components/ErrorNotice.tsx';
import { GridTable } from '#renderer/components/GridTable.tsx';
import { visible } from '#renderer/components/ObjectName.tsx';
import type { Column } from '#renderer/components/RowGrid.tsx';
import { SeverityMark } from '#renderer/components/SeverityMark.tsx';
import { useRowHeight } from '#renderer/state/preferences.ts';
import type { ListProps } from './list-props.ts';
import { RemovalScripts } from './RemovalScripts.tsx';

interface Props extends ListProps {
  /** Also what nothing scanned, though that proves little. */
  readonly withUnproven: boolean;
  readonly onWithUnproven: (on: boolean) => void;
  /** Changes when the user says that the standbys were looked at. */
  readonly standbysCheckedAt: string | null;
  readonly onOpen: (row: RemovalRow) => void;
}

/** What may be dropped and what stays and why, with the script of it and the script back. */
export function RemovalTab(props: Props): ReactElement {
  const { connectionId, version, filter, toolbar, withUnproven, onWithUnproven, standbysCheckedAt, onOpen } =
    props;
  const { client } = useBackend();
  const rowHeight = useRowHeight();
  const { data, error, refetch } = useQuery({
    queryKey: [...keys.insight(connectionId), 'removal-plan', version, withUnproven, standbysCheckedAt],
    queryFn: ({ signal }) => client.indexes.removalPlan({ connectionId, withUnproven }, { signal }),
  });
  return (
    <>
      {error && (
        <ErrorNotice
          error={toUserError(error)}
          title="The plan could not be made"
          onRetry={() => void refetch()}
        />
      )}
      {data && (
        <Summary
          connectionId={connectionId}
          plan={data}
          withUnproven={withUnproven}
          onWithUnproven={onWithUnproven}
        />
      )}
      <GridTable
        label="Removal plan"
        queryKey={[...keys.insight(connectionId), 'removals', withUnproven, standbysCheckedAt]}
        version={version}
        load={(query, signal) =>
          client.indexes.removals({ connectionId, withUnproven, ...query }, { signal })
        }
        columns={COLUMNS}
        keyOf={(row) => row.oid}
        defaultSort={{ columnId: 'verdict', direction: 'ascending' }}
        filter={filter}
        rowHeight={rowHeight}
        onOpen={onOpen}
        toolbar={
          <>
            {toolbar}
            {data && data.indexes > 0 && (
              <>
                <RemovalScripts connectionId={connectionId} plan={data} withUnproven={withUnproven} />
                <RunPlanButton
                  connectionId={connectionId}
                  request={{ verb: 'remove-indexes', scope: withUnproven ? 'unproven' : 'proven' }}
                  isProposed
                >
                  Run this plan…
                </RunPlanButton>
              </>
            )}
          </>
        }
        empty={
          filter === '' ? (
            <EmptyState title="Every index that could go is in use." isGood />
          ) : (
            <EmptyState title="No index matches." />
          )
        }
      />
    </>
  );
}

interface SummaryProps {
  readonly connectionId: string;
  readonly plan: RemovalPlan;
  readonly withUnproven: boolean;
  readonly onWithUnproven: (on: boolean) => void;
}

function Summary({ connectionId, plan, withUnproven, onWithUnproven }: SummaryProps): ReactElement {
  const unproven = plan.held.some((held) => held.isUnproven);
  return (
    <Box component="section" aria-label="Summary of the removal plan">
      <Box component="p" sx={{ mt: 0.5, mb: 0.75 }}>
        {plan.indexes === 0
          ? 'No index may be dropped as things are.'
          : `Drops ${formatCountOf(plan.indexes, 'index', 'indexes')} (${formatBytes(plan.sizeBytes)}) that nothing scans and nothing else needs. Reads and writes go on; each statement waits for older transactions.`}
      </Box>
      {plan.held.length > 0 && (
        <Box component="ul" aria-label="What stays" sx={{ m: 0, pl: 2.25, display: 'grid', gap: 0.25 }}>
          {plan.held.map(({ reason, count, sizeBytes }) => (
            <li key={reason} dir="auto">
              {formatCountOf(count, 'index stays', 'indexes stay')} ({formatBytes(sizeBytes)}),{' '}
              {count === 1 ? '' : 'each '}because {visible(reason)}.
            </li>
          ))}
        </Box>
      )}
      {(unproven || withUnproven) && (
        <FormControlLabel
          control={<Checkbox size="small" checked={withUnproven} onChange={(_, on) => onWithUnproven(on)} />}
          label="Also plan what is not proven to be unused (young counters, small tables, small indexes)"
        />
      )}
      {plan.held.length > 0 && (
        <RunPlanButton
          connectionId={connectionId}
          request={{ verb: 'remove-indexes', scope: 'never scanned' }}
        >
          Drop every never scanned one…
        </RunPlanButton>
      )}
    </Box>
  );
}

const COLUMNS: readonly Column<RemovalRow>[] = [
  {
    id: 'verdict',
    header: 'Verdict',
    minWidth: 96,
    grow: 0,
    value: (row) => row.verdict,
    cell: (row) =>
      row.verdict === 'drop' ? (
        <SeverityMark mark="medium" word="Drop" size={14} />
      ) : (
        <SeverityMark mark="pass" word="Stays" size={14} />
      ),
  },
  nameColumn(
    'name',
    'Index',
    (row) => row.name,
    () => null,
    { minWidth: 190, grow: 3 },
  ),
  nameColumn(
    'table',
    'Table',
    (row) => row.table,
    (row) => row.schema,
    { minWidth: 130, grow: 2 },
  ),
  bytesColumn('sizeBytes', 'Size', (row) => row.sizeBytes),
  textColumn('reason', 'Because', (row) => row.reason, { minWidth: 260, grow: 6 }),
];
