import Button from '@mui/material/Button';
import { styled } from '@mui/material/styles';
import Tooltip from '@mui/material/Tooltip';
import type { ReactElement } from 'react';
import type { BackupDetails } from '#shared/model/backup.ts';
import { useBackupChange } from '#renderer/api/backups.ts';
import { useBackend } from '#renderer/api/client.ts';
import { toUserError } from '#renderer/api/errors.ts';
import { useAppInfo } from '#renderer/api/queries.ts';
import { ErrorNotice } from '#renderer/components/ErrorNotice.tsx';
import { useMutation } from '@tanstack/react-query';
import { useBackupJob } from './use-backup-job.ts';

interface Props {
  readonly connectionId: string;
  readonly backup: BackupDetails;
  /** Why it can be neither verified nor restored; null = it can. */
  readonly canBeProven: string | null;
  readonly onVerify: () => void;
  readonly onRestore: () => void;
  readonly onStarted: () => void;
  readonly onDelete: () => void;
}

/** What can be done with a backup; in the trash only to have it back or to let it go. */
export function BackupActions(props: Props): ReactElement {
  const { connectionId, backup, canBeProven, onVerify, onRestore, onStarted, onDelete } = props;
  const { id: backupId, isPinned, busy, trust } = backup;
  const { client } = useBackend();
  const { data: info } = useAppInfo();
  const pin = useBackupChange(connectionId, (api, next: boolean) =>
    api.backups.setPinned({ connectionId, backupId, isPinned: next }),
  );
  const recover = useBackupChange(connectionId, (api) => api.backups.recover({ connectionId, backupId }));
  const adopt = useBackupJob(connectionId, (api) => api.backups.adopt({ connectionId, backupId }), onStarted);
  const show = useMutation({ mutationFn: () => client.backups.openFolder({ connectionId, backupId }) });
  const error = pin.error ?? recover.error ?? adopt.error ?? show.error;
  const isBusy = busy === null ? null : `It is ${busy}.`;
  const isGone = backup.trashedAt !== null;
  const whyKept =
    trust === 'foreign'
      ? 'It was not made here, so PgVitals leaves it alone.'
      : isPinned
        ? 'It is pinned: unpin it first.'
        : null;
  return (
    <div>
      <Buttons>
        {isGone ? (
          <Action isMain reason={isBusy} onClick={() => recover.mutate(undefined)}>
            Take out of the trash
          </Action>
        ) : trust === 'foreign' ? (
          <Action isMain reason={isBusy} onClick={() => adopt.mutate(undefined)}>
            Import
          </Action>
        ) : (
          <>
            <Action isMain={trust !== 'verified'} reason={isBusy ?? canBeProven} onClick={onVerify}>
              Verify…
            </Action>
            <Action reason={isBusy ?? canBeProven} onClick={onRestore}>
              Restore…
            </Action>
            <Action onClick={() => pin.mutate(!isPinned)}>{isPinned ? 'Unpin' : 'Pin'}</Action>
          </>
        )}
        {info?.host === 'desktop' && trust !== 'missing' && (
          <Action onClick={() => show.mutate()}>Open folder</Action>
        )}
        <Action reason={isBusy ?? whyKept} onClick={onDelete}>
          {isGone ? 'Delete for good…' : 'Delete…'}
        </Action>
      </Buttons>
      {error && (
        <div style={{ marginBlockStart: 8 }}>
          <ErrorNotice error={toUserError(error)} title="It could not be done" />
        </div>
      )}
    </div>
  );
}

interface ActionProps {
  readonly children: string;
  readonly isMain?: boolean;
  /** Why it cannot be pressed; null = it can. */
  readonly reason?: string | null;
  readonly onClick: () => void;
}

function Action({ children, isMain = false, reason = null, onClick }: ActionProps): ReactElement {
  return (
    <Tooltip describeChild title={reason ?? ''}>
      {/* A disabled button swallows the pointer events that the tooltip needs. */}
      <span>
        <Button
          variant={isMain ? 'contained' : 'outlined'}
          color={isMain ? 'primary' : 'inherit'}
          disabled={reason !== null}
          onClick={onClick}
        >
          {children}
        </Button>
      </span>
    </Tooltip>
  );
}

const Buttons = styled('div')({ display: 'flex', flexWrap: 'wrap', gap: 8 });
