import { EngineError } from '#engine/errors.ts';
import { procedures } from './base.ts';

export const reports = procedures.reports.router({
  render: procedures.reports.render.handler(({ context, input }) =>
    context.engine.renderReport(input.connectionId, input.format, { redact: input.redact }),
  ),
  save: procedures.reports.save.handler(async ({ context, input }) => {
    const { saveFile } = context.engine.host;
    if (saveFile === null) {
      throw new EngineError(
        'BAD_INPUT',
        'This host has no save dialog.',
        'Download the report from the page instead.',
      );
    }
    const report = context.engine.renderReport(input.connectionId, input.format, { redact: input.redact });
    const path = await saveFile(report);
    return path === null ? null : { path };
  }),
});
