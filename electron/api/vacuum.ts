import { procedures } from './base.ts';

export const vacuum = procedures.vacuum.router({
  overview: procedures.vacuum.overview.handler(({ context, input, signal }) =>
    context.engine.insight.vacuum.overview(input, { signal }),
  ),
});
