import { procedures } from './base.ts';

export const sources = procedures.sources.router({
  list: procedures.sources.list.handler(({ context, signal }) => context.engine.sources.list({ signal })),
  local: procedures.sources.local.handler(({ context, signal }) => context.engine.sources.local({ signal })),
  project: procedures.sources.project.handler(({ context, signal }) =>
    context.engine.sources.project({ signal }),
  ),
  open: procedures.sources.open.handler(({ context, input: { id, password }, signal }) =>
    context.engine.openSource(id, { password, signal }),
  ),
});
