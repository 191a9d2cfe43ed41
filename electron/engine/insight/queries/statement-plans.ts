import type { FactName } from '#shared/model/facts.ts';
import type { PlanComparison, PlanSummary } from '#shared/model/statement-plans.ts';
import type { StatementPlan } from '#shared/model/queries.ts';
import { sqlTokens } from '#shared/model/sql-lexer.ts';
import type { Abortable } from '#engine/engine.ts';
import { EngineError } from '#engine/errors.ts';
import type { InsightContext } from '../context.ts';
import { indexAdvice, verifiedAdvice } from './advice.ts';
import { explain, type Explained, type ExplainRequest } from './explain.ts';
import { comparePlans } from './plan-comparison.ts';
import { fingerprint, modelOf, PlanShelf } from './plan-shelf.ts';
import { type PlanFile, type PlanFileFormat, planFile } from './plan-file.ts';
import { planTips } from './tips.ts';

const ADVICE_NEEDS: readonly FactName[] = ['tables', 'indexes', 'columns'];
/** Their names are kept out of what is handed on. */
const ROLES: readonly FactName[] = ['roles'];
const MOST_VALUE_CHARACTERS = 60;

export interface OfConnection {
  readonly connectionId: string;
}

/** Plans of statements: made, kept, and compared. */
export function planCalls(context: InsightContext) {
  const shelf = new PlanShelf(context.profiles);
  return {
    plan: async (
      request: ExplainRequest & OfConnection & { confirmed: boolean },
      options: Abortable,
    ): Promise<StatementPlan> => {
      if (request.analyze && !request.confirmed)
        throw new EngineError('BAD_INPUT', 'EXPLAIN ANALYZE runs the statement.', 'Confirm that first.');
      const { snapshot } = await context.facts({ connectionId: request.connectionId }, ADVICE_NEEDS, options);
      const database = await context.identity(request.connectionId, options);
      return context.withSession(
        request.connectionId,
        async (session) => {
          const shelve = (explained: Explained, how: string, isAnalyzed: boolean) =>
            shelf.add(database, {
              statement: fingerprint(request.text),
              how,
              isAnalyzed,
              plan: explained.plan,
              versionNum: session.capabilities.versionNum,
              blockSizeBytes: snapshot.facts.server.blockSizeBytes,
            });
          const explained = await explain(session, request, options.signal);
          const made = shelve(explained, howOf(request, explained), request.analyze);
          const { nodes, measured, relations, indexes, json, text } = modelOf(made);
          const guessed = indexAdvice(snapshot, explained);
          const verified = await verifiedAdvice(session, request, guessed, explained, options.signal);
          return {
            id: made.id,
            nodes,
            tips: planTips(nodes, request.analyze, measured),
            advice: verified.map(({ after, ...advice }) => ({
              ...advice,
              planId:
                after === null
                  ? null
                  : shelve(
                      after,
                      `with an index on ${advice.table} (${advice.columns.join(', ')}), by HypoPG`,
                      false,
                    ).id,
            })),
            relations,
            indexes,
            isAnalyzed: request.analyze,
            ...measured,
            note: explained.note,
            json,
            text,
          };
        },
        options,
      );
    },
    plans: async (
      request: OfConnection & { text: string },
      options: Abortable,
    ): Promise<readonly PlanSummary[]> =>
      shelf.of(await context.identity(request.connectionId, options), request.text),
    comparePlans: async (
      request: OfConnection & { left: string; right: string },
      options: Abortable,
    ): Promise<PlanComparison> => {
      const database = await context.identity(request.connectionId, options);
      const [left, right] = [shelf.find(database, request.left), shelf.find(database, request.right)];
      return comparePlans(left, right, shelf.keptIds(database));
    },
    renderPlan: async (
      request: OfConnection & { plan: string; format: PlanFileFormat },
      options: Abortable,
    ): Promise<PlanFile> => {
      const made = shelf.find(await context.identity(request.connectionId, options), request.plan);
      const { snapshot } = await context.facts({ connectionId: request.connectionId }, ROLES, options);
      const roles = (snapshot.facts.roles ?? []).map(({ name }) => name);
      return planFile(made, request.format, {
        database: snapshot.facts.server.database,
        roles: [...roles, snapshot.facts.server.role],
      });
    },
    keepPlan: async (
      request: OfConnection & { plan: string; isKept: boolean },
      options: Abortable,
    ): Promise<void> =>
      shelf.keep(await context.identity(request.connectionId, options), request.plan, request.isKept),
  };
}

/** What tells this plan from another of the same statement. */
function howOf({ text, values, analyze }: ExplainRequest, { note }: Explained): string {
  const constants = sqlTokens(text).filter(({ kind }) => kind === 'string' || kind === 'number');
  const way =
    values.length > 0
      ? `for the values ${shortened(values)}`
      : note !== null
        ? 'generic'
        : constants.length > 0
          ? `with ${shortened(constants.map((constant) => constant.text))}`
          : 'as it stands';
  return analyze ? `${way}, measured` : way;
}

function shortened(words: readonly string[]): string {
  const listed = words.join(', ');
  return listed.length > MOST_VALUE_CHARACTERS ? `${listed.slice(0, MOST_VALUE_CHARACTERS)}…` : listed;
}
