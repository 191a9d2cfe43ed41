import type { ActionRequest, ActionVerb } from '#shared/model/plan-request.ts';
import { EngineError } from '#engine/errors.ts';
import type { ActionBuilder, BuildContext, Built } from './action.ts';
import { addKey, dropKey, replaceDeleteRule, validate } from './foreign-keys.ts';
import { createIndexes, dropIndexes, reindex, reindexTable, removeIndexes } from './indexes.ts';
import { refreshView } from './matviews.ts';
import { serverSetting } from './server-settings.ts';
import { tableOptions } from './table-options.ts';
import { analyze, vacuum } from './vacuum.ts';

/** Every verb and its builder. */
const BUILDERS: { readonly [V in ActionVerb]?: ActionBuilder<V> } = {
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
};

export function builderOf(request: ActionRequest): {
  readonly needs: ActionBuilder['needs'];
  build(context: BuildContext): Promise<Built> | Built;
} {
  const builder = BUILDERS[request.verb] as ActionBuilder | undefined;
  if (!builder)
    throw new EngineError('PLAN_REFUSED', 'PgVitals cannot do this yet.', 'Run the statement by hand.');
  return { needs: builder.needs, build: (context) => builder.build(request as never, context) };
}
