import Box from '@mui/material/Box';
import Skeleton from '@mui/material/Skeleton';
import Typography from '@mui/material/Typography';
import type { ReactElement } from 'react';
import type { IndexOverview } from '#shared/model/indexes.ts';
import { formatDuration } from '#shared/model/format.ts';
import { toUserError } from '#renderer/api/errors.ts';
import { useIndexOverview } from '#renderer/api/queries.ts';
import type { PageProps } from '#renderer/app/addresses.ts';
import { AuditGate } from '#renderer/app/AuditGate.tsx';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { ErrorNotice } from '#renderer/components/ErrorNotice.tsx';
import { GrantNotice } from '#renderer/components/GrantNotice.tsx';
import { IndexTotalsStrip } from './IndexTotalsStrip.tsx';
import { IndexViews } from './IndexViews.tsx';

const DAY_MS = 86_400_000;
/** Before that, "never scanned" may only mean "not yet". */
const YOUNG_DAYS = 14;

/** Which to drop, merge or keep? */
export function IndexesPage({ connectionId }: PageProps): ReactElement {
  return (
    <AuditGate connectionId={connectionId} skeleton={<IndexesSkeleton />}>
      {() => <Indexes connectionId={connectionId} />}
    </AuditGate>
  );
}

function Indexes({ connectionId }: PageProps): ReactElement {
  const { data, error, refetch } = useIndexOverview(connectionId);
  if (error) {
    return (
      <Box sx={PAGE}>
        <Typography variant="h1">Indexes</Typography>
        <ErrorNotice
          error={toUserError(error)}
          title="The indexes could not be read"
          onRetry={() => void refetch()}
        />
      </Box>
    );
  }
  if (!data) return <IndexesSkeleton />;
  return (
    <Box sx={PAGE}>
      <Typography variant="h1" className="visually-hidden">
        Indexes
      </Typography>
      <IndexTotalsStrip totals={data.totals} />
      <AgeNotice overview={data} />
      {data.totals.indexes === 0 ? (
        <EmptyState title="No indexes.">This database has no table with an index.</EmptyState>
      ) : (
        <IndexViews connectionId={connectionId} overview={data} />
      )}
    </Box>
  );
}

/** How much "never" means. */
function AgeNotice({ overview }: { readonly overview: IndexOverview }): ReactElement | null {
  if (overview.totals.indexes === 0) return null;
  const since = overview.statisticsResetAt;
  if (since === null) {
    return (
      <GrantNotice>
        It is not known since when this server counts scans, and standbys are not counted here: “never
        scanned” has no date.
      </GrantNotice>
    );
  }
  const ageMs = Date.parse(overview.collectedAt) - Date.parse(since);
  if (ageMs >= YOUNG_DAYS * DAY_MS) return null;
  return (
    <GrantNotice>
      Scans are counted for {formatDuration(Math.max(0, ageMs))} only, and not on standbys: “never scanned”
      may still mean “not yet”.
    </GrantNotice>
  );
}

const PAGE = {
  display: 'flex',
  flexDirection: 'column',
  gap: 1.5,
  p: 3,
  flex: 1,
  minHeight: 560,
  boxSizing: 'border-box',
} as const;

function IndexesSkeleton(): ReactElement {
  return (
    <Box sx={PAGE} aria-busy="true">
      <Skeleton variant="rounded" height={66} />
      <Skeleton variant="rounded" height={36} width={420} />
      <Skeleton variant="rounded" sx={{ flex: 1 }} />
    </Box>
  );
}
