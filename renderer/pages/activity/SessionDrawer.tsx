import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import type { ActivityOverview, SessionRow } from '#shared/model/activity.ts';
import { useBackend } from '#renderer/api/client.ts';
import { keys } from '#renderer/api/queries.ts';
import { PlanButtons } from '#renderer/app/plan/PlanButtons.tsx';
import { RunPlanButton } from '#renderer/app/plan/RunPlanButton.tsx';
import { DetailDrawer } from '#renderer/components/DetailDrawer.tsx';
import { DrawerSection } from '#renderer/components/DrawerSection.tsx';
import { EvidenceList } from '#renderer/components/EvidenceList.tsx';
import { FixView } from '#renderer/components/FixView.tsx';
import { Pending } from '#renderer/components/Pending.tsx';
import { SqlBlock } from '#renderer/components/SqlBlock.tsx';

interface Props {
  readonly connectionId: string;
  readonly data: ActivityOverview;
  readonly pid: number;
  readonly backendStartedAt: string | null;
  readonly gid: string | null;
  readonly onClose: () => void;
}

/** One session, or one prepared transaction: all that is known of it, and how to end it. */
export function SessionDrawer(props: Props): ReactElement {
  const { connectionId, data, pid, backendStartedAt, gid, onClose } = props;
  const session = data.sessions.find((row) => row.pid === pid && row.backendStartedAt === backendStartedAt);
  return (
    <DetailDrawer
      isOpen={backendStartedAt !== null || gid !== null}
      label={gid === null ? 'Session' : 'Prepared transaction'}
      onClose={onClose}
    >
      <Box sx={{ display: 'grid', gap: 2.5 }}>
        <Typography variant="h1" component="h2" sx={{ overflowWrap: 'anywhere' }}>
          {gid === null ? `pid ${pid}` : gid}
        </Typography>
        {gid === null && session && (
          <>
            <EvidenceList evidence={evidenceOf(session)} />
            {session.query !== null && (
              <DrawerSection title={session.state === 'active' ? 'Runs' : 'Ran last'}>
                <SqlBlock statements={[session.query]} label="Statement of the session" />
              </DrawerSection>
            )}
          </>
        )}
        {gid === null && !session && backendStartedAt !== null && (
          <Typography role="status">This session has ended.</Typography>
        )}
        {(gid !== null || (session && !session.isOwn && session.isClient)) && (
          <PlanButtons>
            {session?.state === 'active' && gid === null && (
              <RunPlanButton
                connectionId={connectionId}
                request={{ verb: 'cancel-query', pid, backendStartedAt: backendStartedAt ?? '' }}
              >
                Cancel query…
              </RunPlanButton>
            )}
            {gid === null ? (
              <RunPlanButton
                connectionId={connectionId}
                request={{ verb: 'end-session', pid, backendStartedAt: backendStartedAt ?? '' }}
              >
                End session…
              </RunPlanButton>
            ) : (
              <RunPlanButton connectionId={connectionId} request={{ verb: 'rollback-prepared', gid }}>
                Roll back…
              </RunPlanButton>
            )}
          </PlanButtons>
        )}
        {(gid !== null || (session && !session.isOwn && session.isClient)) && (
          <Fixes
            connectionId={connectionId}
            target={gid === null ? { pid, backendStartedAt: backendStartedAt ?? '' } : { gid }}
          />
        )}
      </Box>
    </DetailDrawer>
  );
}

type Target = { readonly gid: string } | { readonly pid: number; readonly backendStartedAt: string };

function Fixes({ connectionId, target }: { readonly connectionId: string; readonly target: Target }) {
  const { client } = useBackend();
  const query = useQuery({
    queryKey: [...keys.insight(connectionId), 'session', target],
    queryFn: ({ signal }) =>
      'gid' in target
        ? client.activity.preparedFixes({ connectionId, ...target }, { signal })
        : client.activity.sessionFixes({ connectionId, ...target }, { signal }),
  });
  const { data } = query;
  if (!data) return <Pending query={query} failure="What can be done could not be read" height={180} />;
  return (
    <>
      {data.fixes.map((fix) => (
        <FixView key={fix.title} fix={fix} />
      ))}
    </>
  );
}

function evidenceOf(session: SessionRow) {
  return {
    role: session.role ?? 'none',
    database: session.database ?? 'none',
    application: session.application || 'not named',
    client: session.client ?? 'local',
    type: session.type ?? 'hidden from this role',
    state: session.state ?? 'hidden from this role',
    waitsFor: session.wait ?? 'nothing',
    ...(session.xactAgeMs === null ? {} : { transactionAgeMs: session.xactAgeMs }),
    ...(session.queryAgeMs === null ? {} : { statementAgeMs: session.queryAgeMs }),
    ...(session.stateAgeMs === null ? {} : { inThisStateMs: session.stateAgeMs }),
    connectedSinceAt: session.backendStartedAt,
    blockedBy: session.blockedBy.length === 0 ? 'nobody' : session.blockedBy.join(', '),
  };
}
