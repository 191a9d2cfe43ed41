import { procedures } from './base.ts';

export const schema = procedures.schema.router({
  overview: procedures.schema.overview.handler(({ context, input, signal }) =>
    context.engine.insight.schema.overview(input, { signal }),
  ),
  parents: procedures.schema.parents.handler(({ context, input, signal }) =>
    context.engine.insight.schema.parents(input, { signal }),
  ),
  sequences: procedures.schema.sequences.handler(({ context, input, signal }) =>
    context.engine.insight.schema.sequences(input, { signal }),
  ),
  violations: procedures.schema.violations.handler(({ context, input, signal }) =>
    context.engine.insight.schema.violations(input, { signal }),
  ),
  foreignKeys: procedures.schema.foreignKeys.handler(({ context, input, signal }) =>
    context.engine.insight.schema.foreignKeys(input, { signal }),
  ),
  constraints: procedures.schema.constraints.handler(({ context, input, signal }) =>
    context.engine.insight.schema.constraints(input, { signal }),
  ),
  constraint: procedures.schema.constraint.handler(({ context, input, signal }) =>
    context.engine.insight.schema.constraint(input, { signal }),
  ),
  partitioned: procedures.schema.partitioned.handler(({ context, input, signal }) =>
    context.engine.insight.schema.partitioned(input, { signal }),
  ),
  partitionedTable: procedures.schema.partitionedTable.handler(({ context, input, signal }) =>
    context.engine.insight.schema.partitionedTable(input, { signal }),
  ),
  partitions: procedures.schema.partitions.handler(({ context, input, signal }) =>
    context.engine.insight.schema.partitions(input, { signal }),
  ),
  tableColumns: procedures.schema.tableColumns.handler(({ context, input, signal }) =>
    context.engine.insight.schema.tableColumns(input, { signal }),
  ),
  reach: procedures.schema.reach.handler(({ context, input, signal }) =>
    context.engine.insight.schema.reach(input, { signal }),
  ),
  graph: procedures.schema.graph.handler(({ context, input, signal }) =>
    context.engine.insight.schema.graph(input, { signal }),
  ),
  setPolicies: procedures.schema.setPolicies.handler(async ({ context, input, signal }) => {
    await context.engine.insight.schema.setPolicies(input, { signal });
    return null;
  }),
});
