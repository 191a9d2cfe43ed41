import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import Skeleton from '@mui/material/Skeleton';
import { useMutation, useQuery } from '@tanstack/react-query';
import { type ReactElement, type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { toUserError } from '#renderer/api/errors.ts';
import { useConnections } from '#renderer/api/queries.ts';
import { ErrorNotice } from '#renderer/components/ErrorNotice.tsx';
import { announce } from '#renderer/components/LiveRegion.tsx';
import { prose } from '#renderer/components/ObjectName.tsx';
import { Confirmation } from './Confirmation.tsx';
import { type Confirmable, type Confirmed, NOTHING_CONFIRMED } from './confirmed.ts';
import { PreviewActions } from './PreviewActions.tsx';
import { Sections } from './Section.tsx';
import { TITLE_ID } from './title-id.ts';
import { Where } from './Where.tsx';

/** Of a plan, whatever it changes: enough to confirm it. */
export interface Previewed extends Confirmable {
  readonly planId: string;
  readonly expiresInMs: number;
  readonly title: string;
}

export interface Consent {
  readonly planId: string;
  readonly phrase: string | null;
  readonly accepted: string[];
}

interface Props<Preview extends Previewed> {
  readonly connectionId: string;
  readonly read: (signal: AbortSignal) => Promise<Preview>;
  readonly execute: (consent: Consent) => Promise<{ readonly jobId: string }>;
  readonly onStarted: (jobId: string) => void;
  readonly onClose: () => void;
  /** What is known of it, in sections. */
  readonly view: (preview: Preview) => ReactNode;
  /** What takes it elsewhere: copy, save. `isOld`: it cannot be run any more. */
  readonly start?: (
    preview: Preview,
    state: { readonly isOld: boolean; readonly onError: (error: unknown) => void },
  ) => ReactNode;
  /** Nothing on the server changes: it needs no unlocking. */
  readonly isLocal?: boolean;
}

/** A change before it runs: previewed anew at every opening, and again when it has become too old. */
export function PreviewFrame<Preview extends Previewed>(props: Props<Preview>): ReactElement {
  const { connectionId, read, view, start, isLocal = false, onClose } = props;
  const { data: connections } = useConnections();
  const connection = connections?.find(({ id }) => id === connectionId);
  const [attempt, setAttempt] = useState(0);
  const [confirmed, setConfirmed] = useState<Confirmed>(NOTHING_CONFIRMED);
  const opening = useId();
  const { data: preview, error } = useQuery({
    queryKey: ['plan-preview', opening, attempt],
    queryFn: ({ signal }) => read(signal),
    // A plan is for one look: the next one has another id.
    gcTime: 0,
  });
  const execute = useMutation({
    mutationFn: props.execute,
    onSuccess: ({ jobId }) => props.onStarted(jobId),
  });
  const isExpired = useIsOld(preview);
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
  const isOld = isExpired || isSpent;
  const top = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (failure !== null) top.current?.scrollIntoView({ block: 'end' });
  }, [failure]);
  return (
    <>
      <DialogTitle id={TITLE_ID} sx={{ overflowWrap: 'anywhere', pb: 1 }} dir="auto">
        {preview ? prose(preview.title) : error ? 'This change is not possible now' : 'Preview of the change'}
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
            {view(preview)}
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
        start={preview && start?.(preview, { isOld, onError: setSaveError })}
        isLocal={isLocal}
        goneBecause={isSpent ? SPENT : isExpired ? EXPIRED : null}
        isStarting={execute.isPending}
        onAgain={again}
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

/** Whether the plan has become void by its age. */
function useIsOld(preview: Previewed | undefined): boolean {
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
