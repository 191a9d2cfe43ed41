import Box from '@mui/material/Box';
import Skeleton from '@mui/material/Skeleton';
import Typography from '@mui/material/Typography';
import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import type { MatviewRow } from '#shared/model/matviews.ts';
import { useBackend } from '#renderer/api/client.ts';
import { toUserError } from '#renderer/api/errors.ts';
import { keys } from '#renderer/api/queries.ts';
import { FindingLinks } from '#renderer/app/FindingLinks.tsx';
import { DetailDrawer } from '#renderer/components/DetailDrawer.tsx';
import { DrawerSection } from '#renderer/components/DrawerSection.tsx';
import { ErrorNotice } from '#renderer/components/ErrorNotice.tsx';
import { FixView } from '#renderer/components/FixView.tsx';
import { visible } from '#renderer/components/ObjectName.tsx';
import { SqlBlock } from '#renderer/components/SqlBlock.tsx';

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
  const { data, error, refetch } = useQuery({
    queryKey: [...keys.facts(connectionId), 'matview', view.oid],
    queryFn: ({ signal }) => client.matviews.detail({ connectionId, oid: view.oid }, { signal }),
  });
  return (
    <Box sx={{ display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', gap: 2.5 }}>
      <Typography variant="h1" component="h2" sx={{ overflowWrap: 'anywhere' }}>
        <bdi>{visible(view.name)}</bdi>
      </Typography>
      {error ? (
        <ErrorNotice
          error={toUserError(error)}
          title="The view could not be read"
          onRetry={() => void refetch()}
        />
      ) : !data ? (
        <Skeleton variant="rounded" height={320} />
      ) : (
        <>
          <DrawerSection title="Reads">{data.reads.join(', ') || 'nothing'}</DrawerSection>
          <DrawerSection title="Read by">{data.dependants.join(', ') || 'no other view'}</DrawerSection>
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
