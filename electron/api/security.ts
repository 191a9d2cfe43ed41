import { procedures } from './base.ts';

export const security = procedures.security.router({
  overview: procedures.security.overview.handler(({ context, input, signal }) =>
    context.engine.insight.security.overview(input, { signal }),
  ),
  tables: procedures.security.tables.handler(({ context, input, signal }) =>
    context.engine.insight.security.tables(input, { signal }),
  ),
  table: procedures.security.table.handler(({ context, input, signal }) =>
    context.engine.insight.security.table(input, { signal }),
  ),
  setAudited: procedures.security.setAudited.handler(async ({ context, input, signal }) => {
    await context.engine.insight.security.setAudited(input, { signal });
    return null;
  }),
});
