import BackupIcon from '@mui/icons-material/BackupOutlined';
import Button from '@mui/material/Button';
import Skeleton from '@mui/material/Skeleton';
import { styled } from '@mui/material/styles';
import Typography from '@mui/material/Typography';
import { type ReactElement, useState } from 'react';
import type { BackupsOverview } from '#shared/model/backup.ts';
import type { BackupPlanRequest } from '#shared/contract/backups.ts';
import { useBackups } from '#renderer/api/backups.ts';
import { toUserError } from '#renderer/api/errors.ts';
import { useConnections } from '#renderer/api/queries.ts';
import { useAddressState } from '#renderer/app/address-state.ts';
import type { PageProps } from '#renderer/app/addresses.ts';
import { ErrorNotice } from '#renderer/components/ErrorNotice.tsx';
import { GrantNotice } from '#renderer/components/GrantNotice.tsx';
import { useBackupJobs } from '#renderer/state/backup-jobs.ts';
import { BackupDrawer } from './BackupDrawer.tsx';
import { BackupPlanDialog } from './BackupPlanDialog.tsx';
import { BackupTabs } from './BackupTabs.tsx';
import { CreateDialog } from './CreateDialog.tsx';
import { JobPanel } from './JobPanel.tsx';
import { NextStep } from './NextStep.tsx';
import { RecoveryPlanMenu } from './RecoveryPlanMenu.tsx';
import { RecoveryTiles } from './RecoveryTiles.tsx';
import { RulesDialog } from './RulesDialog.tsx';
import { ToolRefusal } from './ToolLine.tsx';

/** If it burned now, what would I lose? */
export function BackupsPage({ connectionId }: PageProps): ReactElement {
  const { data, error, refetch, dataUpdatedAt } = useBackups(connectionId);
  const failure = error && (
    <ErrorNotice
      error={toUserError(error)}
      title={data ? 'Could not be read again. What you see is from before.' : 'Backups could not be read'}
      onRetry={() => void refetch()}
    />
  );
  return (
    <Page>
      {data ? (
        <Content connectionId={connectionId} overview={data} readAtMs={dataUpdatedAt} failure={failure} />
      ) : (
        <>
          <Head />
          {failure ?? <Loading />}
        </>
      )}
    </Page>
  );
}

interface ContentProps {
  readonly connectionId: string;
  readonly overview: BackupsOverview;
  readonly readAtMs: number;
  /** Of the last reading. */
  readonly failure: ReactElement | null;
}

type Asks = 'rules' | { readonly plan: BackupPlanRequest };

function Content({ connectionId, overview, readAtMs, failure }: ContentProps): ReactElement {
  const { get, set } = useAddressState();
  const [asks, setAsks] = useState<Asks | null>(null);
  const [saveError, setSaveError] = useState<unknown>(null);
  const job = useBackupJobs((state) => state.jobs[connectionId]);
  const { data: connections } = useConnections();
  const isRunning = job?.outcome === 'running';
  const connection = connections?.find(({ id }) => id === connectionId);
  const isStandby = connection?.isStandby === true;
  const way = connection?.directConnection ?? null;
  const close = (): void => setAsks(null);
  // In the address, so that the palette and links can ask for it.
  const create = (): void => set({ make: 'backup' });
  const canCreate = overview.tools.chosen !== null && !isRunning && way === null;
  const plan = (request: BackupPlanRequest): void => setAsks({ plan: request });
  return (
    <>
      <Head>
        <Button variant="contained" startIcon={<BackupIcon />} disabled={!canCreate} onClick={create}>
          Back up now
        </Button>
        <RecoveryPlanMenu connectionId={connectionId} onError={setSaveError} />
        <Button
          variant="outlined"
          color="inherit"
          disabled={overview.backups.length === 0 || isRunning}
          onClick={() => plan({ kind: 'prune' })}
        >
          Clean up…
        </Button>
        <Button variant="outlined" color="inherit" onClick={() => setAsks('rules')}>
          Rules and places…
        </Button>
      </Head>
      {failure}
      {saveError !== null && (
        <ErrorNotice
          error={toUserError(saveError)}
          title="The recovery plan could not be saved"
          onDismiss={() => setSaveError(null)}
        />
      )}
      <RecoveryTiles overview={overview} readAtMs={readAtMs} />
      <Notices overview={overview} isStandby={isStandby} way={way} onChooseClient={() => setAsks('rules')} />
      {job && (
        <JobPanel
          key={job.id}
          connectionId={connectionId}
          job={job}
          next={<NextStep job={job} overview={overview} onCreate={create} onPlan={plan} />}
        />
      )}
      <BackupTabs
        overview={overview}
        isStandby={isStandby}
        canCreate={canCreate}
        onCreate={create}
        onPlan={plan}
      />
      <BackupDrawer
        connectionId={connectionId}
        overview={overview}
        backupId={get('backup')}
        onPlan={(request) => {
          set({ backup: null });
          plan(request);
        }}
        onClose={() => set({ backup: null })}
      />
      {canCreate && get('make') === 'backup' && (
        <CreateDialog
          connectionId={connectionId}
          overview={overview}
          onClose={() => set({ make: null }, { replace: true })}
        />
      )}
      {asks === 'rules' && <RulesDialog connectionId={connectionId} overview={overview} onClose={close} />}
      {asks !== null && typeof asks === 'object' && (
        <BackupPlanDialog connectionId={connectionId} request={asks.plan} onClose={close} />
      )}
    </>
  );
}

interface NoticesProps {
  readonly overview: BackupsOverview;
  readonly isStandby: boolean;
  /** How to get past the pooler; null on a direct connection. */
  readonly way: string | null;
  readonly onChooseClient: () => void;
}

/** What keeps this page from being whole: a client, a place, a primary. */
function Notices({ overview, isStandby, way, onChooseClient }: NoticesProps): ReactElement {
  const { tools, notices } = overview;
  return (
    <>
      <ToolRefusal tools={tools} onChoose={onChooseClient} />
      {way !== null && (
        <GrantNotice>
          A pooler in transaction mode stands in between: backing up and restoring need a connection to the
          server itself, for a snapshot is that of one session. {way}
        </GrantNotice>
      )}
      {isStandby && (
        <GrantNotice>
          This server is a standby: backups can be made and verified on a server of PgVitals’ own; restoring
          into it is for the primary.
        </GrantNotice>
      )}
      {notices.map((notice) => (
        <GrantNotice key={notice}>{notice}</GrantNotice>
      ))}
    </>
  );
}

function Head({ children }: { readonly children?: React.ReactNode }): ReactElement {
  return (
    <header>
      <div className="words">
        <Typography variant="h1">Backups</Typography>
        <Typography className="question">If it burned now, what would I lose?</Typography>
      </div>
      {children}
    </header>
  );
}

function Loading(): ReactElement {
  return (
    <div aria-busy="true" className="loading">
      <Skeleton variant="rounded" height={66} />
      <Skeleton variant="rounded" height={36} width={420} />
      <Skeleton variant="rounded" sx={{ flex: 1, minHeight: 240 }} />
    </div>
  );
}

const Page = styled('div')(({ theme }) => ({
  display: 'flex',
  flexDirection: 'column',
  gap: 12,
  padding: '16px 24px 24px',
  flex: '1 0 auto',
  minHeight: 560,
  boxSizing: 'border-box',
  '& > header': { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: '8px' },
  '& > header > .words': { flex: '1 1 320px', minWidth: 0 },
  '& .question': { color: theme.vars.palette.text.secondary },
  '& .loading': { display: 'flex', flexDirection: 'column', gap: 12, flex: 1 },
}));
