import AuditIcon from '@mui/icons-material/FactCheckOutlined';
import StopIcon from '@mui/icons-material/StopCircleOutlined';
import Button from '@mui/material/Button';
import { styled } from '@mui/material/styles';
import { useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useEffect, useRef } from 'react';
import { formatCountOf } from '#shared/model/format.ts';
import { useBackend } from '../api/client.ts';
import { announce } from '../components/LiveRegion.tsx';
import { ProgressLine } from '../components/ProgressLine.tsx';
import { type AuditRun, cancelAudit, startAudit, useAuditRun } from '../state/audit-run.ts';

/** Starts an audit, shows how far it is, and stops it. */
export function AuditControl({ connectionId }: { readonly connectionId: string }): ReactElement {
  const { client } = useBackend();
  const queries = useQueryClient();
  const run = useAuditRun(connectionId);
  useAnnouncements(run);
  if (run?.state !== 'running') {
    return (
      <Button
        variant="contained"
        startIcon={<AuditIcon />}
        aria-keyshortcuts="Control+Shift+A Meta+Shift+A"
        onClick={() => void startAudit(client, queries, connectionId)}
      >
        Run audit
      </Button>
    );
  }
  return (
    <Running>
      <ProgressLine label={run.label} done={run.done} total={run.total} />
      <Button
        color="inherit"
        variant="outlined"
        startIcon={<StopIcon />}
        onClick={() => cancelAudit(connectionId)}
      >
        Cancel
      </Button>
    </Running>
  );
}

/** Says when a run ends; every step would be noise. */
function useAnnouncements(run: AuditRun | undefined): void {
  const before = useRef(run?.state);
  useEffect(() => {
    if (before.current === 'running' && run) {
      if (run.state === 'done') announce(`Audit finished: ${formatCountOf(run.findings.length, 'finding')}`);
      if (run.state === 'cancelled') announce('Audit cancelled');
      if (run.state === 'failed') announce(`Audit failed: ${run.error?.message ?? ''}`);
    }
    before.current = run?.state;
  }, [run]);
}

const Running = styled('div')({
  display: 'grid',
  gridTemplateColumns: 'minmax(100px, 220px) auto',
  alignItems: 'center',
  gap: 12,
});
