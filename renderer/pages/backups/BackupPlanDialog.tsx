import Dialog from '@mui/material/Dialog';
import useMediaQuery from '@mui/material/useMediaQuery';
import type { ReactElement } from 'react';
import type { BackupPlanRequest } from '#shared/contract/backups.ts';
import { useBackend } from '#renderer/api/client.ts';
import { PreviewFrame } from '#renderer/app/plan/PreviewFrame.tsx';
import { TITLE_ID } from '#renderer/app/plan/title-id.ts';
import { CopyButton } from '#renderer/components/CopyButton.tsx';
import { scriptOf } from '#renderer/components/SqlBlock.tsx';
import { BackupPlanView } from './BackupPlanView.tsx';
import { useFollowBackupJob } from './use-backup-job.ts';

interface Props {
  readonly connectionId: string;
  readonly request: BackupPlanRequest;
  readonly onClose: () => void;
}

/** What writes into the server or takes a backup away, before it runs. */
export function BackupPlanDialog({ connectionId, request, onClose }: Props): ReactElement {
  const { client } = useBackend();
  const follow = useFollowBackupJob(connectionId);
  const isSmall = useMediaQuery('(max-width: 720px), (max-height: 560px)');
  return (
    <Dialog open onClose={onClose} maxWidth="md" fullWidth fullScreen={isSmall} aria-labelledby={TITLE_ID}>
      <PreviewFrame
        connectionId={connectionId}
        isLocal={request.kind === 'delete' || request.kind === 'prune'}
        read={(signal) => client.backups.preview({ connectionId, request }, { signal })}
        execute={(consent) => client.backups.execute({ connectionId, ...consent })}
        onStarted={(jobId) => {
          follow(jobId);
          onClose();
        }}
        onClose={onClose}
        view={(preview) => <BackupPlanView preview={preview} />}
        start={({ sql }) =>
          sql.length > 0 && <CopyButton text={scriptOf(sql)} what="SQL of the change" label="Copy SQL" />
        }
      />
    </Dialog>
  );
}
