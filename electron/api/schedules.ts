import { procedures } from './base.ts';

const of = procedures.schedules;

export const schedules = of.router({
  list: of.list.handler(({ context, input, signal }) =>
    context.engine.schedules.list(input.connectionId, { signal }),
  ),
  set: of.set.handler(({ context, input: { connectionId, ...schedule }, signal }) =>
    context.engine.schedules.set(connectionId, schedule, { signal }),
  ),
  remove: of.remove.handler(({ context, input: { connectionId, ...view }, signal }) =>
    context.engine.schedules.remove(connectionId, view, { signal }),
  ),
});
