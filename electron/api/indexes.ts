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
  removalPlan: procedures.indexes.removalPlan.handler(({ context, input, signal }) =>
    context.engine.insight.indexes.removalPlan(input, { signal }),
  ),
  confirmStandbys: procedures.indexes.confirmStandbys.handler(async ({ context, input, signal }) => {
    await context.engine.insight.indexes.confirmStandbys(input, { signal });
    return null;
  }),
});
