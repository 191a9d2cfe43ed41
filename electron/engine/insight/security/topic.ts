import { z } from 'zod';
import type { FactName } from '#shared/model/facts.ts';
import type { GridPage, GridQuery, Insight } from '#shared/model/insight.ts';
import type { RowSecurityDetail, RowSecurityRow, SecurityOverview } from '#shared/model/security.ts';
import type { Abortable } from '#engine/engine.ts';
import { EngineError } from '#engine/errors.ts';
import { type InsightContext, insightOf, type InsightRequest } from '../context.ts';
import { type Grid, gridPage, oncePer } from '../grid.ts';
import { securityModel } from './overview.ts';
import { isOpen, type RowSecurity } from './row-security.ts';

const NEEDS: readonly FactName[] = [
  'roles',
  'roleMemberships',
  'roleSettings',
  'ownedObjects',
  'schemas',
  'tables',
  'columns',
  'views',
  'publicGrants',
  'publicPrivileges',
  'tableAccess',
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

const TOPIC = 'audited-tables';
const patternsSchema = z.array(z.string()).nullable();

type View = 'all' | 'open' | 'protected';

/** Who can do what they should not? */
export function securityTopic(context: InsightContext) {
  const model = oncePer(securityModel);
  const inMemory = async (connectionId: string, options: Abortable) =>
    model((await context.facts({ connectionId }, NEEDS, options)).snapshot).rowSecurity;
  return {
    overview: async (request: InsightRequest, options: Abortable): Promise<Insight<SecurityOverview>> => {
      const { connectionId } = request;
      const tried = await context.facts({ connectionId, maxAgeMs: PASSWORDS_MAX_AGE_MS }, PASSWORDS, options);
      const view = await context.facts(request, NEEDS, options);
      const patterns = context.profiles.read(
        await context.identity(connectionId, options),
        TOPIC,
        patternsSchema,
      );
      const insight = insightOf(view, (snapshot) => model(snapshot).overview(patterns));
      return { ...insight, unread: [...insight.unread, ...tried.snapshot.unread] };
    },
    tables: async (
      request: GridQuery & { connectionId: string; view: View },
      options: Abortable,
    ): Promise<GridPage<RowSecurityRow>> =>
      gridPage(gridsOf(await inMemory(request.connectionId, options))[request.view], request),
    table: async (
      request: { connectionId: string; oid: number },
      options: Abortable,
    ): Promise<RowSecurityDetail> => {
      const detail = (await inMemory(request.connectionId, options)).detail(request.oid);
      if (!detail) throw new EngineError('NOT_FOUND', 'This table is gone.', 'Read the page again.');
      return detail;
    },
    setAudited: async (
      request: { connectionId: string; patterns: readonly string[] | null },
      options: Abortable,
    ): Promise<void> =>
      context.profiles.write(await context.identity(request.connectionId, options), TOPIC, request.patterns),
  };
}

const gridsOf = oncePer(({ rows }: RowSecurity): Readonly<Record<View, Grid<RowSecurityRow>>> => {
  const grid = (of: readonly RowSecurityRow[]): Grid<RowSecurityRow> => ({
    rows: of,
    text: (row) => `${row.name} ${row.owner} ${row.usedBy ?? ''} ${row.sensitiveColumns ?? ''}`,
  });
  return {
    all: grid(rows),
    open: grid(rows.filter(isOpen)),
    protected: grid(rows.filter((row) => row.isEnabled)),
  };
});
