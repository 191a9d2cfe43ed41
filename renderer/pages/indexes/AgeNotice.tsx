import Button from '@mui/material/Button';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { formatDuration, formatInstant } from '#shared/model/format.ts';
import type { IndexOverview } from '#shared/model/indexes.ts';
import { useBackend } from '#renderer/api/client.ts';
import { keys } from '#renderer/api/queries.ts';
import { GrantNotice } from '#renderer/components/GrantNotice.tsx';

const DAY_MS = 86_400_000;
/** Before that, "never scanned" may only mean "not yet". */
const YOUNG_DAYS = 14;

interface Props {
  readonly connectionId: string;
  readonly overview: IndexOverview;
  readonly readAt: string;
}

/** How much "never" means: since when scans are counted, and that standbys count their own. */
export function AgeNotice({ overview, readAt, connectionId }: Props): ReactElement | null {
  const { client } = useBackend();
  const queries = useQueryClient();
  const confirm = useMutation({
    mutationFn: () => client.indexes.confirmStandbys({ connectionId }),
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.insight(connectionId) }),
  });
  if (overview.totals.indexes === 0) return null;
  const { isStandby, standbys, standbysCheckedAt } = overview;
  const age = ageWords(overview.statisticsResetAt, readAt);
  if (isStandby)
    return (
      <GrantNotice>
        {age} This server is a standby and counts its own scans: what to drop is decided on the primary.
      </GrantNotice>
    );
  const mustAsk = standbysCheckedAt === null && standbys.length > 0;
  if (age === null && !mustAsk)
    return standbysCheckedAt === null ? null : (
      <span>Standbys were checked by you on {formatInstant(standbysCheckedAt)}.</span>
    );
  return (
    <GrantNotice
      action={
        standbysCheckedAt === null && (
          <Button
            variant="outlined"
            color="inherit"
            disabled={confirm.isPending}
            onClick={() => confirm.mutate()}
          >
            I have checked the standbys
          </Button>
        )
      }
    >
      {age}{' '}
      {standbysCheckedAt !== null
        ? `Standbys were checked by you on ${formatInstant(standbysCheckedAt)}.`
        : mustAsk
          ? `Standbys (${standbys.join(', ')}) count scans of their own: look there before you drop anything.`
          : 'Standbys would count scans of their own; none is connected now.'}
    </GrantNotice>
  );
}

/** Null where the counters are old enough to say something. */
function ageWords(since: string | null, readAt: string): string | null {
  if (since === null)
    return 'It is not known since when this server counts scans: “never scanned” has no date.';
  const ageMs = Math.max(0, Date.parse(readAt) - Date.parse(since));
  return ageMs < YOUNG_DAYS * DAY_MS
    ? `Scans are counted for ${formatDuration(ageMs)} only: “never scanned” may still mean “not yet”.`
    : null;
}
