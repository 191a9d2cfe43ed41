import type { FactName } from '#shared/model/facts.ts';
import type { GridPage, GridQuery, Insight } from '#shared/model/insight.ts';
import type { QueriesOverview, StatementDetail, StatementPlan, StatementRow } from '#shared/model/queries.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import type { Abortable } from '#engine/engine.ts';
import { EngineError } from '#engine/errors.ts';
import { type InsightContext, insightOf, type InsightRequest } from '../context.ts';
import { type Grid, gridPage, oncePer } from '../grid.ts';
import { indexAdvice, verifiedAdvice } from './advice.ts';
import { explain, type ExplainRequest } from './explain.ts';
import { queriesOverview } from './overview.ts';
import { planNodes, planObjects } from './plan-tree.ts';
import { statementRows } from './statements.ts';
import { planTips } from './tips.ts';

const NEEDS: readonly FactName[] = ['statements', 'settings', 'extensions'];
const ADVICE_NEEDS: readonly FactName[] = ['tables', 'indexes', 'columns'];
const SERIES_POINTS = 120;

export interface StatementFilter {
  readonly from: string | null;
  readonly role: string | null;
  readonly tag: string | null;
  readonly minMeanMs: number;
  readonly minCalls: number;
  readonly withUtility: boolean;
  readonly suspectsOnly: boolean;
}

type Rows = ReturnType<typeof statementRows>;

/** Which statements cost most? */
export function queriesTopic(context: InsightContext) {
  const view = async (connectionId: string, options: Abortable): Promise<Snapshot> =>
    (await context.facts({ connectionId }, NEEDS, options)).snapshot;

  /** Rows of one window, remembered while the facts are the same. */
  const windowsOf = oncePer((_snapshot: Snapshot) => new Map<string | null, Rows>());
  const rowsOf = async (
    connectionId: string,
    snapshot: Snapshot,
    from: string | null,
    options: Abortable,
  ): Promise<Rows> => {
    const windows = windowsOf(snapshot);
    let rows = windows.get(from);
    if (!rows) {
      const database = await context.identity(connectionId, options);
      rows = statementRows(snapshot, from === null ? null : context.history.statementsAt(database, from));
      windows.set(from, rows);
    }
    return rows;
  };
  const filtersOf = oncePer((_rows: Rows) => new Map<string, Grid<Rows[number]>>());

  return {
    overview: async (request: InsightRequest, options: Abortable): Promise<Insight<QueriesOverview>> => {
      const facts = await context.facts(request, NEEDS, options);
      const database = await context.identity(request.connectionId, options);
      const rows = await rowsOf(request.connectionId, facts.snapshot, null, options);
      return insightOf(facts, (snapshot) => queriesOverview(snapshot, rows, context.history, database));
    },
    list: async (
      request: GridQuery & StatementFilter & { connectionId: string },
      options: Abortable,
    ): Promise<GridPage<StatementRow>> => {
      const snapshot = await view(request.connectionId, options);
      const all = await rowsOf(request.connectionId, snapshot, request.from, options);
      const key = JSON.stringify([
        request.role,
        request.tag,
        request.minMeanMs,
        request.minCalls,
        request.withUtility,
        request.suspectsOnly,
      ]);
      const filters = filtersOf(all);
      const kept = filters.get(key) ?? { rows: all.filter((row) => isWanted(row, request)), text };
      filters.set(key, kept);
      const page = gridPage(kept, request);
      return { ...page, rows: page.rows.map(({ known: _known, ...row }) => row) };
    },
    detail: async (
      request: { connectionId: string; key: string; from: string | null },
      options: Abortable,
    ): Promise<StatementDetail> => {
      const snapshot = await view(request.connectionId, options);
      const rows = await rowsOf(request.connectionId, snapshot, request.from, options);
      const found = rows.find((candidate) => candidate.key === request.key);
      if (!found)
        throw new EngineError(
          'NOT_FOUND',
          'This statement is no longer among those that the server keeps.',
          'Read the page again.',
        );
      const { known, ...row } = found;
      const database = await context.identity(request.connectionId, options);
      const toMs = Date.parse(snapshot.collectedAt);
      const range = { from: new Date(toMs - 86_400_000).toISOString(), to: new Date(toMs).toISOString() };
      const series = (field: 'calls' | 'totalMs') =>
        context.history.series(
          database,
          { kind: 'statement', key: request.key, field },
          range,
          SERIES_POINTS,
        );
      return {
        row,
        text: known.fact.query,
        isTopLevel: known.fact.isTopLevel,
        calls: series('calls'),
        totalMs: series('totalMs'),
      };
    },
    plan: async (
      request: ExplainRequest & { connectionId: string; confirmed: boolean },
      options: Abortable,
    ): Promise<StatementPlan> => {
      if (request.analyze && !request.confirmed)
        throw new EngineError('BAD_INPUT', 'EXPLAIN ANALYZE runs the statement.', 'Confirm that first.');
      const { snapshot } = await context.facts({ connectionId: request.connectionId }, ADVICE_NEEDS, options);
      return context.withSession(
        request.connectionId,
        async (session) => {
          const explained = await explain(session, request, options.signal);
          const nodes = planNodes(explained.plan);
          const guessed = indexAdvice(snapshot, explained);
          return {
            nodes,
            tips: planTips(nodes, request.analyze),
            advice: await verifiedAdvice(session, request, guessed, explained, options.signal),
            ...planObjects(explained.plan),
            isAnalyzed: request.analyze,
            executionMs: asNumber(explained.plan['Execution Time']),
            planningMs: asNumber(explained.plan['Planning Time']),
            note: explained.note,
            json: JSON.stringify([explained.plan], null, 2),
          };
        },
        options,
      );
    },
  };
}

function text(row: StatementRow): string {
  return `${row.query ?? ''} ${row.role} ${row.tags} ${row.queryId}`;
}

function isWanted(row: Rows[number], filter: StatementFilter): boolean {
  return (
    (filter.withUtility || !row.known.isUtility) &&
    (filter.role === null || row.role === filter.role) &&
    (filter.tag === null || row.known.tags.includes(filter.tag)) &&
    row.meanMs >= filter.minMeanMs &&
    row.calls >= filter.minCalls &&
    (!filter.suspectsOnly || row.suspicion !== null)
  );
}

function asNumber(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}
