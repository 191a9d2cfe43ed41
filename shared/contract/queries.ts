import { z } from 'zod';
import type { GridPage, Insight } from '../model/insight.ts';
import type { QueriesOverview, StatementDetail, StatementPlan, StatementRow } from '../model/queries.ts';
import { base, connectionId, output } from './base.ts';
import { gridInput, insightInput } from './insight.ts';

/** A stored sample that counting begins at; null = since the server's last reset. */
const from = z.string().max(40).nullable();

/** Another database of the server; null = the one of this connection. Others have no samples: `from` is ignored. */
const database = z.string().max(100).nullable();

export const queries = {
  /** Since when and how well the server counts statements, or how to make it. */
  overview: base
    .input(insightInput.extend({ from: from.optional(), database: database.optional() }))
    .output(output<Insight<QueriesOverview>>()),
  /** Statements of one database with their figures in the window. */
  list: base
    .input(
      gridInput.extend({
        from,
        database,
        role: z.string().max(63).nullable(),
        tag: z.string().max(200).nullable(),
        minMeanMs: z.number().min(0),
        minCalls: z.int().min(0),
        withUtility: z.boolean(),
        suspectsOnly: z.boolean(),
      }),
    )
    .output(output<GridPage<StatementRow>>()),
  /** Text and history of one statement. NOT_FOUND where it was thrown out meanwhile. */
  detail: base
    .input(z.strictObject({ connectionId, key: z.string().max(200), from, database }))
    .output(output<StatementDetail>()),
  /**
   * The plan of one statement, without running it. With `analyze` it runs, in a transaction that cannot write, and only
   * where `confirmed`. `values` stand for $1, $2, …; without them a generic plan is made. Abort ends it on the server.
   */
  plan: base
    .input(
      z.strictObject({
        connectionId,
        text: z.string().min(1).max(100_000),
        values: z.array(z.string().max(10_000)).max(200),
        analyze: z.boolean(),
        confirmed: z.boolean(),
      }),
    )
    .output(output<StatementPlan>()),
};
