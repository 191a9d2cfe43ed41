import type { IndexFact } from '#shared/model/facts.ts';
import type { Fix } from '#shared/model/finding.ts';
import { formatBytes, formatCount } from '#shared/model/format.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import type { Catalog } from '#engine/audit/catalog.ts';
import { unusedIndex } from '#engine/audit/checks/unused-index.ts';
import { removeIndex } from '#engine/audit/index-fixes.ts';
import { countStandbys, type KeepReason } from '#engine/audit/index-removal.ts';
import { indexTotals } from '#engine/audit/index-roles.ts';
import { createIndexUseJudge } from '#engine/audit/index-use.ts';
import { inDays } from '#engine/audit/observation.ts';
import { contextNow } from '#engine/audit/run.ts';

const KEEP_WORDS: Readonly<Record<KeepReason, string>> = {
  rule: 'it carries a rule or serves in another way (uniqueness, replica identity, CLUSTER, part of a partitioned index …)',
  'foreign key': 'it is the last support of a foreign key',
  'stand-in': 'another index is to be dropped in its favour',
};

export interface Removals {
  /** Why it must stay; null = it may go if nothing uses it. */
  keepReason(index: IndexFact): string | null;
  /** Why "never scanned" does not prove yet that it is unused; null = it does, or that is not the question. */
  unprovenReason(index: IndexFact): string | null;
  /** By the rule of the check unused-index. */
  isUnused(index: IndexFact): boolean;
  /** Null unless it may go and nothing scans it, or another one does the same. */
  fix(index: IndexFact): Fix | null;
}

/**
 * What may be done to each index, by the rules of the audit: the check unused-index judges its use. Stricter in one
 * point: an index stays while another one is to be dropped in its favour, used or not, for a list that is run as a
 * whole would take both. Source: checks.md 2.3.
 */
export function removalsOf(snapshot: Snapshot, catalog: Catalog): Removals {
  const { server, indexes = [], constraints = [] } = snapshot.facts;
  const context = contextNow(snapshot, unusedIndex, catalog);
  const { rules, watched, useOf } = createIndexUseJudge({ server, indexes, constraints }, context);
  const keepReasonOf = (index: IndexFact): string | null => {
    const isStandIn = rules.plan.standIns.has(index.oid) && !rules.plan.dropped.has(index.oid);
    const reason = rules.keepReason(index) ?? (isStandIn ? 'stand-in' : null);
    return reason === null ? null : KEEP_WORDS[reason];
  };
  const words: Readonly<Record<'small index' | 'small table' | 'young', string>> = {
    'small index': `it is smaller than ${formatBytes(context.limit('sizeBytes'))}, which is hardly worth a change`,
    'small table': `its table has fewer than ${formatCount(context.limit('tableRows'))} rows, and the planner reads so small a table without an index`,
    young: `its scans are counted ${watched.days === null ? 'for an unknown time' : `for ${inDays(watched.days)}`} only: at least ${inDays(context.limit('hintDays'))} say something`,
  };
  return {
    keepReason: keepReasonOf,
    unprovenReason(index) {
      const { verdict } = useOf(index);
      return verdict === 'small index' || verdict === 'small table' || verdict === 'young'
        ? words[verdict]
        : null;
    },
    isUnused: (index) => useOf(index).verdict === 'unused',
    fix: (index) =>
      keepReasonOf(index) === null &&
      (rules.plan.dropped.has(index.oid) ||
        indexTotals(index, catalog).scans === 0 ||
        useOf(index).verdict === 'unused')
        ? removeIndex(index, catalog)
        : null,
  };
}

/** Why nothing at all may be dropped here and now; null = something may. */
export function standbyReason({ facts }: Snapshot, standbysCheckedAt: string | null): string | null {
  const { server, replicationClients = [], replicationSlots = [] } = facts;
  if (server.isStandby)
    return 'this server is a standby: what to drop is decided on the primary, which counts scans of its own';
  return standbysCheckedAt === null && countStandbys({ server, replicationClients, replicationSlots }) > 0
    ? 'standbys count scans of their own: look there and confirm it first'
    : null;
}
