import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import type { ReactElement } from 'react';
import { formatCount, formatCountOf } from '#shared/model/format.ts';
import type { DeleteReach, ReachStep } from '#shared/model/schema.ts';
import { useBackend } from '#renderer/api/client.ts';
import { keys } from '#renderer/api/queries.ts';
import { FindingLinks } from '#renderer/app/FindingLinks.tsx';
import { visible } from '#renderer/components/ObjectName.tsx';
import { QueryDrawer } from '#renderer/components/QueryDrawer.tsx';
import { PlainTable } from '#renderer/components/PlainTable.tsx';
import { type Mark, SeverityMark } from '#renderer/components/SeverityMark.tsx';

interface Props {
  readonly connectionId: string;
  readonly oid: number | null;
  readonly onClose: () => void;
}

/** How far deleting a row of one table reaches. */
export function ReachDrawer({ connectionId, oid, onClose }: Props): ReactElement {
  const { client } = useBackend();
  return (
    <QueryDrawer
      id={oid}
      label="What a delete reaches"
      failure="What a delete reaches could not be read"
      queryKey={(id) => [...keys.insight(connectionId), 'reach', id]}
      height={320}
      load={(id, { signal }) => client.schema.reach({ connectionId, oid: id }, { signal })}
      onClose={onClose}
    >
      {(data, id) => <Reach connectionId={connectionId} oid={id} data={data} />}
    </QueryDrawer>
  );
}

const MARKS: Readonly<Record<ReachStep['does'], Mark>> = {
  'deletes rows': 'high',
  'clears columns': 'medium',
  'stops the delete': 'info',
};

function Reach({
  connectionId,
  oid,
  data,
}: {
  readonly connectionId: string;
  readonly oid: number;
  readonly data: DeleteReach;
}): ReactElement {
  return (
    <>
      <Typography variant="h1" component="h2" sx={{ overflowWrap: 'anywhere' }}>
        <bdi>{visible(data.table)}</bdi>
      </Typography>
      <Typography>{summaryOf(data)}</Typography>
      <Box tabIndex={0} role="region" aria-label="Steps" sx={{ overflowX: 'auto' }}>
        <PlainTable>
          <thead>
            <tr>
              <th scope="col">Child</th>
              <th scope="col">What happens</th>
              <th scope="col" className="number">
                Rows in all
              </th>
            </tr>
          </thead>
          <tbody>
            {data.steps.map((step) => (
              <tr key={`${step.from} ${step.constraint} ${step.table}`}>
                <td>
                  <div style={{ paddingInlineStart: (step.depth - 1) * 16 }}>
                    {visible(step.table)}
                    <Typography variant="caption" component="div" sx={{ color: 'text.secondary' }}>
                      of {visible(step.from)} by {visible(step.constraint)}
                    </Typography>
                  </div>
                </td>
                <td>
                  <SeverityMark mark={MARKS[step.does]} word={step.does} />
                </td>
                <td className="number">{step.rows === null ? 'unknown' : formatCount(step.rows)}</td>
              </tr>
            ))}
          </tbody>
        </PlainTable>
      </Box>
      {data.stepCount > data.steps.length && (
        <Typography>
          And {formatCountOf(data.stepCount - data.steps.length, 'step')} more, further away.
        </Typography>
      )}
      <FindingLinks connectionId={connectionId} isAbout={(finding) => finding.object.oid === oid} />
    </>
  );
}

function summaryOf({ deleted, cleared, stopping, stepCount }: DeleteReach): string {
  if (stepCount === 0) return 'No table refers to it: a delete touches this table alone.';
  return `Deleting a row here deletes rows of ${formatCountOf(deleted, 'table')}, clears columns in ${formatCountOf(cleared, 'table')}, and is refused while any of ${formatCountOf(stopping, 'table')} refers to a row that would go. Rows are those of the whole table: at most so many.`;
}
