import { procedures } from './base.ts';

export const tables = procedures.tables.router({
  largest: procedures.tables.largest.handler(({ context, input, signal }) =>
    context.engine.insight.tables.largest(input, { signal }),
  ),
  search: procedures.tables.search.handler(({ context, input, signal }) =>
    context.engine.insight.tables.search(input, { signal }),
  ),
});
