import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import type { ReactElement } from 'react';
import { formatCountOf } from '#shared/model/format.ts';
import { useLatestAudit } from '../api/queries.ts';
import { ErrorNotice } from '../components/ErrorNotice.tsx';
import { GrantNotice } from '../components/GrantNotice.tsx';
import { useAuditRun, useAuditRuns } from '../state/audit-run.ts';
import { useCurrentConnection } from './current.ts';
import { useStartAudit } from './use-start-audit.ts';

/** How the last audit ended, where it did not end well: above every page, for it can be started from any. */
export function RunNotice(): ReactElement | null {
  const connection = useCurrentConnection();
  return connection ? <Notice connectionId={connection.id} /> : null;
}

function Notice({ connectionId }: { readonly connectionId: string }): ReactElement | null {
  const run = useAuditRun(connectionId);
  const start = useStartAudit(connectionId);
  const { data: audit } = useLatestAudit(connectionId);
  const dismiss = (): void => useAuditRuns.getState().forget(connectionId);
  const after = audit ? ' Findings are those of the audit before.' : '';
  if (run?.state === 'failed' && run.error) {
    return (
      <Place>
        <ErrorNotice
          error={run.error}
          title={`The audit failed.${after}`}
          onRetry={start}
          onDismiss={dismiss}
        />
      </Place>
    );
  }
  // Without an audit, pages that need one say so themselves.
  if (run?.state === 'cancelled' && audit) {
    return (
      <Place>
        <GrantNotice
          action={
            <Button color="inherit" onClick={dismiss}>
              Dismiss
            </Button>
          }
        >
          The audit was cancelled after {formatCountOf(run.checksEnded, 'check')}.{after}
        </GrantNotice>
      </Place>
    );
  }
  return null;
}

function Place({ children }: { readonly children: ReactElement }): ReactElement {
  return <Box sx={{ px: 3, pt: 2 }}>{children}</Box>;
}
