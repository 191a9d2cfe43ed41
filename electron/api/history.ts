import { procedures } from './base.ts';

export const history = procedures.history.router({
  overview: procedures.history.overview.handler(({ context, input, signal }) =>
    context.engine.insight.history.overview(input, { signal }),
  ),
  diff: procedures.history.diff.handler(({ context, input, signal }) =>
    context.engine.insight.history.diff(input, { signal }),
  ),
  setSampling: procedures.history.setSampling.handler(async ({ context, input, signal }) => {
    await context.engine.insight.history.setSampling(input, { signal });
    return null;
  }),
});
