import Button from '@mui/material/Button';
import type { ReactElement } from 'react';
import { type BackupsOverview, TRASH_DAYS } from '#shared/model/backup.ts';
import type { BackupPlanRequest } from '#shared/contract/backups.ts';
import { useAddressState } from '#renderer/app/address-state.ts';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { PageTabs, tabOf } from '#renderer/components/PageTabs.tsx';
import { BackupsTable, totalInWords } from './BackupsTable.tsx';
import { FailuresTab } from './FailuresTab.tsx';
import { ReplacedTab } from './ReplacedTab.tsx';

interface Props {
  readonly overview: BackupsOverview;
  readonly isStandby: boolean;
  /** Another one cannot begin. */
  readonly canCreate: boolean;
  readonly onCreate: () => void;
  readonly onPlan: (request: BackupPlanRequest) => void;
}

/** The lists of the page. */
export function BackupTabs({ overview, isStandby, canCreate, onCreate, onPlan }: Props): ReactElement {
  const { backups, locations, replaced, failures } = overview;
  const { get, set } = useAddressState();
  const kept = backups.filter(({ trashedAt }) => trashedAt === null);
  const trash = backups.filter(({ trashedAt }) => trashedAt !== null);
  const tabs = [
    { id: 'backups', title: 'Backups', count: kept.length },
    { id: 'aside', title: 'Put aside by a restore', count: replaced.length },
    { id: 'trash', title: 'Trash', count: trash.length },
    { id: 'failures', title: 'Failed runs', count: failures.length },
  ] as const;
  const tab = tabOf<(typeof tabs)[number]['id']>(tabs, get('tab'));
  return (
    <PageTabs name="backups" tabs={tabs} value={tab} onChange={(next) => set({ tab: next, q: null })}>
      {tab === 'backups' && (
        <BackupsTable
          label="Backups"
          backups={kept}
          locations={locations}
          empty={
            <EmptyState
              title="There is no backup yet."
              action={
                <Button variant="contained" disabled={!canCreate} onClick={onCreate}>
                  Back up now
                </Button>
              }
            >
              A backup is one consistent copy of the database, made by pg_dump while everybody goes on
              working. PgVitals reads it back, can restore it to prove that it works, and keeps it on this
              computer or where you say.
            </EmptyState>
          }
        />
      )}
      {tab === 'trash' && (
        <BackupsTable
          label="Trash"
          backups={trash}
          locations={locations}
          isTrash
          actions={
            <Button
              variant="outlined"
              color="inherit"
              onClick={() => onPlan({ kind: 'delete', backupIds: trash.map(({ id }) => id) })}
            >
              Empty the trash…
            </Button>
          }
          empty={
            <EmptyState title="The trash is empty.">
              A backup that is deleted or cleaned up stays here for {TRASH_DAYS} days and can be had back.
            </EmptyState>
          }
        />
      )}
      {tab === 'aside' && <ReplacedTab replaced={replaced} isStandby={isStandby} onPlan={onPlan} />}
      {tab === 'failures' && <FailuresTab failures={failures} />}
      {tab === 'trash' && trash.length > 0 && (
        <span role="status">{totalInWords(trash)} in the trash; disk is given back when it is emptied.</span>
      )}
    </PageTabs>
  );
}
