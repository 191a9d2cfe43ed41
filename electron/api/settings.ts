import { procedures } from './base.ts';

export const settings = procedures.settings.router({
  overview: procedures.settings.overview.handler(({ context, input, signal }) =>
    context.engine.insight.settings.overview(input, { signal }),
  ),
});
