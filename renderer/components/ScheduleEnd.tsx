import type { ReactElement } from 'react';
import { formatDuration, formatInstant } from '#shared/model/format.ts';
import type { ScheduleResult } from '#shared/model/schedule.ts';
import { visible } from './ObjectName.tsx';
import { SeverityMark } from './SeverityMark.tsx';

const MARKS = { done: 'pass', failed: 'high', skipped: 'low' } as const;
const WORDS = { done: 'Refreshed', failed: 'Failed', skipped: 'Left out' } as const;

/** How a scheduled refresh ended, and when. */
export function ScheduleEnd({ result }: { readonly result: ScheduleResult }): ReactElement {
  const { outcome, message, at, durationMs, failures } = result;
  return (
    <span>
      <SeverityMark mark={MARKS[outcome]} word={WORDS[outcome]} /> {formatInstant(at)}
      {outcome === 'done'
        ? durationMs !== null && ` in ${formatDuration(durationMs)}`
        : `: ${visible(message)}`}
      {failures > 1 && ` (${failures} tries)`}
    </span>
  );
}
