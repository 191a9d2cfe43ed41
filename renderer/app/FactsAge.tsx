import { styled } from '@mui/material/styles';
import type { ReactElement } from 'react';
import type { Insight } from '#shared/model/insight.ts';
import { formatAgo, formatDuration, formatInstant } from '#shared/model/format.ts';
import { usePreferences } from '../state/preferences.ts';
import { refreshIntervalMs } from '../state/refresh.ts';
import { useNow } from './use-now.ts';

interface Props {
  readonly insight: Insight<unknown>;
  /** When the page got it, by its own clock. */
  readonly receivedAtMs: number;
  readonly isReading: boolean;
  readonly hasFailed: boolean;
  /** Where the page has its own; else as everywhere. */
  readonly refreshSeconds?: number | undefined;
}

/** How old what the page shows is, and when it will be read again. */
export function FactsAge({ insight, receivedAtMs, isReading, hasFailed, ...own }: Props): ReactElement {
  const nowMs = useNow(TICK_MS);
  const ageMs = insight.ageMs + Math.max(0, nowMs - receivedAtMs);
  const everywhere = usePreferences((state) => state.refreshSeconds);
  const refreshSeconds = own.refreshSeconds ?? everywhere;
  const intervalMs = refreshIntervalMs(refreshSeconds, insight.readMs);
  const next = hasFailed
    ? 'the last reading failed'
    : intervalMs === 0
      ? 'does not refresh by itself'
      : `every ${formatDuration(intervalMs)}`;
  return (
    <Root
      title={`Read at ${formatInstant(insight.readAt)} (server clock) in ${formatDuration(insight.readMs)}`}
    >
      Read {formatAgo(ageMs)} · {isReading ? 'reading now' : next}
    </Root>
  );
}

const TICK_MS = 5_000;

const Root = styled('span')(({ theme }) => ({
  ...theme.typography.caption,
  color: theme.vars.palette.text.secondary,
  whiteSpace: 'nowrap',
}));
