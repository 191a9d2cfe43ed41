import { procedures } from './base.ts';

export const matviews = procedures.matviews.router({
  overview: procedures.matviews.overview.handler(({ context, input, signal }) =>
    context.engine.insight.matviews.overview(input, { signal }),
  ),
});
