import { procedures } from './base.ts';

export const statistics = procedures.statistics.router({
  overview: procedures.statistics.overview.handler(({ context, input, signal }) =>
    context.engine.insight.statistics.overview(input, { signal }),
  ),
  list: procedures.statistics.list.handler(({ context, input, signal }) =>
    context.engine.insight.statistics.list(input, { signal }),
  ),
  relation: procedures.statistics.relation.handler(({ context, input, signal }) =>
    context.engine.insight.statistics.relation(input, { signal }),
  ),
  growth: procedures.statistics.growth.handler(({ context, input, signal }) =>
    context.engine.insight.statistics.growth(input, { signal }),
  ),
  setCategories: procedures.statistics.setCategories.handler(async ({ context, input, signal }) => {
    await context.engine.insight.statistics.setCategories(input, { signal });
    return null;
  }),
});
