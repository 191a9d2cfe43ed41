import { randomBytes } from 'node:crypto';
import type { BackupPlanRequest } from '#shared/contract/backups.ts';
import { withSeats } from '#engine/postgres/server-seats.ts';
import { RESTORE_SEATS } from './job-seats.ts';
import { planReplace } from './replace.ts';
import { planRestoreBeside } from './restore-beside.ts';
import { type RestoreContext, type RestorePlan, withBackup, withPlace } from './restore-context.ts';
import { planDropOld, planSwapBack } from './swap-back.ts';

export type RestoreRequest = Extract<
  BackupPlanRequest,
  { kind: 'restore' | 'restore-tables' | 'replace' | 'swap-back' | 'drop-old' }
>;

/**
 * Looks at the server and says what a restore would do; changes nothing. The plan is for this server, this database and
 * these names: `run` refuses (PLAN_STALE) where one of them is another by then. Throws what a connection throws.
 */
export async function planRestore(request: RestoreRequest, context: RestoreContext): Promise<RestorePlan> {
  const { target, signal } = context;
  const previewId = randomBytes(8).toString('hex');
  const wish = { jobId: previewId, who: 'the preview of a restore', count: RESTORE_SEATS, signal };
  return withSeats(target, wish, () => plan(request, context, previewId));
}

async function plan(
  request: RestoreRequest,
  context: RestoreContext,
  previewId: string,
): Promise<RestorePlan> {
  switch (request.kind) {
    case 'restore': {
      const { database } = request;
      return planRestoreBeside({ ...withBackup(context, previewId), database, tables: null });
    }
    case 'restore-tables': {
      const { database, tables } = request;
      return planRestoreBeside({ ...withBackup(context, previewId), database, tables });
    }
    case 'replace':
      return planReplace(withBackup(context, previewId));
    case 'swap-back':
      return planSwapBack(request.replacedId, withPlace(context, previewId));
    case 'drop-old':
      return planDropOld(request.replacedId, withPlace(context, previewId));
  }
}
