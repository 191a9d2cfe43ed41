import type { Facts, IndexFact, ReplicationClient } from '#shared/model/facts.ts';
import { atOnce, inSlices } from '#engine/collect/yielding.ts';
import type { Catalog } from './catalog.ts';
import { supportsForeignKey } from './index-keys.ts';
import { prepareRedundancyPlan, type RedundancyPlan, redundancyPlan } from './index-redundancy.ts';
import { indexTotals, isRemovable } from './index-roles.ts';

/** Why an index must stay although nothing scanned it. */
export type KeepReason = 'rule' | 'foreign key' | 'stand-in';

export interface RemovalRules {
  readonly plan: RedundancyPlan;
  /** Null = may go if it is not used. */
  keepReason(index: IndexFact): KeepReason | null;
}

const known = new WeakMap<readonly IndexFact[], ReadonlySet<number>>();

/**
 * Decides which unused indexes may be proposed for removal: none that carries a rule, none that is the last support
 * of a foreign key, none that a used index is about to be dropped in favour of. Source: checks.md 2.3.
 */
export function removalRules(facts: Pick<Facts, 'indexes' | 'constraints'>, catalog: Catalog): RemovalRules {
  return rulesOf(redundancyPlan(facts, catalog), atOnce(keepersOf(facts, catalog)), catalog);
}

/** The same in slices; `removalRules` of the same facts then has them. */
export async function prepareRemovalRules(
  facts: Pick<Facts, 'indexes' | 'constraints'>,
  catalog: Catalog,
): Promise<RemovalRules> {
  const plan = await prepareRedundancyPlan(facts, catalog);
  return rulesOf(plan, await inSlices(keepersOf(facts, catalog)), catalog);
}

function rulesOf(plan: RedundancyPlan, keepers: ReadonlySet<number>, catalog: Catalog): RemovalRules {
  return {
    plan,
    keepReason(index) {
      if (!isRemovable(index)) return 'rule';
      if (keepers.has(index.oid)) return 'foreign key';
      const replaced = plan.standIns.get(index.oid) ?? [];
      return replaced.some((drop) => indexTotals(drop, catalog).scans > 0) ? 'stand-in' : null;
    },
  };
}

/** Standbys that answer queries of their own have counters of their own; backups and logical subscribers do not. */
export function countStandbys(
  facts: Pick<Facts, 'server'> & Partial<Pick<Facts, 'replicationClients' | 'replicationSlots'>>,
): number {
  const logical = (facts.replicationSlots ?? []).filter((s) => s.isActive && s.type === 'logical').length;
  const streaming = (facts.replicationClients ?? []).filter(isStandbyLike).length;
  return Math.max(0, streaming - logical);
}

/** False for what takes a backup or copies WAL; a logical subscriber looks like a standby here. */
export function isStandbyLike(client: ReplicationClient): boolean {
  return (
    client.state !== 'backup' && !/^(pg_receivewal|pg_basebackup|pg_recvlogical)/.test(client.application)
  );
}

/** Where several indexes would do for a foreign key, the most scanned stays, then the smallest. */
function* keepersOf(
  facts: Pick<Facts, 'indexes' | 'constraints'>,
  catalog: Catalog,
): Generator<void, ReadonlySet<number>> {
  const before = known.get(facts.indexes);
  if (before) return before;
  const plan = redundancyPlan(facts, catalog);
  const keepers = new Set<number>();
  for (const key of facts.constraints) {
    if (key.type !== 'f' || !key.isEnforced) continue;
    const supporters = catalog
      .indexesOf(key.tableOid)
      .filter((i) => !plan.dropped.has(i.oid) && supportsForeignKey(i, key, catalog));
    if (supporters.some((i) => !isRemovable(i) || keepers.has(i.oid))) continue;
    const [best] = supporters
      .map((index) => ({ index, totals: indexTotals(index, catalog) }))
      .sort(
        (a, b) =>
          b.totals.scans - a.totals.scans ||
          a.totals.sizeBytes - b.totals.sizeBytes ||
          a.index.oid - b.index.oid,
      );
    if (best) keepers.add(best.index.oid);
    yield;
  }
  known.set(facts.indexes, keepers);
  return keepers;
}
