import Button from '@mui/material/Button';
import type { ReactElement } from 'react';
import type { BackupJob, BackupsOverview } from '#shared/model/backup.ts';
import type { BackupPlanRequest } from '#shared/contract/backups.ts';
import { useAddressState } from '#renderer/app/address-state.ts';

interface Props {
  readonly job: BackupJob;
  readonly overview: BackupsOverview;
  readonly onCreate: () => void;
  readonly onPlan: (request: BackupPlanRequest) => void;
}

/** What one does next with what a job left: prove it, look at it, take it back, try again. */
export function NextStep({ job, overview, onCreate, onPlan }: Props): ReactElement | null {
  const { set } = useAddressState();
  const backup = overview.backups.find(({ id }) => id === job.backupId);
  const open = backup && (
    <Button variant="outlined" color="inherit" onClick={() => set({ backup: backup.id })}>
      {job.kind === 'create' && job.outcome === 'done' ? 'Open and verify it' : 'Open the backup'}
    </Button>
  );
  if (job.kind === 'create' && job.outcome !== 'done')
    return (
      <Button variant="outlined" color="inherit" onClick={onCreate}>
        Try again…
      </Button>
    );
  if (job.kind === 'replace' && job.outcome === 'done') {
    const [old] = overview.replaced
      .filter(({ database, isThere }) => isThere && database === overview.database.name)
      .toSorted((a, b) => Date.parse(b.replacedAt) - Date.parse(a.replacedAt));
    return old ? (
      <Button
        variant="outlined"
        color="inherit"
        onClick={() => onPlan({ kind: 'swap-back', replacedId: old.id })}
      >
        Swap back…
      </Button>
    ) : null;
  }
  return open ?? null;
}
