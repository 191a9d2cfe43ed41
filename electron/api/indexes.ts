import { procedures } from './base.ts';

export const indexes = procedures.indexes.router({
  overview: procedures.indexes.overview.handler(({ context, input, signal }) =>
    context.engine.indexOverview(input.connectionId, { signal }),
  ),
  detail: procedures.indexes.detail.handler(({ context, input, signal }) =>
    context.engine.indexDetail(input.connectionId, input.oid, { signal }),
  ),
});
