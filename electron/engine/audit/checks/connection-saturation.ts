import type { ActivityFact } from '#shared/model/facts.ts';
import { formatPercent } from '#shared/model/format.ts';
import type { Catalog } from '#engine/audit/catalog.ts';
import { defineCheck } from '#engine/audit/check.ts';
import {
  applicationOf,
  clientSessions,
  connectionLimit,
  countBy,
  countLines,
  roleOf,
  stateOf,
} from '#engine/audit/connections.ts';
import { guidedFix } from '#engine/audit/fixes.ts';
import { serverRef } from '#engine/audit/object-refs.ts';
import { quoteIdentifier } from '#engine/postgres/quote.ts';

export const connectionSaturation = defineCheck({
  id: 'connection-saturation',
  title: 'Connections run out',
  category: 'reliability',
  topic: 'connections',
  severity: 'high',
  why: 'When all connections are taken, new ones are refused: deployments, jobs and people are locked out together, and only superusers get in.',
  rule: 'Client connections against max_connections less the reserved ones, at the moment of the reading: medium from 75 %, high from 90 %.',
  remedy:
    'Put a pooler between applications and server, make pools smaller, and give each role a CONNECTION LIMIT.',
  docs: 'https://www.postgresql.org/docs/current/runtime-config-connection.html#GUC-MAX-CONNECTIONS',
  needs: ['activity', 'settings'],
  thresholds: { mediumPercent: 75, highPercent: 90 },
  evaluate({ activity }, { catalog, limit }) {
    const allowed = connectionLimit(catalog);
    if (!allowed) return unknownLimit();
    const clients = clientSessions(activity);
    const percent = (clients.length / allowed.usable) * 100;
    if (percent < limit('mediumPercent')) return [];
    return [
      {
        severity: percent >= limit('highPercent') ? 'high' : 'medium',
        confidence: 'certain',
        confidenceReason: 'Counted at the moment of the reading; the peak may be higher.',
        object: serverRef(),
        message: `${clients.length} of ${allowed.usable} connections are in use (${formatPercent(percent)}).`,
        evidence: {
          connections: clients.length,
          usableConnections: allowed.usable,
          maxConnections: allowed.max,
          reservedConnections: allowed.reserved,
          usedPercent: Math.round(percent * 10) / 10,
          byState: countLines(countBy(clients, stateOf)),
          byRole: countLines(countBy(clients, roleOf)),
          byApplication: countLines(countBy(clients, applicationOf)),
        },
        gain: { text: 'New connections are not refused' },
        fix: guidedFix('Keep connections in reserve', adviceFor(clients, allowed.usable, catalog)),
      },
    ];
  },
});

function unknownLimit() {
  return {
    findings: [],
    unknown: [{ reason: 'max_connections is not readable, so the share in use is not known.', grant: null }],
  };
}

function adviceFor(clients: readonly ActivityFact[], usable: number, catalog: Catalog): string[] {
  const [busiest] = countBy(clients, roleOf);
  const memory = catalog.setting('work_mem');
  return [
    'Put a pooler such as PgBouncer in transaction mode in front, or make the pools of the applications smaller.',
    ...(busiest
      ? [
          `Limit the busiest role: ALTER ROLE ${quoteIdentifier(busiest[0])} CONNECTION LIMIT ${Math.floor(usable / 2)}; (undo: CONNECTION LIMIT -1).`,
        ]
      : []),
    `Raising max_connections needs a restart and memory for each session${memory ? ` (work_mem is ${memory.setting}${memory.unit ?? ''} per sort or hash)` : ''}.`,
  ];
}
