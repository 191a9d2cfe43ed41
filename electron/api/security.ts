import { procedures } from './base.ts';

export const security = procedures.security.router({
  overview: procedures.security.overview.handler(({ context, input, signal }) =>
    context.engine.insight.security.overview(input, { signal }),
  ),
});
