import type { ActivityFact } from '#shared/model/facts.ts';
import { formatPercent } from '#shared/model/format.ts';
import type { CheckContext, Draft } from '#engine/audit/check.ts';
import { defineCheck } from '#engine/audit/check.ts';
import {
  applicationOf,
  type ConnectionLimit,
  clientSessions,
  connectionLimit,
  countBy,
  countLines,
  isIdleInTransaction,
  roleOf,
} from '#engine/audit/connections.ts';
import { guidedFix } from '#engine/audit/fixes.ts';
import { serverRef } from '#engine/audit/object-refs.ts';
import { poolAdvice } from '#engine/audit/pool-sizes.ts';

export const poolingHeadroom = defineCheck({
  id: 'pooling-headroom',
  title: 'Connection pools leave little room',
  category: 'configuration',
  topic: 'connections',
  severity: 'medium',
  why: 'Every pool keeps connections open whether they work or not. The sum over all processes, twice during a rolling deployment, has to stay below max_connections, or the next process that starts is refused.',
  rule: 'Against max_connections less the reserved ones: medium where idle client connections take 50 % or more, where one application holds more than 60 %, or where sessions idle in transaction take 20 %. Info with the figures from 20 % in use on; silent below.',
  remedy:
    'Add up the pools of all processes, keep the sum under 80 % of what is usable, and put a pooler in front where it does not fit.',
  docs: 'https://www.postgresql.org/docs/current/runtime-config-connection.html#GUC-MAX-CONNECTIONS',
  needs: ['activity', 'settings'],
  thresholds: {
    idlePercent: 50,
    oneApplicationPercent: 60,
    idleInTransactionPercent: 20,
    infoPercent: 20,
    /** Of the usable connections, for all pools together: the rest is for deployments, jobs and people. */
    budgetPercent: 80,
  },
  evaluate({ activity }, context) {
    const allowed = connectionLimit(context.catalog);
    if (!allowed) {
      return {
        findings: [],
        unknown: [{ reason: 'max_connections is not readable, so the room left is not known.', grant: null }],
      };
    }
    return judge(readUse(clientSessions(activity), allowed), allowed, context);
  },
});

interface Use {
  readonly clients: readonly ActivityFact[];
  readonly idle: readonly ActivityFact[];
  readonly idleInTransaction: number;
  readonly active: number;
  readonly applications: readonly (readonly [string, number])[];
  readonly percentOf: (count: number) => number;
}

function readUse(clients: readonly ActivityFact[], allowed: ConnectionLimit): Use {
  return {
    clients,
    idle: clients.filter((c) => c.state === 'idle'),
    idleInTransaction: clients.filter(isIdleInTransaction).length,
    active: clients.filter((c) => c.state === 'active').length,
    applications: countBy(clients, applicationOf),
    percentOf: (count) => (count / allowed.usable) * 100,
  };
}

function judge(use: Use, allowed: ConnectionLimit, { limit }: CheckContext): Draft[] {
  const { clients, idle, idleInTransaction, active, applications, percentOf } = use;
  const [largest] = applications;
  const concerns = [
    percentOf(idle.length) >= limit('idlePercent')
      ? `${idle.length} idle connections hold ${formatPercent(percentOf(idle.length))} of the ${allowed.usable} usable ones`
      : '',
    largest && percentOf(largest[1]) > limit('oneApplicationPercent')
      ? `${largest[0]} alone holds ${largest[1]} of ${allowed.usable} (${formatPercent(percentOf(largest[1]))})`
      : '',
    percentOf(idleInTransaction) >= limit('idleInTransactionPercent')
      ? `${idleInTransaction} of ${allowed.usable} sit idle in a transaction`
      : '',
  ].filter((text) => text !== '');
  // A small healthy server has a handful of connections: nothing to say about it.
  if (concerns.length === 0 && percentOf(clients.length) < limit('infoPercent')) return [];
  const budget = Math.max(1, Math.floor((allowed.usable * limit('budgetPercent')) / 100));
  return [
    {
      severity: concerns.length > 0 ? 'medium' : 'info',
      confidence: 'likely',
      confidenceReason: 'Counted at one moment; pools grow and shrink, and the peak is not known yet.',
      object: serverRef(),
      message:
        concerns.length > 0
          ? `${concerns.join('; ')}.`
          : `Clients hold ${clients.length} of ${allowed.usable} usable connections, ${active} of them active.`,
      evidence: {
        connections: clients.length,
        usableConnections: allowed.usable,
        maxConnections: allowed.max,
        reservedConnections: allowed.reserved,
        usedPercent: rounded(percentOf(clients.length)),
        idle: idle.length,
        idlePercent: rounded(percentOf(idle.length)),
        idleInTransaction,
        active,
        byApplication: countLines(applications),
        idleByApplication: countLines(countBy(idle, applicationOf)),
        byRole: countLines(countBy(clients, roleOf)),
        budgetConnections: budget,
      },
      gain: { text: 'Room for deployments, jobs and people' },
      fix: guidedFix('Size the connection pools', poolAdvice(applications, active, budget, allowed.usable)),
    },
  ];
}

function rounded(percent: number): number {
  return Math.round(percent * 10) / 10;
}
