import { procedures } from './base.ts';

export const activity = procedures.activity.router({
  overview: procedures.activity.overview.handler(({ context, input, signal }) =>
    context.engine.insight.activity.overview(input, { signal }),
  ),
});
