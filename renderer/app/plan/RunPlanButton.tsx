import Button from '@mui/material/Button';
import Tooltip from '@mui/material/Tooltip';
import type { ReactElement } from 'react';
import type { ActionRequest, PlanRequest } from '#shared/model/plan-request.ts';
import { useConnections } from '#renderer/api/queries.ts';
import { useRunPlan } from './use-run-plan.ts';

interface Props {
  readonly connectionId: string;
  /** One action, or a whole request. */
  readonly request: ActionRequest | PlanRequest;
  /** Verb and three dots: what opens is a preview. */
  readonly children: string;
  /** The thing that the page is about to propose, where it proposes one. */
  readonly isProposed?: boolean;
  /** Something that the request needs is still missing. */
  readonly isOff?: boolean;
  readonly onDone?: () => void;
}

/** Asks for a change: previews it in the dialog, where it is confirmed. */
export function RunPlanButton(props: Props): ReactElement {
  const { connectionId, request, children, isProposed, isOff = false, onDone } = props;
  const run = useRunPlan(connectionId);
  const { data: connections } = useConnections();
  const connection = connections?.find(({ id }) => id === connectionId);
  const isStandby = connection?.isStandby === true;
  const way = connection?.directConnection ?? null;
  // Through a pooler a preview is worth reading all the same: it says what stops it, and its SQL can be copied.
  const hint =
    way === null ? '' : `A preview only: running it needs a connection to the server itself. ${way}`;
  return (
    <Tooltip describeChild title={isStandby ? 'This server is a standby: it takes no changes.' : hint}>
      {/* A disabled button swallows the pointer events that the tooltip needs. */}
      <span>
        <Button
          variant={isProposed ? 'contained' : 'outlined'}
          color={isProposed ? 'primary' : 'inherit'}
          disabled={isStandby || isOff}
          onClick={() => run('verb' in request ? { kind: 'action', action: request } : request, onDone)}
        >
          {children}
        </Button>
      </span>
    </Tooltip>
  );
}
