import Dialog from '@mui/material/Dialog';
import useMediaQuery from '@mui/material/useMediaQuery';
import { type ReactElement, useState } from 'react';
import { type PlanTarget, usePlanDialog } from '#renderer/state/plan-dialog.ts';
import { JobDialog } from './JobDialog.tsx';
import { PreviewDialog } from './PreviewDialog.tsx';
import { TITLE_ID } from './title-id.ts';

/**
 * The one place where a change is confirmed: what it does, what it locks, what it cannot undo; then how far it is, and
 * what came of it. Closing it never ends a job.
 */
export function PlanDialog(): ReactElement {
  const { target, opening, close } = usePlanDialog();
  // While it fades out it still shows what it was about.
  const [last, setLast] = useState<PlanTarget | null>(target);
  if (target !== null && target !== last) setLast(target);
  const isSmall = useMediaQuery('(max-width: 720px), (max-height: 560px)');
  return (
    <Dialog
      open={target !== null}
      onClose={close}
      maxWidth="md"
      fullWidth
      fullScreen={isSmall}
      aria-labelledby={TITLE_ID}
    >
      {last && <Content key={opening} target={last} onClose={close} />}
    </Dialog>
  );
}

function Content({
  target,
  onClose,
}: {
  readonly target: PlanTarget;
  readonly onClose: () => void;
}): ReactElement {
  const [started, setStarted] = useState<string | null>(null);
  const jobId = 'jobId' in target ? target.jobId : started;
  const { connectionId } = target;
  if (jobId !== null) {
    const onAgain = 'request' in target ? () => setStarted(null) : undefined;
    return <JobDialog connectionId={connectionId} jobId={jobId} onAgain={onAgain} onClose={onClose} />;
  }
  if (!('request' in target)) throw new Error('neither a change nor a job');
  return <PreviewDialog {...target} onStarted={setStarted} onClose={onClose} />;
}
