import Button from '@mui/material/Button';
import type { ReactElement } from 'react';
import type { Audit } from '#shared/model/audit.ts';
import { formatCountOf } from '#shared/model/format.ts';
import { useJournal } from '../api/plans.ts';
import { GrantNotice } from '../components/GrantNotice.tsx';
import { useAuditRun } from '../state/audit-run.ts';
import { useStartAudit } from './use-start-audit.ts';

interface Props {
  readonly connectionId: string;
  readonly audit: Audit;
}

/** What was changed since the audit read its facts: some of its findings may be gone. */
export function OutdatedNotice({ connectionId, audit }: Props): ReactElement | null {
  const { data: journal = [] } = useJournal(connectionId);
  const start = useStartAudit(connectionId);
  const run = useAuditRun(connectionId);
  const changes = journal
    .filter(({ endedAt }) => endedAt !== null && Date.parse(endedAt) > Date.parse(audit.startedAt))
    .reduce((sum, { doneCount }) => sum + doneCount, 0);
  if (changes === 0 || run?.state === 'running') return null;
  return (
    <GrantNotice
      action={
        <Button variant="outlined" color="inherit" onClick={start}>
          Run the audit again
        </Button>
      }
    >
      {formatCountOf(changes, 'change was', 'changes were')} made since this audit: some of its findings may
      be fixed.
    </GrantNotice>
  );
}
