import { procedures } from './base.ts';

export const settings = procedures.settings.router({
  overview: procedures.settings.overview.handler(({ context, input, signal }) =>
    context.engine.insight.settings.overview(input, { signal }),
  ),
  setMachine: procedures.settings.setMachine.handler(async ({ context, input, signal }) => {
    await context.engine.insight.settings.setMachine(input, { signal });
    return null;
  }),
  diff: procedures.settings.diff.handler(({ context, input, signal }) =>
    context.engine.insight.settings.diff(input, { signal }),
  ),
});
