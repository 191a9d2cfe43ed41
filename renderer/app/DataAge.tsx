import { styled } from '@mui/material/styles';
import type { ReactElement } from 'react';
import { formatAgo, formatDuration, formatInstant } from '#shared/model/format.ts';
import { useLatestAudit } from '../api/queries.ts';
import { useAuditRun } from '../state/audit-run.ts';
import { useNow } from './use-now.ts';

const TICK_MS = 20_000;

/** How old what you see is, and since when the server counts. */
export function DataAge({ connectionId }: { readonly connectionId: string }): ReactElement | null {
  const { data: audit } = useLatestAudit(connectionId);
  const run = useAuditRun(connectionId);
  const nowMs = useNow(TICK_MS);
  if (!audit) return null;
  const readAtMs = Date.parse(audit.startedAt) + audit.durationMs;
  const since = audit.server.statisticsResetAt;
  const sinceAgeMs = since === null ? null : Date.parse(audit.startedAt) - Date.parse(since);
  return (
    <Root
      title={`Facts read at ${formatInstant(audit.startedAt)}. Counters ${since === null ? 'were never reset' : `since ${formatInstant(since)}`}.`}
    >
      <span>Facts read {formatAgo(Math.max(0, nowMs - readAtMs))}</span>
      <span className="second">
        {run?.state === 'running'
          ? 'reading again now'
          : sinceAgeMs === null
            ? 'statistics never reset'
            : `statistics since ${since?.slice(0, 10)} (${formatDuration(Math.max(0, sinceAgeMs))})`}
      </span>
    </Root>
  );
}

const Root = styled('div')(({ theme }) => ({
  display: 'grid',
  minWidth: 0,
  flex: '0 1 auto',
  ...theme.typography.caption,
  lineHeight: 1.35,
  color: theme.vars.palette.text.secondary,
  '& > span': { overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' },
}));
