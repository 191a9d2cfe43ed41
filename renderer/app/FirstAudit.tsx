import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import type { ReactElement } from 'react';
import { Link } from 'react-router';
import { SEVERITIES } from '#shared/model/finding.ts';
import { formatCount, formatCountOf } from '#shared/model/format.ts';
import { useChecks } from '../api/queries.ts';
import { pageAddress } from './addresses.ts';
import { type AuditRun, cancelAudit } from '../state/audit-run.ts';
import { countBySeverity } from '../state/findings.ts';
import { Panel } from '../components/Panel.tsx';
import { ProgressLine } from '../components/ProgressLine.tsx';
import { SeverityMark } from '../components/SeverityMark.tsx';
import { useStartAudit } from './use-start-audit.ts';

interface Props {
  readonly connectionId: string;
  readonly run: AuditRun | undefined;
}

/** A connection without an audit: what it would read, how far it is, or how it ended. */
export function FirstAudit({ connectionId, run }: Props): ReactElement {
  const isRunning = run?.state === 'running';
  return (
    <Box sx={{ p: 3, width: '100%', maxWidth: 720, boxSizing: 'border-box', display: 'grid', gap: 2 }}>
      <Panel title={<Title run={run} />}>
        {isRunning ? (
          <Running connectionId={connectionId} run={run} />
        ) : (
          <Waiting connectionId={connectionId} run={run} />
        )}
      </Panel>
      {run && run.findings.length > 0 && <SoFar connectionId={connectionId} run={run} />}
    </Box>
  );
}

function Title({ run }: { readonly run: AuditRun | undefined }): string {
  switch (run?.state) {
    case 'running':
      return 'The audit is running';
    case 'cancelled':
      return `The audit was cancelled after ${formatCountOf(run.checksEnded, 'check')}`;
    case 'failed':
      return 'The audit could not be finished';
    default:
      return 'Not audited yet';
  }
}

function Waiting({ connectionId, run }: Props): ReactElement {
  const start = useStartAudit(connectionId);
  const { data: checks } = useChecks();
  return (
    <Box sx={{ display: 'grid', gap: 1.5, justifyItems: 'start' }}>
      <Typography>
        PgVitals will read the catalog and the statistics in read-only transactions
        {checks ? ` and judge them with ${formatCountOf(checks.length, 'check')}` : ''}. This takes seconds,
        on a database of ten thousand tables a few more. No row of your tables is read and nothing is changed.
      </Typography>
      <Button variant="contained" size="medium" onClick={start}>
        {run ? 'Run the audit again' : 'Run the audit'}
      </Button>
    </Box>
  );
}

function Running({
  connectionId,
  run,
}: {
  readonly connectionId: string;
  readonly run: AuditRun;
}): ReactElement {
  return (
    <Box sx={{ display: 'grid', gap: 2, justifyItems: 'start' }}>
      <Box sx={{ width: '100%' }}>
        <ProgressLine label={run.label} done={run.done} total={run.total} />
      </Box>
      <Button variant="outlined" color="inherit" onClick={() => cancelAudit(connectionId)}>
        Cancel
      </Button>
    </Box>
  );
}

function SoFar({
  connectionId,
  run,
}: {
  readonly connectionId: string;
  readonly run: AuditRun;
}): ReactElement {
  const counts = countBySeverity(run.findings);
  return (
    <Panel title={run.state === 'running' ? 'Found so far' : 'Found before it ended'}>
      <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 3, mb: 1.5 }}>
        {SEVERITIES.map((severity) => (
          <Box key={severity} sx={{ display: 'flex', gap: 1, minWidth: 92 }}>
            <SeverityMark mark={severity} /> <strong>{formatCount(counts[severity])}</strong>
          </Box>
        ))}
      </Box>
      <Button component={Link} to={pageAddress(connectionId, 'findings')} variant="outlined" color="inherit">
        Show them
      </Button>
    </Panel>
  );
}
