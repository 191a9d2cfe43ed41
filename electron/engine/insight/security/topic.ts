import type { FactName } from '#shared/model/facts.ts';
import type { Insight } from '#shared/model/insight.ts';
import type { SecurityOverview } from '#shared/model/security.ts';
import type { Abortable } from '#engine/engine.ts';
import { type InsightContext, insightOf, type InsightRequest } from '../context.ts';
import { oncePer } from '../grid.ts';
import { securityOverview } from './overview.ts';

const NEEDS: readonly FactName[] = [
  'roles',
  'ownedObjects',
  'schemas',
  'tables',
  'columns',
  'views',
  'publicGrants',
  'functions',
  'policies',
  'triggers',
  'triggerFunctions',
  'activity',
  'hbaRules',
  'extensions',
  'settings',
  'restrictedSettings',
];
const PASSWORDS: readonly FactName[] = ['rolePasswords'];
/** Trying passwords takes seconds of CPU time: not with every refresh. */
const PASSWORDS_MAX_AGE_MS = 600_000;

/** Who can do what they should not? */
export function securityTopic(context: InsightContext) {
  const overview = oncePer(securityOverview);
  return {
    overview: async (request: InsightRequest, options: Abortable): Promise<Insight<SecurityOverview>> => {
      const { connectionId } = request;
      const tried = await context.facts({ connectionId, maxAgeMs: PASSWORDS_MAX_AGE_MS }, PASSWORDS, options);
      const insight = insightOf(await context.facts(request, NEEDS, options), overview);
      return { ...insight, unread: [...insight.unread, ...tried.snapshot.unread] };
    },
  };
}
