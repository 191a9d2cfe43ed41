import { procedures } from './base.ts';
import { saveRendered } from './save-file.ts';

export const reports = procedures.reports.router({
  render: procedures.reports.render.handler(({ context, input }) =>
    context.engine.renderReport(input.connectionId, input.format, { redact: input.redact }),
  ),
  save: procedures.reports.save.handler(({ context: { engine }, input }) =>
    saveRendered(engine.host, () =>
      engine.renderReport(input.connectionId, input.format, { redact: input.redact }),
    ),
  ),
});
