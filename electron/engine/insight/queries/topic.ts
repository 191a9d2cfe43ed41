import type { FactName } from '#shared/model/facts.ts';
import type { GridPage, GridQuery, Insight } from '#shared/model/insight.ts';
import type { QueriesOverview, StatementDetail, StatementRow } from '#shared/model/queries.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import type { Abortable } from '#engine/engine.ts';
import { EngineError } from '#engine/errors.ts';
import type { DatabaseIdentity } from '#engine/store/identity.ts';
import { type InsightContext, insightOf, type InsightRequest } from '../context.ts';
import { type Grid, gridPage, oncePer } from '../grid.ts';
import { exclude, type Exclusions, excludedOf, include, readExclusions } from './exclusions.ts';
import { queriesOverview, usableSamples } from './overview.ts';
import { planCalls } from './statement-plans.ts';
import {
  type Before,
  type CountedStatement,
  lifetimeOf,
  scopeOf,
  statementRows,
  type StatementRows,
} from './statements.ts';
import { additions, recentMoments, statementTrend } from './trend.ts';

const NEEDS: readonly FactName[] = ['statements', 'statementDatabases', 'settings', 'extensions'];
const NEEDS_ELSEWHERE: readonly FactName[] = [...NEEDS, 'statementsElsewhere'];
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

/** One selection: with and without what the user excluded. */
interface Counted {
  readonly all: StatementRows;
  readonly shown: StatementRows;
  readonly excluded: Exclusions;
  readonly ids: ReadonlySet<string>;
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

  /** Rows of one selection, remembered while the facts and the exclusions are the same. */
  const selectionsOf = oncePer((_snapshot: Snapshot) => new Map<string, Counted>());
  const countedOf = async (
    request: StatementSelection & { connectionId: string },
    snapshot: Snapshot,
    options: Abortable,
  ): Promise<Counted> => {
    const selections = selectionsOf(snapshot);
    const identity = await context.identity(request.connectionId, options);
    const excluded = readExclusions(context.profiles, identity);
    const ids = new Set(excluded.map(({ queryId }) => queryId));
    const key = JSON.stringify([request.database, request.from, ...ids]);
    let counted = selections.get(key);
    if (!counted) {
      // Samples are of the database of the connection.
      const at = request.database === null ? request.from : null;
      const asOf = (moment: string | null | undefined): Before | null =>
        moment ? { at: moment, counters: context.history.statementsAt(identity, moment) } : null;
      const [oldest] = request.database === null ? momentsOf(snapshot, identity) : [];
      const { known } = scopeOf(snapshot, request.database);
      const [before, dayAgo] = [asOf(at), asOf(oldest)];
      const all = statementRows(snapshot, known, before, dayAgo);
      const kept = known.filter(({ fact }) => !ids.has(fact.queryId));
      // Shares are of what is left: what skews them is why people exclude it.
      const shown = kept.length === known.length ? all : statementRows(snapshot, kept, before, dayAgo);
      counted = { all, shown, ids, excluded };
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
      const { shown, all, excluded } = counted;
      return insightOf(facts, () => ({
        ...queriesOverview(snapshot, { scope, counted: shown }, samples),
        excluded: excludedOf(excluded, all),
      }));
    },
    list: async (
      request: GridQuery & StatementFilter & { connectionId: string },
      options: Abortable,
    ): Promise<GridPage<StatementRow>> => {
      const snapshot = await view(request, options);
      const { shown: counted } = await countedOf(request, snapshot, options);
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
      const { all, shown, ids } = await countedOf(request, snapshot, options);
      const isIt = (candidate: CountedStatement): boolean => candidate.key === request.key;
      const found = shown.rows.find(isIt) ?? all.rows.find(isIt);
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
        isExcluded: ids.has(row.queryId),
        database: request.database ?? snapshot.facts.server.database,
        isHere: request.database === null,
        text: known.fact.query,
        isTopLevel: known.fact.isTopLevel,
        counters: lifetimeOf(known.fact, snapshot),
        trend: statementTrend(series('calls'), series('totalMs')),
      };
    },
    exclude: async (
      request: { connectionId: string; queryId: string; database: string | null },
      options: Abortable,
    ): Promise<void> => {
      const snapshot = await view({ ...request, from: null }, options);
      const identity = await context.identity(request.connectionId, options);
      exclude(context.profiles, identity, scopeOf(snapshot, request.database).known, request.queryId);
    },
    include: async (
      request: { connectionId: string; queryId: string | null },
      options: Abortable,
    ): Promise<void> =>
      include(context.profiles, await context.identity(request.connectionId, options), request.queryId),
    ...planCalls(context),
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
