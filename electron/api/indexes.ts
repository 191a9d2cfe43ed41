import { procedures } from './base.ts';

export const indexes = procedures.indexes.router({
  overview: procedures.indexes.overview.handler(({ context, input, signal }) =>
    context.engine.insight.indexes.overview(input, { signal }),
  ),
  detail: procedures.indexes.detail.handler(({ context, input, signal }) =>
    context.engine.insight.indexes.detail(input, { signal }),
  ),
});
