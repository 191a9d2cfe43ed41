import { procedures } from './base.ts';

export const history = procedures.history.router({
  overview: procedures.history.overview.handler(({ context, input, signal }) =>
    context.engine.insight.history.overview(input, { signal }),
  ),
});
