import type { PlanRequest } from '#shared/model/plan-request.ts';
import { usePlanDialog } from '#renderer/state/plan-dialog.ts';

/** Opens the dialog that previews a change; only that dialog can run it. `onDone` hears of a change that was made. */
export function useRunPlan(connectionId: string): (request: PlanRequest, onDone?: () => void) => void {
  const show = usePlanDialog((state) => state.show);
  return (request, onDone) => show({ connectionId, request, ...(onDone ? { onDone } : {}) });
}
