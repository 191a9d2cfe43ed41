import { procedures } from './base.ts';

export const audit = procedures.audit.router({
  run: procedures.audit.run.handler(async function* ({ context, input, signal }) {
    yield* context.engine.audit(input.connectionId, { signal });
  }),
  latest: procedures.audit.latest.handler(({ context, input }) =>
    context.engine.latestAudit(input.connectionId),
  ),
  checks: procedures.audit.checks.handler(({ context }) => context.engine.checks()),
});
