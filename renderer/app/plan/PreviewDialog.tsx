import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import Skeleton from '@mui/material/Skeleton';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useEffect, useId, useRef, useState } from 'react';
import type { PlanPreview } from '#shared/model/plan.ts';
import type { PlanRequest } from '#shared/model/plan-request.ts';
import { useBackend } from '#renderer/api/client.ts';
import { toUserError } from '#renderer/api/errors.ts';
import { useConnections } from '#renderer/api/queries.ts';
import { ErrorNotice } from '#renderer/components/ErrorNotice.tsx';
import { announce } from '#renderer/components/LiveRegion.tsx';
import { visible } from '#renderer/components/ObjectName.tsx';
import { followJob, useJobs } from '#renderer/state/jobs.ts';
import { Confirmation } from './Confirmation.tsx';
import { type Confirmed, NOTHING_CONFIRMED } from './confirmed.ts';
import { PreviewActions } from './PreviewActions.tsx';
import { PreviewView } from './PreviewView.tsx';
import { Sections } from './Section.tsx';
import { TITLE_ID } from './title-id.ts';
import { Where } from './Where.tsx';

interface Props {
  readonly connectionId: string;
  readonly request: PlanRequest;
  readonly onDone?: () => void;
  readonly onStarted: (jobId: string) => void;
  readonly onClose: () => void;
}

/** A change before it runs: previewed anew at every opening, and again when it has become too old. */
export function PreviewDialog({ connectionId, request, onDone, onStarted, onClose }: Props): ReactElement {
  const { client } = useBackend();
  const { data: connections } = useConnections();
  const connection = connections?.find(({ id }) => id === connectionId);
  const [attempt, setAttempt] = useState(0);
  const [confirmed, setConfirmed] = useState<Confirmed>(NOTHING_CONFIRMED);
  const opening = useId();
  const { data: preview, error } = useQuery({
    queryKey: ['plan-preview', opening, attempt],
    queryFn: ({ signal }) => client.plans.preview({ connectionId, request }, { signal }),
    // A plan is for one look: the next one has another id.
    gcTime: 0,
  });
  const execute = useExecute(connectionId, onDone, onStarted);
  const isOld = useIsOld(preview);
  const [saveError, setSaveError] = useState<unknown>(null);
  const again = (): void => {
    setAttempt((before) => before + 1);
    setConfirmed(NOTHING_CONFIRMED);
    execute.reset();
    setSaveError(null);
  };
  const failure = execute.error ?? saveError;
  const userError = failure === null ? null : toUserError(failure);
  // These two leave the plan as it is; everything else spends it.
  const isSpent = execute.error !== null && !['READ_ONLY', 'PLAN_REFUSED'].includes(userError?.code ?? '');
  const top = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (failure !== null) top.current?.scrollIntoView({ block: 'end' });
  }, [failure]);
  return (
    <>
      <DialogTitle id={TITLE_ID} sx={{ overflowWrap: 'anywhere', pb: 1 }} dir="auto">
        {preview
          ? visible(preview.title)
          : error
            ? 'This change is not possible now'
            : 'Preview of the change'}
      </DialogTitle>
      <DialogContent sx={{ display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', alignContent: 'start' }}>
        {connection && <Where connection={connection} />}
        <div ref={top}>
          {error && (
            <Spaced>
              <ErrorNotice error={toUserError(error)} onRetry={again} retryLabel="Preview again" />
            </Spaced>
          )}
          {userError && (
            <Spaced>
              <ErrorNotice
                error={userError}
                title={execute.error ? 'It did not start' : 'It could not be saved'}
                onRetry={isSpent || userError.code === 'PLAN_GONE' ? again : undefined}
                retryLabel="Preview again"
              />
            </Spaced>
          )}
        </div>
        {preview ? (
          <Sections sx={{ mt: 1.5 }}>
            <PreviewView preview={preview} />
            <Confirmation preview={preview} confirmed={confirmed} onChange={setConfirmed} />
          </Sections>
        ) : (
          !error && <Reading />
        )}
      </DialogContent>
      <PreviewActions
        connectionId={connectionId}
        preview={preview}
        confirmed={confirmed}
        goneBecause={isSpent ? SPENT : isOld ? EXPIRED : null}
        isStarting={execute.isPending}
        onAgain={again}
        onSaveError={setSaveError}
        onClose={onClose}
        onRun={() => {
          if (!preview) return;
          execute.mutate({
            planId: preview.planId,
            phrase: preview.phrase === null ? null : confirmed.typed.trim(),
            accepted: [...confirmed.accepted],
          });
        }}
      />
    </>
  );
}

const SPENT = 'This preview cannot be run any more; another one can.';
/** `PLAN_LIFE_MS` of the ledger. */
const EXPIRED = 'This preview is more than five minutes old: what is true now has to be looked at again.';

function Spaced({ children }: { readonly children: ReactElement }): ReactElement {
  return <div style={{ marginBlockStart: 12 }}>{children}</div>;
}

function Reading(): ReactElement {
  return (
    <div aria-busy="true" style={{ display: 'grid', gap: 12, marginBlockStart: 16 }}>
      <span role="status">Looking at what is there now. Nothing is changed by that.</span>
      <Skeleton variant="rounded" height={40} />
      <Skeleton variant="rounded" height={96} />
      <Skeleton variant="rounded" height={64} />
    </div>
  );
}

interface Consent {
  readonly planId: string;
  readonly phrase: string | null;
  readonly accepted: readonly string[];
}

function useExecute(
  connectionId: string,
  onDone: (() => void) | undefined,
  onStarted: (jobId: string) => void,
) {
  const { client } = useBackend();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ accepted, ...consent }: Consent) =>
      client.plans.execute({ connectionId, ...consent, accepted: [...accepted] }),
    onSuccess: ({ jobId }) => {
      void followJob(client, queries, connectionId, jobId).then(() => {
        if (useJobs.getState().jobs[jobId]?.job.outcome === 'done') onDone?.();
      });
      onStarted(jobId);
    },
  });
}

/** Whether the plan has become void by its age. */
function useIsOld(preview: PlanPreview | undefined): boolean {
  const [old, setOld] = useState<string | null>(null);
  useEffect(() => {
    if (!preview) return;
    const timer = window.setTimeout(() => {
      setOld(preview.planId);
      announce(EXPIRED);
    }, preview.expiresInMs);
    return () => window.clearTimeout(timer);
  }, [preview]);
  return preview !== undefined && old === preview.planId;
}
