import { procedures } from './base.ts';

export const matviews = procedures.matviews.router({
  overview: procedures.matviews.overview.handler(({ context, input, signal }) =>
    context.engine.insight.matviews.overview(input, { signal }),
  ),
  detail: procedures.matviews.detail.handler(({ context, input, signal }) =>
    context.engine.insight.matviews.detail(input, { signal }),
  ),
  setExpected: procedures.matviews.setExpected.handler(async ({ context, input, signal }) => {
    await context.engine.insight.matviews.setExpected(input, { signal });
    return null;
  }),
});
