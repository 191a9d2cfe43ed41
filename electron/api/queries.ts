import { procedures } from './base.ts';

export const queries = procedures.queries.router({
  overview: procedures.queries.overview.handler(({ context, input, signal }) =>
    context.engine.insight.queries.overview(input, { signal }),
  ),
  list: procedures.queries.list.handler(({ context, input, signal }) =>
    context.engine.insight.queries.list(input, { signal }),
  ),
  detail: procedures.queries.detail.handler(({ context, input, signal }) =>
    context.engine.insight.queries.detail(input, { signal }),
  ),
  plan: procedures.queries.plan.handler(({ context, input, signal }) =>
    context.engine.insight.queries.plan(input, { signal }),
  ),
});
