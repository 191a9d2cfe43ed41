import type { FactName } from '#shared/model/facts.ts';
import type { GridPage, GridQuery, Insight } from '#shared/model/insight.ts';
import type { QueriesOverview, StatementDetail, StatementPlan, StatementRow } from '#shared/model/queries.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import type { Abortable } from '#engine/engine.ts';
import { EngineError } from '#engine/errors.ts';
import type { DatabaseIdentity } from '#engine/store/identity.ts';
import { type InsightContext, insightOf, type InsightRequest } from '../context.ts';
import { type Grid, gridPage, oncePer } from '../grid.ts';
import { indexAdvice, verifiedAdvice } from './advice.ts';
import { explain, type ExplainRequest } from './explain.ts';
import { queriesOverview, usableSamples } from './overview.ts';
import { planExtras, planNodes, planObjects } from './plan-tree.ts';
import {
  type Before,
  type CountedStatement,
  lifetimeOf,
  scopeOf,
  statementRows,
  type StatementRows,
} from './statements.ts';
import { planTips } from './tips.ts';
import { additions, recentMoments, statementTrend } from './trend.ts';

const NEEDS: readonly FactName[] = ['statements', 'statementDatabases', 'settings', 'extensions'];
const NEEDS_ELSEWHERE: readonly FactName[] = [...NEEDS, 'statementsElsewhere'];
const ADVICE_NEEDS: readonly FactName[] = ['tables', 'indexes', 'columns'];
const SERIES_POINTS = 96;
/** Rows that a page asks for at once. */
const IN_SIGHT = 100;

/** What is looked at: one database, from a moment on. */
export interface StatementSelection {
  readonly from: string | null;
  readonly database: string | null;
}

type OptionalSelection = { readonly [Field in keyof StatementSelection]?: string | null | undefined };

export interface StatementFilter extends StatementSelection {
  readonly role: string | null;
  readonly tag: string | null;
  readonly minMeanMs: number;
  readonly minCalls: number;
  readonly withUtility: boolean;
  readonly suspectsOnly: boolean;
}

/** Which statements cost most? */
export function queriesTopic(context: InsightContext) {
  const needsOf = ({ database }: StatementSelection): readonly FactName[] =>
    database === null ? NEEDS : NEEDS_ELSEWHERE;
  const view = async (
    request: StatementSelection & { connectionId: string },
    options: Abortable,
  ): Promise<Snapshot> =>
    (await context.facts({ connectionId: request.connectionId }, needsOf(request), options)).snapshot;

  const momentsOf = (snapshot: Snapshot, identity: DatabaseIdentity): string[] =>
    recentMoments(
      context.history,
      identity,
      snapshot.collectedAt,
      snapshot.facts.statements?.statisticsSince ?? null,
    );

  /** Rows of one selection, remembered while the facts are the same. */
  const selectionsOf = oncePer((_snapshot: Snapshot) => new Map<string, StatementRows>());
  const countedOf = async (
    request: StatementSelection & { connectionId: string },
    snapshot: Snapshot,
    options: Abortable,
  ): Promise<StatementRows> => {
    const selections = selectionsOf(snapshot);
    const key = JSON.stringify([request.database, request.from]);
    let counted = selections.get(key);
    if (!counted) {
      const identity = await context.identity(request.connectionId, options);
      // Samples are of the database of the connection.
      const at = request.database === null ? request.from : null;
      const asOf = (moment: string | null | undefined): Before | null =>
        moment ? { at: moment, counters: context.history.statementsAt(identity, moment) } : null;
      const [oldest] = request.database === null ? momentsOf(snapshot, identity) : [];
      counted = statementRows(snapshot, scopeOf(snapshot, request.database).known, asOf(at), asOf(oldest));
      selections.set(key, counted);
    }
    return counted;
  };
  const filtersOf = oncePer((_counted: StatementRows) => new Map<string, Grid<CountedStatement>>());

  return {
    overview: async (
      { from = null, database = null, ...asked }: InsightRequest & OptionalSelection,
      options: Abortable,
    ): Promise<Insight<QueriesOverview>> => {
      const request = { ...asked, from, database };
      const facts = await context.facts(request, needsOf(request), options);
      const { snapshot } = facts;
      const counted = await countedOf(request, snapshot, options);
      const identity = await context.identity(request.connectionId, options);
      const samples = request.database === null ? usableSamples(snapshot, context.history, identity) : [];
      const scope = scopeOf(snapshot, request.database);
      return insightOf(facts, () => queriesOverview(snapshot, { scope, counted }, samples));
    },
    list: async (
      request: GridQuery & StatementFilter & { connectionId: string },
      options: Abortable,
    ): Promise<GridPage<StatementRow>> => {
      const snapshot = await view(request, options);
      const counted = await countedOf(request, snapshot, options);
      const key = JSON.stringify([
        request.role,
        request.tag,
        request.minMeanMs,
        request.minCalls,
        request.withUtility,
        request.suspectsOnly,
      ]);
      const filters = filtersOf(counted);
      const kept = filters.get(key) ?? { rows: counted.rows.filter((row) => isWanted(row, request)), text };
      filters.set(key, kept);
      const page = gridPage(kept, request);
      const identity = await context.identity(request.connectionId, options);
      // Whoever copies the list gets numbers only.
      const moments =
        request.database === null && request.limit <= IN_SIGHT ? momentsOf(snapshot, identity) : [];
      const totals = context.history.statementFigures(
        identity,
        moments.length > 2 ? page.rows.map((row) => row.key) : [],
        'totalMs',
        moments,
      );
      return {
        ...page,
        rows: page.rows.map(({ known: _known, ...row }, at) => ({
          ...row,
          recent: additions(totals[at] ?? []),
        })),
      };
    },
    detail: async (
      request: StatementSelection & { connectionId: string; key: string },
      options: Abortable,
    ): Promise<StatementDetail> => {
      const snapshot = await view(request, options);
      const { rows } = await countedOf(request, snapshot, options);
      const found = rows.find((candidate) => candidate.key === request.key);
      if (!found)
        throw new EngineError(
          'NOT_FOUND',
          'This statement is no longer among those that the server keeps.',
          'Read the page again.',
        );
      const { known, ...row } = found;
      const identity = await context.identity(request.connectionId, options);
      const toMs = Date.parse(snapshot.collectedAt);
      const range = { from: new Date(toMs - 86_400_000).toISOString(), to: new Date(toMs).toISOString() };
      const series = (field: 'calls' | 'totalMs') =>
        request.database === null
          ? context.history.series(
              identity,
              { kind: 'statement', key: request.key, field },
              range,
              SERIES_POINTS,
            )
          : [];
      return {
        row,
        database: request.database ?? snapshot.facts.server.database,
        isHere: request.database === null,
        text: known.fact.query,
        isTopLevel: known.fact.isTopLevel,
        counters: lifetimeOf(known.fact, snapshot),
        trend: statementTrend(series('calls'), series('totalMs')),
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
          const nodes = planNodes(explained.plan, snapshot.facts.server.blockSizeBytes);
          const measured = {
            executionMs: asNumber(explained.plan['Execution Time']),
            planningMs: asNumber(explained.plan['Planning Time']),
            ...planExtras(explained.plan),
          };
          const guessed = indexAdvice(snapshot, explained);
          return {
            nodes,
            tips: planTips(nodes, request.analyze, measured),
            advice: await verifiedAdvice(session, request, guessed, explained, options.signal),
            ...planObjects(explained.plan),
            isAnalyzed: request.analyze,
            ...measured,
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

function isWanted(row: CountedStatement, filter: StatementFilter): boolean {
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
