import { procedures } from './base.ts';

export const indexes = procedures.indexes.router({
  overview: procedures.indexes.overview.handler(({ context, input, signal }) =>
    context.engine.insight.indexes.overview(input, { signal }),
  ),
  list: procedures.indexes.list.handler(({ context, input, signal }) =>
    context.engine.insight.indexes.list(input, { signal }),
  ),
  detail: procedures.indexes.detail.handler(({ context, input, signal }) =>
    context.engine.insight.indexes.detail(input, { signal }),
  ),
  tables: procedures.indexes.tables.handler(({ context, input, signal }) =>
    context.engine.insight.indexes.tables(input, { signal }),
  ),
  table: procedures.indexes.table.handler(({ context, input, signal }) =>
    context.engine.insight.indexes.table(input, { signal }),
  ),
  families: procedures.indexes.families.handler(({ context, input, signal }) =>
    context.engine.insight.indexes.families(input, { signal }),
  ),
  family: procedures.indexes.family.handler(({ context, input, signal }) =>
    context.engine.insight.indexes.family(input, { signal }),
  ),
  missing: procedures.indexes.missing.handler(({ context, input, signal }) =>
    context.engine.insight.indexes.missing(input, { signal }),
  ),
  missingDetail: procedures.indexes.missingDetail.handler(({ context, input, signal }) =>
    context.engine.insight.indexes.missingDetail(input, { signal }),
  ),
  statementAdvice: procedures.indexes.statementAdvice.handler(({ context, input, signal }) =>
    context.engine.insight.indexes.statementAdvice(input, { signal }),
  ),
  bloated: procedures.indexes.bloated.handler(({ context, input, signal }) =>
    context.engine.insight.indexes.bloated(input, { signal }),
  ),
  map: procedures.indexes.map.handler(({ context, input, signal }) =>
    context.engine.insight.indexes.map(input, { signal }),
  ),
  removalPlan: procedures.indexes.removalPlan.handler(({ context, input, signal }) =>
    context.engine.insight.indexes.removalPlan(input, { signal }),
  ),
  removals: procedures.indexes.removals.handler(({ context, input, signal }) =>
    context.engine.insight.indexes.removals(input, { signal }),
  ),
  removalScript: procedures.indexes.removalScript.handler(({ context, input, signal }) =>
    context.engine.insight.indexes.removalScript(input, { signal }),
  ),
  confirmStandbys: procedures.indexes.confirmStandbys.handler(async ({ context, input, signal }) => {
    await context.engine.insight.indexes.confirmStandbys(input, { signal });
    return null;
  }),
});
