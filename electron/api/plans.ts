import { procedures } from './base.ts';
import { saveRendered } from './save-file.ts';

const of = procedures.plans;

export const plans = of.router({
  preview: of.preview.handler(({ context, input, signal }) =>
    context.engine.plans.preview(input.connectionId, input.request, { signal }),
  ),
  execute: of.execute.handler(({ context, input }) => context.engine.plans.execute(input)),
  watch: of.watch.handler(async function* ({ context, input }) {
    yield* context.engine.plans.watch(input.connectionId, input.jobId);
  }),
  cancel: of.cancel.handler(({ context, input }) => {
    context.engine.plans.cancel(input.connectionId, input.jobId);
    return null;
  }),
  running: of.running.handler(async function* ({ context, input, signal }) {
    yield* context.engine.plans.running(input.connectionId, { signal });
  }),
  script: of.script.handler(({ context, input }) =>
    context.engine.plans.script(input.connectionId, input.planId, input.format),
  ),
  saveScript: of.saveScript.handler(({ context, input }) =>
    saveRendered(context.engine.host, () =>
      context.engine.plans.script(input.connectionId, input.planId, input.format),
    ),
  ),
  access: of.access.handler(({ context, input }) => context.engine.plans.access(input.connectionId)),
  unlock: of.unlock.handler(({ context, input }) => context.engine.plans.unlock(input.connectionId)),
  lock: of.lock.handler(({ context, input }) => context.engine.plans.lock(input.connectionId)),
  journal: of.journal.handler(({ context, input, signal }) =>
    context.engine.plans.journal(input.connectionId, { signal }),
  ),
  job: of.job.handler(({ context, input, signal }) =>
    context.engine.plans.job(input.connectionId, input.jobId, { signal }),
  ),
  takeSecret: of.takeSecret.handler(({ context, input }) => ({
    secret: context.engine.plans.takeSecret(input.connectionId, input.jobId),
  })),
  copies: of.copies.handler(({ context, input, signal }) =>
    context.engine.plans.copies(input.connectionId, input.jobId, { signal }),
  ),
});
