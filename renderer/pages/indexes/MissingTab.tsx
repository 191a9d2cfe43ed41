import Typography from '@mui/material/Typography';
import type { ReactElement } from 'react';
import type { MissingIndex, MissingIndexDetail } from '#shared/model/indexes.ts';
import { useBackend } from '#renderer/api/client.ts';
import { keys } from '#renderer/api/queries.ts';
import { FindingFixButton } from '#renderer/app/plan/FindingFixButton.tsx';
import { nameColumn, textColumn } from '#renderer/components/columns.tsx';
import { DrawerSection } from '#renderer/components/DrawerSection.tsx';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { FixView } from '#renderer/components/FixView.tsx';
import { GridTable } from '#renderer/components/GridTable.tsx';
import { prose, visible } from '#renderer/components/ObjectName.tsx';
import { QueryDrawer } from '#renderer/components/QueryDrawer.tsx';
import type { Column } from '#renderer/components/RowGrid.tsx';
import { MARK_WORD, SeverityMark } from '#renderer/components/SeverityMark.tsx';
import { SqlBlock } from '#renderer/components/SqlBlock.tsx';
import { useRowHeight } from '#renderer/state/preferences.ts';
import { CONFIDENCE_WORD } from '#renderer/state/words.ts';
import type { ListProps } from './list-props.ts';
import { StatementAdvicePanel } from './StatementAdvicePanel.tsx';

interface Props extends ListProps {
  readonly onOpen: (row: MissingIndex) => void;
}

/** Where an index is probably missing; for single statements the plan on the Queries page tells more. */
export function MissingTab({ connectionId, version, filter, toolbar, onOpen }: Props): ReactElement {
  const { client } = useBackend();
  const rowHeight = useRowHeight();
  return (
    <>
      <StatementAdvicePanel connectionId={connectionId} />
      <GridTable
        label="Missing indexes"
        queryKey={[...keys.insight(connectionId), 'missing-indexes']}
        version={version}
        load={(query, signal) => client.indexes.missing({ connectionId, ...query }, { signal })}
        columns={COLUMNS}
        keyOf={(row) => row.key}
        defaultSort={{ columnId: 'rank', direction: 'ascending' }}
        filter={filter}
        rowHeight={rowHeight}
        onOpen={onOpen}
        toolbar={toolbar}
        empty={
          filter === '' ? (
            <EmptyState title="No index seems to be missing." isGood>
              Foreign keys are indexed where that pays, and no large table is read from end to end. The plan
              of a statement, on the Queries page, tells more.
            </EmptyState>
          ) : (
            <EmptyState title="No table matches." />
          )
        }
      />
    </>
  );
}

const SOURCE_WORD: Readonly<Record<MissingIndex['source'], string>> = {
  'foreign key': 'Foreign key without index',
  'sequential scans': 'Read from end to end',
};

const COLUMNS: readonly Column<MissingIndex>[] = [
  {
    id: 'rank',
    header: 'Severity',
    minWidth: 100,
    grow: 0,
    value: (row) => MARK_WORD[row.severity],
    cell: (row) => <SeverityMark mark={row.severity} size={14} />,
  },
  nameColumn(
    'table',
    'Table',
    (row) => row.table,
    (row) => row.schema,
    { minWidth: 150, grow: 2 },
  ),
  textColumn('source', 'Sign', (row) => SOURCE_WORD[row.source], { minWidth: 180, grow: 0 }),
  textColumn('reason', 'What was seen', (row) => row.reason, { minWidth: 260, grow: 6 }),
  textColumn('confidence', 'How sure', (row) => CONFIDENCE_WORD[row.confidence], { minWidth: 110, grow: 0 }),
];

interface DrawerProps {
  readonly connectionId: string;
  /** Null = closed. */
  readonly rowKey: string | null;
  readonly onClose: () => void;
}

/** Why an index seems to be missing, and what to do. */
export function MissingDrawer({ connectionId, rowKey, onClose }: DrawerProps): ReactElement {
  const { client } = useBackend();
  return (
    <QueryDrawer
      id={rowKey}
      label="Missing index"
      failure="The missing index could not be read"
      queryKey={(key) => [...keys.insight(connectionId), 'missing-index', key]}
      height={320}
      load={(key, { signal }) => client.indexes.missingDetail({ connectionId, key }, { signal })}
      onClose={onClose}
    >
      {(detail) => <Detail connectionId={connectionId} detail={detail} />}
    </QueryDrawer>
  );
}

function Detail({
  connectionId,
  detail,
}: {
  readonly connectionId: string;
  readonly detail: MissingIndexDetail;
}): ReactElement {
  const { row, confidenceReason, statements, fix } = detail;
  return (
    <>
      <div>
        <Typography variant="h1" component="h2" sx={{ overflowWrap: 'anywhere' }}>
          {SOURCE_WORD[row.source]}: <bdi>{visible(row.table)}</bdi>
        </Typography>
        <SeverityMark mark={row.severity} />
      </div>
      <DrawerSection title="What was seen">
        <Typography dir="auto" sx={{ overflowWrap: 'anywhere' }}>
          {prose(row.reason)}
        </Typography>
        <Typography sx={{ color: 'text.secondary' }}>
          {CONFIDENCE_WORD[row.confidence]}. {visible(confidenceReason)}
        </Typography>
      </DrawerSection>
      {statements.length > 0 && (
        <DrawerSection title="Heaviest statements that name the table">
          {statements.map((text, at) => (
            <SqlBlock key={text} statements={[text]} label={`Statement ${at + 1}`} />
          ))}
        </DrawerSection>
      )}
      {fix && (
        <FixView
          fix={fix}
          run={
            <FindingFixButton
              connectionId={connectionId}
              isMeant={({ fingerprint }) => fingerprint === row.key}
              otherwise={<>Run the audit to create it from here.</>}
            />
          }
        />
      )}
    </>
  );
}
