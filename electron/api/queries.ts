import { procedures } from './base.ts';

export const queries = procedures.queries.router({
  overview: procedures.queries.overview.handler(({ context, input, signal }) =>
    context.engine.insight.queries.overview(input, { signal }),
  ),
});
