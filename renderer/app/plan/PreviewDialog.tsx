import { useQueryClient } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import type { PlanRequest } from '#shared/model/plan-request.ts';
import { useBackend } from '#renderer/api/client.ts';
import { CopyButton } from '#renderer/components/CopyButton.tsx';
import { scriptOf } from '#renderer/components/SqlBlock.tsx';
import { followJob, useJobs } from '#renderer/state/jobs.ts';
import { PreviewFrame } from './PreviewFrame.tsx';
import { PreviewView } from './PreviewView.tsx';
import { SaveAsMenu } from './SaveAsMenu.tsx';

interface Props {
  readonly connectionId: string;
  readonly request: PlanRequest;
  readonly onDone?: () => void;
  readonly onStarted: (jobId: string) => void;
  readonly onClose: () => void;
}

/** A change of the database before it runs; copied or saved, it runs elsewhere. */
export function PreviewDialog({ connectionId, request, onDone, onStarted, onClose }: Props): ReactElement {
  const { client } = useBackend();
  const queries = useQueryClient();
  return (
    <PreviewFrame
      connectionId={connectionId}
      read={(signal) => client.plans.preview({ connectionId, request }, { signal })}
      execute={(consent) => client.plans.execute({ connectionId, ...consent })}
      onStarted={(jobId) => {
        void followJob(client, queries, connectionId, jobId).then(() => {
          if (useJobs.getState().jobs[jobId]?.job.outcome === 'done') onDone?.();
        });
        onStarted(jobId);
      }}
      onClose={onClose}
      view={(preview) => <PreviewView preview={preview} />}
      start={(preview, { isOld, onError }) => (
        <>
          <CopyButton
            text={() => scriptOf(preview.actions.flatMap(({ sql }) => sql))}
            what="SQL of the change"
            label="Copy SQL"
          />
          {!isOld && <SaveAsMenu connectionId={connectionId} planId={preview.planId} onError={onError} />}
        </>
      )}
    />
  );
}
