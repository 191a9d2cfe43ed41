import Button from '@mui/material/Button';
import { styled } from '@mui/material/styles';
import Tooltip from '@mui/material/Tooltip';
import { type ReactElement, type ReactNode, useId } from 'react';
import { announce } from '#renderer/components/LiveRegion.tsx';
import { type Confirmable, type Confirmed, openPoint } from './confirmed.ts';
import { PlanActions } from './PlanActions.tsx';
import { UnlockButton } from './UnlockButton.tsx';
import { useRemainingAccess } from './use-remaining.ts';

interface Props {
  readonly connectionId: string;
  /** Undefined while it is made, and where it is refused. */
  readonly preview: Confirmable | undefined;
  readonly confirmed: Confirmed;
  /** What takes it elsewhere. */
  readonly start: ReactNode;
  /** Nothing on the server changes: it needs no unlocking. */
  readonly isLocal: boolean;
  /** Why it has to be previewed again: five minutes have passed, or it was spent; null = it can run. */
  readonly goneBecause: string | null;
  readonly isStarting: boolean;
  readonly onAgain: () => void;
  readonly onRun: () => void;
  readonly onClose: () => void;
}

/** Cancel, where the focus begins; and the verb, once everything is confirmed and changes are unlocked. */
export function PreviewActions(props: Props): ReactElement {
  const {
    connectionId,
    preview,
    confirmed,
    start,
    isLocal,
    goneBecause,
    isStarting,
    onAgain,
    onRun,
    onClose,
  } = props;
  const access = useRemainingAccess(connectionId);
  const reasonId = useId();
  const point = preview ? openPoint(preview, confirmed) : null;
  const isLocked = !isLocal && access !== null && !access.isUnlocked;
  const reason = !preview
    ? null
    : goneBecause !== null
      ? goneBecause
      : isLocked
        ? (access.reason ?? 'This connection is read-only.')
        : point;
  return (
    <PlanActions start={start} reason={<span id={reasonId}>{reason}</span>}>
      <Button autoFocus variant="outlined" color="inherit" onClick={onClose}>
        Cancel
      </Button>
      {preview &&
        (goneBecause !== null ? (
          <Button variant="contained" onClick={onAgain}>
            Preview again
          </Button>
        ) : isLocked ? (
          <UnlockButton connectionId={connectionId} isOff={access !== null && access.reason !== null} />
        ) : (
          <VerbButton
            verb={preview.verb}
            isDangerous={preview.risk === 'R3' || preview.risk === 'R4'}
            reason={
              isStarting
                ? 'It is being started.'
                : !isLocal && access === null
                  ? 'Access is being read.'
                  : point
            }
            reasonId={reasonId}
            onRun={onRun}
          />
        ))}
    </PlanActions>
  );
}

interface VerbProps {
  readonly verb: string;
  readonly isDangerous: boolean;
  /** Why it cannot be pressed; null = it can. */
  readonly reason: string | null;
  readonly reasonId: string;
  readonly onRun: () => void;
}

/** Stays reachable while it is off, so that everybody can hear why. */
function VerbButton({ verb, isDangerous, reason, reasonId, onRun }: VerbProps): ReactElement {
  return (
    <Tooltip describeChild title={reason ?? ''}>
      <Verb
        variant="contained"
        color={isDangerous ? 'error' : 'primary'}
        aria-disabled={reason !== null}
        aria-describedby={reason === null ? undefined : reasonId}
        onClick={() => (reason === null ? onRun() : announce(reason))}
      >
        {verb}
      </Verb>
    </Tooltip>
  );
}

const Verb = styled(Button)(({ theme }) => ({
  '&[aria-disabled="true"]': {
    background: theme.vars.palette.divider,
    color: theme.vars.palette.text.secondary,
    cursor: 'not-allowed',
  },
  '&[aria-disabled="true"]:hover': { background: theme.vars.palette.divider },
}));
