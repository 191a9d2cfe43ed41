import { z } from 'zod';
import type { GridPage, Insight } from '../model/insight.ts';
import type { PlanComparison, PlanSummary } from '../model/statement-plans.ts';
import type { QueriesOverview, StatementDetail, StatementPlan, StatementRow } from '../model/queries.ts';
import { base, connectionId, output } from './base.ts';
import { gridInput, insightInput } from './insight.ts';
import type { RenderedReport } from './reports.ts';

/** A stored sample that counting begins at; null = since the server's last reset. */
const from = z.string().max(40).nullable();

/** Another database of the server; null = the one of this connection. Others have no samples: `from` is ignored. */
const database = z.string().max(100).nullable();

const statementText = z.string().min(1).max(100_000);
const planId = z.string().min(1).max(40);
export const PLAN_FORMATS = ['json', 'txt', 'html'] as const;
export type PlanFormat = (typeof PLAN_FORMATS)[number];
const planFile = z.strictObject({ connectionId, plan: planId, format: z.enum(PLAN_FORMATS) });

/** As pg_stat_statements has it: a number of 64 bits. */
const queryId = z.string().regex(/^-?\d{1,19}$/);

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
        text: statementText,
        values: z.array(z.string().max(10_000)).max(200),
        analyze: z.boolean(),
        confirmed: z.boolean(),
      }),
    )
    .output(output<StatementPlan>()),
  /** Plans made of this statement, whatever its constants, since the app began, and those kept; newest first. */
  plans: base
    .input(z.strictObject({ connectionId, text: statementText }))
    .output(output<readonly PlanSummary[]>()),
  /** Two plans, node by node. NOT_FOUND where one was neither kept nor made since the app began. */
  comparePlans: base
    .input(z.strictObject({ connectionId, left: planId, right: planId }))
    .output(output<PlanComparison>()),
  /** Keeps a plan for this database, or no longer. NOT_FOUND; BAD_INPUT where too many are kept, or it is too large. */
  keepPlan: base
    .input(z.strictObject({ connectionId, plan: planId, isKept: z.boolean() }))
    .output(output<null>()),
  /** A plan as one file: as the server gave it, as text, or as a page without constants and names of roles. NOT_FOUND. */
  renderPlan: base.input(planFile).output(output<RenderedReport>()),
  /** Desktop only: asks where, writes, and returns the path; null when the user cancels. NOT_FOUND. */
  savePlan: base.input(planFile).output(output<{ path: string } | null>()),
  /** Takes a statement out of the lists and figures. NOT_FOUND where the server does not have it. */
  exclude: base.input(z.strictObject({ connectionId, queryId, database })).output(output<null>()),
  /** Brings it back; null = all of them. */
  include: base.input(z.strictObject({ connectionId, queryId: queryId.nullable() })).output(output<null>()),
};
