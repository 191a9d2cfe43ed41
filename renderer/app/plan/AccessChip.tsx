import LockIcon from '@mui/icons-material/LockOutlined';
import UnlockIcon from '@mui/icons-material/LockOpenOutlined';
import Button from '@mui/material/Button';
import Popover from '@mui/material/Popover';
import { styled } from '@mui/material/styles';
import { type ReactElement, useEffect, useId, useRef, useState } from 'react';
import { useSetAccess } from '#renderer/api/plans.ts';
import { toUserError } from '#renderer/api/errors.ts';
import { ErrorNotice } from '#renderer/components/ErrorNotice.tsx';
import { announce } from '#renderer/components/LiveRegion.tsx';
import { type RemainingAccess, useRemainingAccess } from './use-remaining.ts';

/** Read-only, or for how long changes are allowed; says what that means, and turns it over. */
export function AccessChip({ connectionId }: { readonly connectionId: string }): ReactElement | null {
  const access = useRemainingAccess(connectionId);
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const titleId = useId();
  useAnnouncements(access);
  if (!access) return null;
  const close = (): void => setAnchor(null);
  return (
    <>
      <Chip
        color="inherit"
        variant="outlined"
        className={access.isUnlocked ? 'unlocked' : ''}
        startIcon={access.isUnlocked ? <UnlockIcon /> : <LockIcon />}
        aria-haspopup="dialog"
        aria-expanded={anchor !== null}
        onClick={(event) => setAnchor(event.currentTarget)}
      >
        {access.isUnlocked ? (
          <>
            Changes allowed <span className="clock">{clock(access.remainingMs)}</span>
          </>
        ) : (
          'Read-only'
        )}
      </Chip>
      <Popover
        open={anchor !== null}
        anchorEl={anchor}
        onClose={close}
        anchorOrigin={{ vertical: 'bottom', horizontal: 'right' }}
        transformOrigin={{ vertical: 'top', horizontal: 'right' }}
        slotProps={{ paper: { role: 'dialog', 'aria-labelledby': titleId } }}
      >
        <Explanation connectionId={connectionId} access={access} titleId={titleId} onClose={close} />
      </Popover>
    </>
  );
}

interface ExplanationProps {
  readonly connectionId: string;
  readonly access: RemainingAccess;
  readonly titleId: string;
  readonly onClose: () => void;
}

function Explanation({ connectionId, access, titleId, onClose }: ExplanationProps): ReactElement {
  const setAccess = useSetAccess(connectionId);
  const turn = (unlock: boolean): void => setAccess.mutate(unlock, { onSuccess: onClose });
  return (
    <Words>
      <h2 id={titleId}>{access.isUnlocked ? 'Changes are allowed' : 'This connection is read-only'}</h2>
      <p>
        {access.reason ??
          (access.isUnlocked
            ? 'Each change is still previewed and confirmed on its own. When the time is over, the connection is read-only again; what runs then goes on.'
            : 'PgVitals refuses every change until you unlock them for 15 minutes. Each one is still previewed and confirmed on its own.')}
      </p>
      {setAccess.error && <ErrorNotice error={toUserError(setAccess.error)} />}
      <div className="buttons">
        {access.isUnlocked ? (
          <>
            <Button variant="outlined" color="inherit" onClick={() => turn(true)}>
              15 more minutes
            </Button>
            <Button autoFocus variant="contained" onClick={() => turn(false)}>
              Make it read-only
            </Button>
          </>
        ) : (
          <>
            <Button autoFocus variant="outlined" color="inherit" onClick={onClose}>
              Stay read-only
            </Button>
            <Button
              variant="contained"
              disabled={access.reason !== null || setAccess.isPending}
              onClick={() => turn(true)}
            >
              Unlock changes for 15 minutes
            </Button>
          </>
        )}
      </div>
    </Words>
  );
}

const LAST_MINUTE_MS = 60_000;

/** Says when it turns over, and when the last minute begins; every second would be noise. */
function useAnnouncements(access: RemainingAccess | null): void {
  const before = useRef<RemainingAccess | null>(null);
  useEffect(() => {
    const last = before.current;
    if (last && access) {
      if (last.isUnlocked !== access.isUnlocked)
        announce(
          access.isUnlocked ? 'Changes are allowed for 15 minutes' : 'The connection is read-only again',
        );
      else if (last.remainingMs > LAST_MINUTE_MS && access.remainingMs <= LAST_MINUTE_MS)
        announce('One minute left until the connection is read-only again');
    }
    before.current = access;
  }, [access]);
}

/** "14:32" */
function clock(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

const Chip = styled(Button)(({ theme }) => ({
  whiteSpace: 'nowrap',
  '&.unlocked': {
    background: theme.vars.palette.notice.background,
    borderColor: theme.vars.palette.notice.border,
  },
  // Two minutes and ten minutes take the same width: the bar must not jump.
  '& .clock': {
    display: 'inline-block',
    minWidth: '2.9em',
    marginInlineStart: 4,
    textAlign: 'end',
    fontVariantNumeric: 'tabular-nums',
  },
}));

const Words = styled('div')(({ theme }) => ({
  display: 'grid',
  gap: 10,
  maxWidth: 400,
  padding: 16,
  '& h2': { ...theme.typography.h2, margin: 0 },
  '& p': { margin: 0 },
  '& .buttons': { display: 'flex', flexWrap: 'wrap', justifyContent: 'flex-end', gap: 8 },
}));
