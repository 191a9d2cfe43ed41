import { procedures } from './base.ts';

export const statistics = procedures.statistics.router({
  overview: procedures.statistics.overview.handler(({ context, input, signal }) =>
    context.engine.insight.statistics.overview(input, { signal }),
  ),
});
