import UnlockIcon from '@mui/icons-material/LockOpenOutlined';
import Button from '@mui/material/Button';
import Tooltip from '@mui/material/Tooltip';
import type { ReactElement } from 'react';
import { useSetAccess } from '#renderer/api/plans.ts';
import { toUserError } from '#renderer/api/errors.ts';
import { announce } from '#renderer/components/LiveRegion.tsx';

/** Allows changes for a while, where they are needed. */
export function UnlockButton({
  connectionId,
  isOff = false,
  onUnlocked,
}: {
  readonly connectionId: string;
  readonly isOff?: boolean;
  readonly onUnlocked?: () => void;
}): ReactElement {
  const setAccess = useSetAccess(connectionId);
  return (
    <Tooltip describeChild title={setAccess.error ? toUserError(setAccess.error).message : ''}>
      <span>
        <Button
          variant="contained"
          startIcon={<UnlockIcon />}
          disabled={isOff || setAccess.isPending}
          onClick={() =>
            setAccess.mutate(true, {
              onSuccess: () => {
                announce('Changes are allowed for 15 minutes');
                onUnlocked?.();
              },
              onError: (error) => announce(toUserError(error).message),
            })
          }
        >
          Unlock changes for 15 minutes
        </Button>
      </span>
    </Tooltip>
  );
}
