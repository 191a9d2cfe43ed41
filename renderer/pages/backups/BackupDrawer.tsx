import { type ReactElement, useState } from 'react';
import type { BackupDetails, BackupsOverview } from '#shared/model/backup.ts';
import type { BackupPlanRequest } from '#shared/contract/backups.ts';
import { useBackupDetails } from '#renderer/api/backups.ts';
import { DetailDrawer } from '#renderer/components/DetailDrawer.tsx';
import { Pending } from '#renderer/components/Pending.tsx';
import { BackupActions } from './BackupActions.tsx';
import { BackupContents } from './BackupContents.tsx';
import { BackupSummary } from './BackupSummary.tsx';
import { RestoreDialog } from './RestoreDialog.tsx';
import { VerificationHistory } from './VerificationHistory.tsx';
import { VerifyDialog } from './VerifyDialog.tsx';

interface Props {
  readonly connectionId: string;
  readonly overview: BackupsOverview;
  /** Null = closed. */
  readonly backupId: string | null;
  readonly onPlan: (request: BackupPlanRequest) => void;
  readonly onClose: () => void;
}

/** One backup: can I rely on it, what is in it, and what can I do with it? */
export function BackupDrawer(props: Props): ReactElement {
  const { backupId, onClose } = props;
  return (
    <DetailDrawer isOpen={backupId !== null} label="Backup" onClose={onClose}>
      {backupId !== null && <Detail key={backupId} {...props} backupId={backupId} />}
    </DetailDrawer>
  );
}

function Detail({
  connectionId,
  overview,
  backupId,
  onPlan,
  onClose,
}: Props & { readonly backupId: string }): ReactElement {
  const query = useBackupDetails(connectionId, backupId);
  const [asks, setAsks] = useState<'verify' | 'restore' | null>(null);
  const { data: backup } = query;
  if (!backup) return <Pending query={query} failure="The backup could not be read" height={420} />;
  return (
    <div style={{ display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', gap: 20 }}>
      <BackupSummary connectionId={connectionId} backup={backup} />
      <BackupActions
        connectionId={connectionId}
        backup={backup}
        canBeProven={canBeProven(backup, overview)}
        onVerify={() => setAsks('verify')}
        onRestore={() => setAsks('restore')}
        onStarted={onClose}
        onDelete={() => onPlan({ kind: 'delete', backupIds: [backup.id] })}
      />
      <VerificationHistory verifications={backup.verifications} />
      <BackupContents backup={backup} locations={overview.locations} />
      {asks === 'verify' && (
        <VerifyDialog
          connectionId={connectionId}
          backup={backup}
          onClose={() => setAsks(null)}
          onStarted={onClose}
        />
      )}
      {asks === 'restore' && (
        <RestoreDialog
          backup={backup}
          database={overview.database.name}
          onClose={() => setAsks(null)}
          onPlan={(request) => {
            setAsks(null);
            onPlan(request);
          }}
        />
      )}
    </div>
  );
}

/** Nothing to verify or to restore with, and nothing to verify or to restore. */
function canBeProven({ trust }: BackupDetails, { tools }: BackupsOverview): string | null {
  if (tools.chosen === null) return 'There is no PostgreSQL client for that on this machine.';
  if (trust === 'missing') return 'Its place is not there now.';
  if (trust === 'foreign') return 'It is foreign: import it first.';
  return null;
}
