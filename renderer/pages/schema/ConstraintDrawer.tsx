import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import type { ConstraintRow } from '#shared/model/schema.ts';
import { useBackend } from '#renderer/api/client.ts';
import { keys } from '#renderer/api/queries.ts';
import { FindingLinks } from '#renderer/app/FindingLinks.tsx';
import { PlanButtons } from '#renderer/app/plan/PlanButtons.tsx';
import { RunPlanButton } from '#renderer/app/plan/RunPlanButton.tsx';
import { DetailDrawer } from '#renderer/components/DetailDrawer.tsx';
import { DrawerSection } from '#renderer/components/DrawerSection.tsx';
import { FixView } from '#renderer/components/FixView.tsx';
import { visible } from '#renderer/components/ObjectName.tsx';
import { Pending } from '#renderer/components/Pending.tsx';
import { SqlBlock } from '#renderer/components/SqlBlock.tsx';
import { ForeignKeyActions } from './ForeignKeyActions.tsx';

interface Props {
  readonly connectionId: string;
  readonly row: ConstraintRow | null;
  readonly onClose: () => void;
}

/** One constraint as the server prints it, and what makes it vouch for every row. */
export function ConstraintDrawer({ connectionId, row, onClose }: Props): ReactElement {
  return (
    <DetailDrawer isOpen={row !== null} label="Constraint" onClose={onClose}>
      {row && <Detail key={row.oid} connectionId={connectionId} row={row} />}
    </DetailDrawer>
  );
}

function Detail({
  connectionId,
  row,
}: {
  readonly connectionId: string;
  readonly row: ConstraintRow;
}): ReactElement {
  const { client } = useBackend();
  const query = useQuery({
    queryKey: [...keys.insight(connectionId), 'constraint', row.oid],
    queryFn: ({ signal }) => client.schema.constraint({ connectionId, oid: row.oid }, { signal }),
  });
  const { data } = query;
  return (
    <Box sx={{ display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', gap: 2.5 }}>
      <div>
        <Typography variant="h1" component="h2" sx={{ overflowWrap: 'anywhere' }}>
          <bdi>{visible(row.name)}</bdi>
        </Typography>
        <Typography sx={{ color: 'text.secondary', overflowWrap: 'anywhere' }}>
          {row.kind} of <bdi>{visible(row.table)}</bdi>
        </Typography>
      </div>
      {!data ? (
        <Pending query={query} failure="The constraint could not be read" height={160} />
      ) : (
        <>
          <DrawerSection title="Definition">
            {data.definition === null ? (
              'Could not be read: its table is locked.'
            ) : (
              <SqlBlock statements={[data.definition]} label="Definition of the constraint" />
            )}
          </DrawerSection>
          <DrawerSection title="What it vouches for">{STATE[row.state]}</DrawerSection>
          <DrawerSection title="When it is checked">{DEFERRABLE[row.deferrable]}</DrawerSection>
          {row.index !== null && (
            <DrawerSection title={row.kind === 'FOREIGN KEY' ? 'Unique index that it refers to' : 'Index'}>
              <bdi>{visible(row.index)}</bdi>
            </DrawerSection>
          )}
          {row.kind === 'FOREIGN KEY' ? (
            <ForeignKeyActions
              connectionId={connectionId}
              oid={row.oid}
              isValidated={row.state !== 'not validated'}
              onDelete={null}
            />
          ) : (
            row.state === 'not validated' && (
              <PlanButtons>
                <RunPlanButton
                  connectionId={connectionId}
                  request={{ verb: 'validate-constraint', constraint: row.oid }}
                >
                  Validate…
                </RunPlanButton>
              </PlanButtons>
            )
          )}
          {data.fix && <FixView fix={data.fix} />}
        </>
      )}
      <FindingLinks
        connectionId={connectionId}
        isAbout={({ object }) => object.kind === 'constraint' && object.oid === row.oid}
      />
    </Box>
  );
}

const STATE: Readonly<Record<ConstraintRow['state'], string>> = {
  validated: 'Every row.',
  'not validated': 'New and changed rows only: those that were there before it were never checked.',
  'not enforced': 'Nothing, also not for new rows: it only tells people.',
};

const DEFERRABLE: Readonly<Record<ConstraintRow['deferrable'], string>> = {
  no: 'With each row or statement; transactions cannot put it off.',
  'initially immediate': 'At once, unless a transaction puts it off to its end (SET CONSTRAINTS).',
  'initially deferred': 'When the transaction ends.',
};
