import type { Fix } from '#shared/model/finding.ts';
import type { IndexFact } from '#shared/model/facts.ts';
import type { RemovalPlan } from '#shared/model/indexes.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import { isKeyIndex, isNeverScanned } from '#engine/audit/audit-facts.ts';
import type { Catalog } from '#engine/audit/catalog.ts';
import { removeIndex } from '#engine/audit/index-fixes.ts';
import { countStandbys, type KeepReason, removalRules } from '#engine/audit/index-removal.ts';
import { indexTotals } from '#engine/audit/index-roles.ts';

const NAMED = 20;

const KEEP_WORDS: Readonly<Record<KeepReason, string>> = {
  rule: 'it carries a rule or serves in another way (uniqueness, replica identity, CLUSTER, part of a partitioned index …)',
  'foreign key': 'it is the last support of a foreign key',
  'stand-in': 'another index is to be dropped in its favour',
};

export interface Removal {
  /** Why it must stay; null = it may go if nothing uses it. */
  readonly keepReason: string | null;
  /** Null unless it may go and nothing uses it, or another one does the same. */
  fix(): Fix | null;
}

/**
 * What may be done to each index, by the rules of the audit. Stricter in one point: an index stays while another one is
 * to be dropped in its favour, used or not, for a list that is run as a whole would take both. Source: checks.md 2.3.
 */
export function removalsOf({ facts }: Snapshot, catalog: Catalog): (index: IndexFact) => Removal {
  const rules = removalRules({ indexes: facts.indexes ?? [], constraints: facts.constraints ?? [] }, catalog);
  return (index) => {
    const reason = rules.keepReason(index) ?? (rules.plan.standIns.has(index.oid) ? 'stand-in' : null);
    return {
      keepReason: reason === null ? null : KEEP_WORDS[reason],
      fix: () =>
        reason === null && (rules.plan.dropped.has(index.oid) || indexTotals(index, catalog).scans === 0)
          ? removeIndex(index, catalog)
          : null,
    };
  };
}

/**
 * Drops what was never scanned and may go, with the way back; the other never scanned ones with the reason. Not partitioned indexes, which have no counters of their own. Nothing is
 * dropped on a standby, or while standbys, which count scans of their own, were not looked at.
 */
export function removalPlan(
  snapshot: Snapshot,
  catalog: Catalog,
  standbysCheckedAt: string | null,
): RemovalPlan {
  const { server, indexes = [], replicationClients } = snapshot.facts;
  const removalOf = removalsOf(snapshot, catalog);
  const areStandbysOpen =
    standbysCheckedAt === null && countStandbys({ server, replicationClients: replicationClients ?? [] }) > 0;
  const fixes: Fix[] = [];
  const held = new Map<string, { reason: string; count: number; names: string[] }>();
  const verdict = (index: IndexFact): Fix | string => {
    if (server.isStandby) return 'indexes are dropped on the primary, which counts scans of its own';
    if (areStandbysOpen) return 'standbys count scans of their own: look there and confirm it first';
    const { keepReason, fix } = removalOf(index);
    if (keepReason !== null) return keepReason;
    const removal = fix();
    return removal && removal.undo.length > 0
      ? removal
      : 'its definition could not be read, so there is no way back';
  };
  for (const index of indexes) {
    if (!isNeverScanned(index) || isKeyIndex(index)) continue;
    const result = verdict(index);
    if (typeof result !== 'string') {
      fixes.push(result);
      continue;
    }
    const group = held.get(result) ?? { reason: result, count: 0, names: [] };
    group.count += 1;
    if (group.names.length < NAMED) group.names.push(catalog.label(index));
    held.set(result, group);
  }
  return {
    indexes: fixes.length,
    drop: fixes.flatMap((fix) => fix.sql),
    create: fixes.flatMap((fix) => fix.undo),
    held: [...held.values()],
  };
}
