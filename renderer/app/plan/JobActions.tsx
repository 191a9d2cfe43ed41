import type { ReactElement } from 'react';
import { formatBytes, formatDuration } from '#shared/model/format.ts';
import type { JobAction } from '#shared/model/plan.ts';
import { SeverityMark } from '#renderer/components/SeverityMark.tsx';
import { OUTCOME } from '#renderer/state/words.ts';
import { ActionList } from './ActionList.tsx';
import { ActionEnd } from './ActionEnd.tsx';
import { ActionSql } from './ActionSql.tsx';

interface Props {
  readonly actions: readonly JobAction[];
  /** The one to keep in sight. */
  readonly follow?: number | null;
}

/** The actions of a job, each with its outcome; unfolded with its SQL and what it measured. */
export function JobActions({ actions, follow = null }: Props): ReactElement {
  return (
    <ActionList
      label="Changes of this job"
      actions={actions}
      follow={follow}
      mark={({ outcome }) => <SeverityMark {...OUTCOME[outcome]} size={14} />}
      end={({ freedBytes, durationMs }) =>
        [
          freedBytes !== null && freedBytes > 0 && `${formatBytes(freedBytes)} freed`,
          durationMs !== null && formatDuration(durationMs),
        ]
          .filter(Boolean)
          .join(' · ')
      }
      more={(action) => (
        <>
          <ActionEnd action={action} />
          <ActionSql action={action} />
        </>
      )}
    />
  );
}
