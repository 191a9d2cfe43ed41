import { procedures } from './base.ts';

export const vacuum = procedures.vacuum.router({
  overview: procedures.vacuum.overview.handler(({ context, input, signal }) =>
    context.engine.insight.vacuum.overview(input, { signal }),
  ),
  list: procedures.vacuum.list.handler(({ context, input, signal }) =>
    context.engine.insight.vacuum.list(input, { signal }),
  ),
  partitioned: procedures.vacuum.partitioned.handler(({ context, input, signal }) =>
    context.engine.insight.vacuum.partitioned(input, { signal }),
  ),
  partitions: procedures.vacuum.partitions.handler(({ context, input, signal }) =>
    context.engine.insight.vacuum.partitions(input, { signal }),
  ),
  freeze: procedures.vacuum.freeze.handler(({ context, input, signal }) =>
    context.engine.insight.vacuum.freeze(input, { signal }),
  ),
  detail: procedures.vacuum.detail.handler(({ context, input, signal }) =>
    context.engine.insight.vacuum.detail(input, { signal }),
  ),
  bloat: procedures.vacuum.bloat.handler(({ context, input, signal }) =>
    context.engine.insight.vacuum.bloat(input, { signal }),
  ),
  bloatDetail: procedures.vacuum.bloatDetail.handler(({ context, input, signal }) =>
    context.engine.insight.vacuum.bloatDetail(input, { signal }),
  ),
  log: procedures.vacuum.log.handler(({ context, input, signal }) =>
    context.engine.insight.vacuum.log(input, { signal }),
  ),
  measure: procedures.vacuum.measure.handler(({ context, input, signal }) =>
    context.engine.insight.vacuum.measure(input, { signal }),
  ),
});
