import { procedures } from './base.ts';
import { saveRendered } from './save-file.ts';

export const queries = procedures.queries.router({
  overview: procedures.queries.overview.handler(({ context, input, signal }) =>
    context.engine.insight.queries.overview(input, { signal }),
  ),
  list: procedures.queries.list.handler(({ context, input, signal }) =>
    context.engine.insight.queries.list(input, { signal }),
  ),
  detail: procedures.queries.detail.handler(({ context, input, signal }) =>
    context.engine.insight.queries.detail(input, { signal }),
  ),
  plan: procedures.queries.plan.handler(({ context, input, signal }) =>
    context.engine.insight.queries.plan(input, { signal }),
  ),
  plans: procedures.queries.plans.handler(({ context, input, signal }) =>
    context.engine.insight.queries.plans(input, { signal }),
  ),
  comparePlans: procedures.queries.comparePlans.handler(({ context, input, signal }) =>
    context.engine.insight.queries.comparePlans(input, { signal }),
  ),
  keepPlan: procedures.queries.keepPlan.handler(async ({ context, input, signal }) => {
    await context.engine.insight.queries.keepPlan(input, { signal });
    return null;
  }),
  renderPlan: procedures.queries.renderPlan.handler(({ context, input, signal }) =>
    context.engine.insight.queries.renderPlan(input, { signal }),
  ),
  savePlan: procedures.queries.savePlan.handler(({ context: { engine }, input, signal }) =>
    saveRendered(engine.host, () => engine.insight.queries.renderPlan(input, { signal })),
  ),
  exclude: procedures.queries.exclude.handler(async ({ context, input, signal }) => {
    await context.engine.insight.queries.exclude(input, { signal });
    return null;
  }),
  include: procedures.queries.include.handler(async ({ context, input, signal }) => {
    await context.engine.insight.queries.include(input, { signal });
    return null;
  }),
});
