import { procedures } from './base.ts';

export const privileges = procedures.privileges.router({
  overview: procedures.privileges.overview.handler(({ context, input, signal }) =>
    context.engine.insight.privileges.overview(input, { signal }),
  ),
  script: procedures.privileges.script.handler(({ context, input, signal }) =>
    context.engine.insight.privileges.script(input, { signal }),
  ),
});
