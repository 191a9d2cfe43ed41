import type { ActivityOverview, SessionFixes } from '#shared/model/activity.ts';
import type { FactName } from '#shared/model/facts.ts';
import type { Insight } from '#shared/model/insight.ts';
import { cancelQuery, rollbackPrepared, terminateSession } from '#engine/audit/session-fixes.ts';
import type { Abortable } from '#engine/engine.ts';
import { EngineError } from '#engine/errors.ts';
import { type InsightContext, insightOf, type InsightRequest } from '../context.ts';
import { oncePer } from '../grid.ts';
import { activityOverview } from './overview.ts';

/** Read at each refresh; the settings behind the connection limit hardly ever change and are taken as they are. */
const NEEDS: readonly FactName[] = ['activity', 'preparedTransactions', 'progress'];
const LIMITS: readonly FactName[] = ['settings'];
const modelOf = oncePer(activityOverview);

/** What is happening now, and who blocks whom? */
export function activityTopic(context: InsightContext) {
  return {
    overview: async (request: InsightRequest, options: Abortable): Promise<Insight<ActivityOverview>> => {
      await context.facts({ connectionId: request.connectionId }, LIMITS, options);
      return insightOf(await context.facts(request, NEEDS, options), modelOf);
    },
    sessionFixes: async (
      request: { connectionId: string; pid: number; backendStartedAt: string },
      options: Abortable,
    ): Promise<SessionFixes> => {
      const { snapshot } = await context.facts({ connectionId: request.connectionId }, NEEDS, options);
      const session = snapshot.facts.activity?.find(
        (a) => a.pid === request.pid && a.backendStartedAt === request.backendStartedAt,
      );
      if (!session) throw gone('session');
      return { fixes: [cancelQuery(session), terminateSession(session)] };
    },
    preparedFixes: async (
      request: { connectionId: string; gid: string },
      options: Abortable,
    ): Promise<SessionFixes> => {
      const { snapshot } = await context.facts({ connectionId: request.connectionId }, NEEDS, options);
      const prepared = snapshot.facts.preparedTransactions?.find((p) => p.gid === request.gid);
      if (!prepared) throw gone('prepared transaction');
      return { fixes: [rollbackPrepared(prepared, snapshot.facts.server.database)] };
    },
  };
}

function gone(what: string): EngineError {
  return new EngineError('NOT_FOUND', `This ${what} is gone.`, 'Read the page again.');
}
