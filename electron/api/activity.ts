import { procedures } from './base.ts';

export const activity = procedures.activity.router({
  overview: procedures.activity.overview.handler(({ context, input, signal }) =>
    context.engine.insight.activity.overview(input, { signal }),
  ),
  sessionFixes: procedures.activity.sessionFixes.handler(({ context, input, signal }) =>
    context.engine.insight.activity.sessionFixes(input, { signal }),
  ),
  preparedFixes: procedures.activity.preparedFixes.handler(({ context, input, signal }) =>
    context.engine.insight.activity.preparedFixes(input, { signal }),
  ),
});
