import type { ActionRequest, ActionVerb } from '#shared/model/plan-request.ts';
import type { ActionBuilder, BuildContext, Built } from './action.ts';
import { auditTrigger } from './audit-trigger.ts';
import { createExtension, updateExtension } from './extensions.ts';
import { addKey, dropKey, replaceDeleteRule, validate } from './foreign-keys.ts';
import { createIndexes, dropIndexes, reindex, reindexTable, removeIndexes } from './indexes.ts';
import { refreshView } from './matviews.ts';
import { rotatePassword } from './passwords.ts';
import { grant, revoke } from './rights.ts';
import { roleSetting } from './roles.ts';
import { createPolicy, rowSecurity } from './row-security.ts';
import { serverSetting } from './server-settings.ts';
import { dropSlot, resetStatements, rollbackPrepared } from './server-state.ts';
import { cancelSessionQuery, endSession } from './sessions.ts';
import { tableOptions } from './table-options.ts';
import { analyze, vacuum } from './vacuum.ts';

/** Every verb and its builder. */
const BUILDERS: { readonly [V in ActionVerb]: ActionBuilder<V> } = {
  vacuum,
  analyze,
  reindex,
  'reindex-table': reindexTable,
  'create-index': createIndexes,
  'drop-index': dropIndexes,
  'remove-indexes': removeIndexes,
  'refresh-matview': refreshView,
  'table-options': tableOptions,
  'server-setting': serverSetting,
  'add-foreign-key': addKey,
  'drop-foreign-key': dropKey,
  'delete-rule': replaceDeleteRule,
  'validate-constraint': validate,
  'role-setting': roleSetting,
  'rotate-password': rotatePassword,
  'create-extension': createExtension,
  'update-extension': updateExtension,
  grant,
  revoke,
  'row-security': rowSecurity,
  'create-policy': createPolicy,
  'audit-trigger': auditTrigger,
  'cancel-query': cancelSessionQuery,
  'end-session': endSession,
  'reset-statements': resetStatements,
  'drop-slot': dropSlot,
  'rollback-prepared': rollbackPrepared,
};

export function builderOf(request: ActionRequest): {
  readonly needs: ActionBuilder['needs'];
  build(context: BuildContext): Promise<Built> | Built;
} {
  const builder = BUILDERS[request.verb] as ActionBuilder;
  return { needs: builder.needs, build: (context) => builder.build(request as never, context) };
}
