import type { FactName } from '#shared/model/facts.ts';
import type { Insight } from '#shared/model/insight.ts';
import type {
  MonitoringRequest,
  MonitoringScript,
  PrivilegesOverview,
  RoleStanding,
} from '#shared/model/privileges.ts';
import type { Coverage } from '#shared/model/audit.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import { CHECKS } from '#engine/audit/registry.ts';
import { auditSnapshot } from '#engine/audit/run.ts';
import type { Abortable } from '#engine/engine.ts';
import { isManaged, PROVIDER_WORDS } from '#engine/postgres/provider-words.ts';
import { type InsightContext, insightOf, type InsightRequest } from '../context.ts';
import { oncePer } from '../grid.ts';
import { capabilityRows } from './capability-rows.ts';
import { DEFAULT_NAME, monitoringScript } from './monitoring-role.ts';
import { choicesOf, SITE_FACTS, siteOf } from './monitoring-site.ts';

/** What this machine hands to an audit; no right on the server would change it. */
const GIVEN: ReadonlySet<FactName> = new Set(['backups', 'expectedViews']);

/** All that the audit reads: only trying tells what a role may read. After an audit it is in memory. */
const NEEDS: readonly FactName[] = [
  ...new Set<FactName>([
    ...CHECKS.flatMap(({ needs, wants = [] }) => [...needs, ...wants]).filter((fact) => !GIVEN.has(fact)),
    ...SITE_FACTS,
    'serverCounters',
    'progress',
  ]),
];

/** What can this role see, and what not? */
export function privilegesTopic(context: InsightContext) {
  const coverage = oncePer(coverageOf);
  return {
    overview: async (request: InsightRequest, options: Abortable): Promise<Insight<PrivilegesOverview>> => {
      const view = await context.facts(request, NEEDS, options);
      const found = await coverage(view.snapshot);
      const direct = context.directConnection(request.connectionId);
      const insight = insightOf(view, (snapshot) => overviewOf(snapshot, found, direct));
      // Each stands in a row of the table.
      return { ...insight, unread: [] };
    },
    script: async (
      { connectionId, ...request }: MonitoringRequest & { readonly connectionId: string },
      options: Abortable,
    ): Promise<MonitoringScript> => {
      const { snapshot } = await context.facts({ connectionId }, SITE_FACTS, options);
      return monitoringScript(request, siteOf(snapshot, request.name));
    },
  };
}

function overviewOf(snapshot: Snapshot, coverage: Coverage, direct: string | null): PrivilegesOverview {
  const capabilities = capabilityRows(snapshot, coverage);
  const site = siteOf(snapshot, DEFAULT_NAME);
  const blocked = new Set(capabilities.flatMap((row) => row.blocked));
  const partial = new Set(capabilities.flatMap((row) => row.partial).filter((id) => !blocked.has(id)));
  return {
    role: standingOf(snapshot, direct),
    capabilities,
    checks: { applicable: coverage.applicable, blocked: blocked.size, partial: partial.size },
    choices: choicesOf(site),
    suggestedName: freeName(site.roles),
  };
}

function standingOf({ facts }: Snapshot, direct: string | null): RoleStanding {
  const { server, ownRights: own } = facts;
  const { provider } = server;
  return {
    name: server.role,
    database: server.database,
    isSuperuser: server.isSuperuser,
    memberOf: server.memberOf,
    ownsDatabase: own?.ownsDatabase ?? false,
    databaseOwner: own?.databaseOwner ?? '',
    mayConnect: own?.mayConnect ?? true,
    mayCreate: own?.mayCreate ?? false,
    mayTemp: own?.mayTemp ?? false,
    attributes: own
      ? [
          ...(own.canCreateRole ? ['CREATEROLE'] : []),
          ...(own.canCreateDatabase ? ['CREATEDB'] : []),
          ...(own.canReplicate ? ['REPLICATION'] : []),
          ...(own.bypassesRls ? ['BYPASSRLS'] : []),
        ]
      : [],
    connectionLimit: own?.connectionLimit ?? null,
    isReadOnlyByDefault: own?.isReadOnlyByDefault ?? false,
    isStandby: server.isStandby,
    directConnection: direct,
    provider,
    service: isManaged(provider) ? PROVIDER_WORDS[provider].name : null,
  };
}

function freeName(roles: ReadonlySet<string>): string {
  let name = DEFAULT_NAME;
  for (let number = 2; roles.has(name); number += 1) name = `${DEFAULT_NAME}_${number}`;
  return name;
}

/** What an audit of these facts would say it did not see. */
async function coverageOf(snapshot: Snapshot): Promise<Coverage> {
  for await (const event of auditSnapshot(snapshot, { toolVersion: snapshot.tool.version }))
    if (event.type === 'done') return event.audit.coverage;
  throw new TypeError('An audit without an end.');
}
