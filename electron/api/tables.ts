import { procedures } from './base.ts';

export const tables = procedures.tables.router({
  largest: procedures.tables.largest.handler(({ context, input, signal }) =>
    context.engine.insight.tables.largest(input, { signal }),
  ),
});
