import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { formatCount, formatDuration, formatInstant } from '#shared/model/format.ts';
import type { MatviewRow, Neighbour } from '#shared/model/matviews.ts';
import { useBackend } from '#renderer/api/client.ts';
import { keys } from '#renderer/api/queries.ts';
import { FindingLinks } from '#renderer/app/FindingLinks.tsx';
import { PlanButtons } from '#renderer/app/plan/PlanButtons.tsx';
import { RunPlanButton } from '#renderer/app/plan/RunPlanButton.tsx';
import { DetailDrawer } from '#renderer/components/DetailDrawer.tsx';
import { DrawerSection } from '#renderer/components/DrawerSection.tsx';
import { FixView } from '#renderer/components/FixView.tsx';
import { ObjectName, visible } from '#renderer/components/ObjectName.tsx';
import { Pending } from '#renderer/components/Pending.tsx';
import { PlainTable } from '#renderer/components/PlainTable.tsx';
import { SeverityMark } from '#renderer/components/SeverityMark.tsx';
import { SqlBlock } from '#renderer/components/SqlBlock.tsx';
import { RefreshSchedule } from './RefreshSchedule.tsx';

interface Props {
  readonly connectionId: string;
  readonly view: MatviewRow | null;
  readonly onClose: () => void;
}

/** One view: what depends on it, its query, and how to refresh it. */
export function MatviewDrawer({ connectionId, view, onClose }: Props): ReactElement {
  return (
    <DetailDrawer isOpen={view !== null} label="Materialized view" onClose={onClose}>
      {view && <Detail key={view.oid} connectionId={connectionId} view={view} />}
    </DetailDrawer>
  );
}

function Detail({
  connectionId,
  view,
}: {
  readonly connectionId: string;
  readonly view: MatviewRow;
}): ReactElement {
  const { client } = useBackend();
  const query = useQuery({
    queryKey: [...keys.facts(connectionId), 'matview', view.oid],
    queryFn: ({ signal }) => client.matviews.detail({ connectionId, oid: view.oid }, { signal }),
  });
  const { data } = query;
  return (
    <Box sx={{ display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', gap: 2.5 }}>
      <Typography variant="h1" component="h2" sx={{ overflowWrap: 'anywhere' }}>
        <bdi>{visible(view.name)}</bdi>
      </Typography>
      <PlanButtons>
        {view.concurrent === 'yes' && (
          <RunPlanButton
            connectionId={connectionId}
            request={{ verb: 'refresh-matview', matview: view.oid, isConcurrent: true }}
          >
            Refresh concurrently…
          </RunPlanButton>
        )}
        <RunPlanButton
          connectionId={connectionId}
          request={{ verb: 'refresh-matview', matview: view.oid, isConcurrent: false }}
        >
          Refresh…
        </RunPlanButton>
      </PlanButtons>
      {!data ? (
        <Pending query={query} failure="The view could not be read" height={320} />
      ) : (
        <>
          <LastRefresh view={view} />
          <DrawerSection title="Reads">
            <Neighbours label="What it reads" neighbours={data.reads} none="Nothing." />
          </DrawerSection>
          <DrawerSection title="Read by">
            <Neighbours
              label="What reads it"
              neighbours={data.dependants}
              none="No view and no function that PostgreSQL knows of."
            />
          </DrawerSection>
          {data.refreshOrder.length > 1 && (
            <DrawerSection title="Refresh together, in this order">
              <p style={{ marginBlock: '0 8px' }}>
                Each of these reads one of the others: in another order some would be filled with old data.
              </p>
              <SqlBlock
                statements={data.refreshOrder.map(({ sql }) => sql)}
                label="Refresh of this view and those around it"
              />
            </DrawerSection>
          )}
          <RefreshSchedule connectionId={connectionId} view={view} />
          {data.fixes.map((fix) => (
            <FixView key={fix.title} fix={fix} />
          ))}
          <DrawerSection title="Definition">
            {data.definition === null ? (
              'Could not be read: one of its tables is locked.'
            ) : (
              <SqlBlock statements={[data.definition]} label="Definition of the view" />
            )}
          </DrawerSection>
        </>
      )}
      <FindingLinks connectionId={connectionId} isAbout={(finding) => finding.object.oid === view.oid} />
    </Box>
  );
}

function LastRefresh({ view }: { readonly view: MatviewRow }): ReactElement | null {
  const { failure, lastRefreshAt, schedules } = view;
  if (lastRefreshAt === null && failure === null && schedules.length === 0) return null;
  return (
    <DrawerSection title="Last refreshes">
      <Box component="ul" sx={{ m: 0, pl: 2.25, display: 'grid', gap: 0.5, overflowWrap: 'anywhere' }}>
        {failure && (
          <li>
            <SeverityMark mark="high" word="The latest refresh failed" />
            {failure.at !== null && ` ${formatInstant(failure.at)}`}: {visible(failure.message)}
          </li>
        )}
        {lastRefreshAt !== null && (
          <li>
            Refreshed {formatInstant(lastRefreshAt)} by {view.lastRefreshBy}
            {view.lastRefreshMs !== null &&
              (view.isLastRefreshOfMore
                ? ` in a command that does more; all of it took ${formatDuration(view.lastRefreshMs)}`
                : ` in ${formatDuration(view.lastRefreshMs)}`)}
            .
          </li>
        )}
        {schedules.length > 0 && (
          <li>
            Scheduled by pg_cron at <code>{schedules.join(' and ')}</code>.
          </li>
        )}
      </Box>
    </DrawerSection>
  );
}

function Neighbours({
  label,
  neighbours,
  none,
}: {
  readonly label: string;
  readonly neighbours: readonly Neighbour[];
  readonly none: string;
}): ReactElement {
  if (neighbours.length === 0) return <>{none}</>;
  return (
    <Box tabIndex={0} role="region" aria-label={label} sx={{ overflow: 'auto', maxHeight: 260 }}>
      <PlainTable>
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Kind</th>
            <th scope="col" className="number">
              Steps
            </th>
          </tr>
        </thead>
        <tbody>
          {neighbours.map(({ kind, oid, schema, name, steps }) => (
            <tr key={`${kind} ${oid}`}>
              <td className="name">
                <ObjectName name={name} context={schema === 'public' ? null : schema} />
              </td>
              <td>{kind}</td>
              <td className="number">{formatCount(steps)}</td>
            </tr>
          ))}
        </tbody>
      </PlainTable>
    </Box>
  );
}
