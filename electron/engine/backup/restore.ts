import type { BackupPlanRequest } from '#shared/contract/backups.ts';
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
  switch (request.kind) {
    case 'restore':
      return planRestoreBeside({ ...withBackup(context), database: request.database, tables: null });
    case 'restore-tables':
      return planRestoreBeside({
        ...withBackup(context),
        database: request.database,
        tables: request.tables,
      });
    case 'replace':
      return planReplace(withBackup(context));
    case 'swap-back':
      return planSwapBack(request.replacedId, withPlace(context));
    case 'drop-old':
      return planDropOld(request.replacedId, withPlace(context));
  }
}
