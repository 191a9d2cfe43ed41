import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Skeleton from '@mui/material/Skeleton';
import { styled } from '@mui/material/styles';
import type { ReactElement, ReactNode } from 'react';
import type { Audit } from '#shared/model/audit.ts';
import { toUserError } from '../api/errors.ts';
import { useLatestAudit } from '../api/queries.ts';
import { useAuditRun } from '../state/audit-run.ts';
import { ErrorNotice } from '../components/ErrorNotice.tsx';
import { FirstAudit } from './FirstAudit.tsx';
import { GrantNotice } from '../components/GrantNotice.tsx';
import { visible } from '../components/ObjectName.tsx';
import { OutdatedNotice } from './OutdatedNotice.tsx';
import { useStartAudit } from './use-start-audit.ts';

interface Props {
  readonly connectionId: string;
  /** The page, once there is an audit to show. */
  readonly children: (audit: Audit) => ReactNode;
  /** In the shape of the page. */
  readonly skeleton?: ReactNode;
}

/** What every page of a connection shows before, instead of or above its facts. */
export function AuditGate({ connectionId, children, skeleton }: Props): ReactElement {
  const { data: audit, error, refetch } = useLatestAudit(connectionId);
  const run = useAuditRun(connectionId);
  const start = useStartAudit(connectionId);
  if (error) {
    return (
      <Box sx={{ p: 3 }}>
        <ErrorNotice
          error={toUserError(error)}
          title="The last audit could not be read"
          onRetry={() => void refetch()}
        />
      </Box>
    );
  }
  if (audit === undefined)
    return <>{skeleton ?? <Skeleton variant="rounded" height={240} sx={{ m: 3 }} />}</>;
  if (audit === null) return <FirstAudit connectionId={connectionId} run={run} />;
  return (
    <>
      {!audit.isComplete && (
        <Box sx={{ px: 3, pt: 2 }}>
          <GrantNotice
            action={
              <Button size="small" variant="outlined" color="inherit" onClick={start}>
                Run it again
              </Button>
            }
          >
            <strong>This audit did not end.</strong>{' '}
            <span dir="auto">{visible(audit.interruption ?? '')}</span> What was not checked is listed under
            coverage.
          </GrantNotice>
        </Box>
      )}
      <Notices>
        <OutdatedNotice connectionId={connectionId} audit={audit} />
      </Notices>
      {children(audit)}
    </>
  );
}

const Notices = styled('div')({ padding: '16px 24px 0', '&:empty': { display: 'none' } });
