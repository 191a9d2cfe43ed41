import { procedures } from './base.ts';

export const schema = procedures.schema.router({
  overview: procedures.schema.overview.handler(({ context, input, signal }) =>
    context.engine.insight.schema.overview(input, { signal }),
  ),
});
