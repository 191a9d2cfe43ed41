import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import { type ReactElement, useDeferredValue, useState } from 'react';
import type { DeletePolicy, PolicyViolation } from '#shared/model/schema.ts';
import { useBackend } from '#renderer/api/client.ts';
import { keys } from '#renderer/api/queries.ts';
import { RunPlanButton } from '#renderer/app/plan/RunPlanButton.tsx';
import { nameColumn, textColumn } from '#renderer/components/columns.tsx';
import { DetailDrawer } from '#renderer/components/DetailDrawer.tsx';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { FilterField } from '#renderer/components/FilterField.tsx';
import { FixView } from '#renderer/components/FixView.tsx';
import { GridTable } from '#renderer/components/GridTable.tsx';
import { visible } from '#renderer/components/ObjectName.tsx';
import type { Column } from '#renderer/components/RowGrid.tsx';
import { useRowHeight } from '#renderer/state/preferences.ts';
import { ruleInSql } from './rule-in-sql.ts';

interface Props {
  readonly connectionId: string;
  readonly version: string;
  readonly policies: readonly DeletePolicy[];
}

/** Foreign keys that do otherwise than the policies want; a row opens what changes it. */
export function ViolationsTable({ connectionId, version, policies }: Props): ReactElement {
  const { client } = useBackend();
  const rowHeight = useRowHeight();
  const [open, setOpen] = useState<PolicyViolation | null>(null);
  const [filter, setFilter] = useState('');
  const searched = useDeferredValue(filter);
  return (
    <>
      <GridTable
        label="Against the policies"
        queryKey={[...keys.insight(connectionId), 'violations', policies]}
        version={version}
        load={(query, signal) => client.schema.violations({ connectionId, ...query }, { signal })}
        columns={COLUMNS}
        keyOf={(row) => row.oid}
        defaultSort={{ columnId: 'parent', direction: 'ascending' }}
        filter={searched}
        rowHeight={rowHeight}
        minHeight={260}
        onOpen={setOpen}
        toolbar={<FilterField label="Filter foreign keys" value={filter} onChange={setFilter} />}
        empty={
          filter === '' ? (
            <EmptyState title="Every foreign key does as it should." isGood />
          ) : (
            <EmptyState title="No foreign key matches." />
          )
        }
      />
      <DetailDrawer isOpen={open !== null} label="Against the policies" onClose={() => setOpen(null)}>
        {open && <Violation connectionId={connectionId} violation={open} />}
      </DetailDrawer>
    </>
  );
}

function Violation({
  connectionId,
  violation,
}: {
  readonly connectionId: string;
  readonly violation: PolicyViolation;
}): ReactElement {
  const { oid, child, parent, constraint, now, policy, fix } = violation;
  return (
    <Box sx={{ display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', gap: 2.5 }}>
      <div>
        <Typography variant="h1" component="h2" sx={{ overflowWrap: 'anywhere' }}>
          <bdi>{visible(constraint)}</bdi>
        </Typography>
        <Typography sx={{ color: 'text.secondary', overflowWrap: 'anywhere' }}>
          From <bdi>{visible(child)}</bdi> to <bdi>{visible(parent)}</bdi>
        </Typography>
      </div>
      <Typography>
        On delete it does {now}; the policy “{policy.parent} {'->'} {policy.child}” wants {policy.rule}.
      </Typography>
      {fix ? (
        <FixView
          fix={fix}
          run={
            <RunPlanButton
              connectionId={connectionId}
              request={{ verb: 'delete-rule', constraint: oid, onDelete: ruleInSql(policy.rule) }}
              isProposed
            >
              Change the delete rule…
            </RunPlanButton>
          }
        />
      ) : (
        'This key is partitioned or temporal: change it by hand.'
      )}
    </Box>
  );
}

const COLUMNS: readonly Column<PolicyViolation>[] = [
  nameColumn(
    'parent',
    'Parent',
    (row) => row.parent,
    () => null,
    { minWidth: 150 },
  ),
  nameColumn(
    'child',
    'Child',
    (row) => row.child,
    () => null,
    { minWidth: 150 },
  ),
  textColumn('now', 'On delete', (row) => row.now, { minWidth: 110 }),
  textColumn('wanted', 'Should be', (row) => row.policy.rule, { minWidth: 110 }),
  nameColumn(
    'constraint',
    'Constraint',
    (row) => row.constraint,
    () => null,
    { minWidth: 200 },
  ),
];
