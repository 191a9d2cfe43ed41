import type { Facts, IndexFact } from '#shared/model/facts.ts';
import { atOnce, inSlices } from '#engine/collect/yielding.ts';
import type { Catalog } from './catalog.ts';
import type { Unknown } from './check.ts';
import { findCovered } from './index-covering.ts';
import { type IndexKey, indexKey, isReversed, keyPrefix } from './index-keys.ts';
import { indexTotals } from './index-roles.ts';

/** One index that another one replaces. */
export interface Redundancy {
  readonly drop: IndexFact;
  readonly keep: IndexFact;
  /** Same keys, read from the other end. */
  readonly isReversed: boolean;
  /** The kept one is unique and this one is not: same order, one rule more. */
  readonly isWeaker: boolean;
}

export interface RedundancyPlan {
  /** Same keys: per group one to keep, every other one named once. */
  readonly duplicates: readonly Redundancy[];
  /** Strict key prefix of a longer index, or same keys with fewer INCLUDE columns. */
  readonly covered: readonly Redundancy[];
  /** Index oid → what it is replaced by. */
  readonly dropped: ReadonlyMap<number, Redundancy>;
  /** Of `dropped`: those in `duplicates`; the others are covered. */
  readonly duplicateOids: ReadonlySet<number>;
  /** Indexes that have to stay because they stand in for one of `dropped`. */
  readonly standIns: ReadonlyMap<number, readonly IndexFact[]>;
  /** Could not be compared: their table was locked while facts were read. */
  readonly opaque: readonly IndexFact[];
}

const plans = new WeakMap<readonly IndexFact[], RedundancyPlan>();

/**
 * Duplicate and covered indexes of the whole database, decided once so that no two checks propose drops which
 * together would leave a key without any index. Keys are hashed: linear in the number of indexes.
 */
export function redundancyPlan(facts: Pick<Facts, 'indexes'>, catalog: Catalog): RedundancyPlan {
  return atOnce(planning(facts, catalog));
}

/** The same in slices; `redundancyPlan` then has it. */
export function prepareRedundancyPlan(
  facts: Pick<Facts, 'indexes'>,
  catalog: Catalog,
): Promise<RedundancyPlan> {
  return inSlices(planning(facts, catalog));
}

function* planning(facts: Pick<Facts, 'indexes'>, catalog: Catalog): Generator<void, RedundancyPlan> {
  const known = plans.get(facts.indexes);
  if (known) return known;
  const duplicates: Redundancy[] = [];
  const covered: Redundancy[] = [];
  for (const alike of sameLeadingColumn(facts.indexes)) {
    const keys = alike.map(indexKey).filter((key) => key !== null);
    const found = findDuplicates(keys, catalog);
    const gone = new Set(found.map((r) => r.drop.oid));
    duplicates.push(...found);
    covered.push(
      ...findCovered(keys.filter((k) => !gone.has(k.index.oid))).map((c) => ({ ...c, isWeaker: false })),
    );
    yield;
  }
  const all = [...duplicates, ...covered];
  const standIns = new Map<number, IndexFact[]>();
  for (const { drop, keep } of all) {
    const list = standIns.get(keep.oid);
    if (list) list.push(drop);
    else standIns.set(keep.oid, [drop]);
  }
  const plan: RedundancyPlan = {
    duplicates,
    covered,
    dropped: new Map(all.map((r) => [r.drop.oid, r])),
    duplicateOids: new Set(duplicates.map((r) => r.drop.oid)),
    standIns,
    opaque: facts.indexes.filter((i) => i.isOpaque && i.isValid && i.isReady),
  };
  plans.set(facts.indexes, plan);
  return plan;
}

/**
 * The index that stays in the end: the one to keep of two equal indexes may itself be covered by a longer one. Chains
 * end, because a longer index never has a shorter one as its cover.
 */
export function lastingKeep({ dropped }: RedundancyPlan, found: Redundancy): IndexFact {
  let { keep } = found;
  for (let next = dropped.get(keep.oid); next; next = dropped.get(keep.oid)) keep = next.keep;
  return keep;
}

/** Most indexes share table and leading column with no other: only those that do are worth a comparable form. */
function sameLeadingColumn(indexes: readonly IndexFact[]): IndexFact[][] {
  const groups = new Map<number, IndexFact | IndexFact[]>();
  for (const index of indexes) {
    if (!index.isValid || !index.isReady) continue;
    // Attribute numbers stay below 2,048, so this is one number per table and column.
    const place = index.tableOid * 2048 + (index.columns[0] ?? 0);
    const group = groups.get(place);
    if (group === undefined) groups.set(place, index);
    else if (Array.isArray(group)) group.push(index);
    else groups.set(place, [group, index]);
  }
  return [...groups.values()].filter((group) => Array.isArray(group));
}

function findDuplicates(keys: readonly IndexKey[], catalog: Catalog): Redundancy[] {
  const groups = new Map<string, IndexKey[]>();
  for (const key of keys) {
    const name = `${keyPrefix(key, key.parts.length)}\u0000${key.included.join(',')}`;
    const group = groups.get(name);
    if (group) group.push(key);
    else groups.set(name, [key]);
  }
  return [...groups.values()].flatMap((group) => (group.length > 1 ? judgeGroup(group, catalog) : []));
}

/** Uniqueness is a rule, not an order: unique indexes only replace each other, but they replace plain ones too. */
function judgeGroup(group: readonly IndexKey[], catalog: Catalog): Redundancy[] {
  const byRule = new Map<string, IndexKey[]>();
  for (const key of group) {
    const { isUnique, nullsNotDistinct, isImmediate, isExclusion } = key.index;
    const rule = isExclusion
      ? `exclusion ${key.index.oid}`
      : isUnique
        ? `unique ${nullsNotDistinct} ${isImmediate}`
        : 'plain';
    const list = byRule.get(rule);
    if (list) list.push(key);
    else byRule.set(rule, [key]);
  }
  const plain = byRule.get('plain') ?? [];
  byRule.delete('plain');
  const kept: IndexKey[] = [];
  const found: Redundancy[] = [];
  for (const members of byRule.values()) {
    const [keep, ...rest] = members.sort((a, b) => compareWorth(a.index, b.index, catalog));
    if (!keep) continue;
    if (!keep.index.isExclusion) kept.push(keep);
    found.push(...replace(rest, keep, false));
  }
  plain.sort((a, b) => compareWorth(a.index, b.index, catalog));
  const [unique] = kept.sort((a, b) => compareWorth(a.index, b.index, catalog));
  const keep = unique ?? plain.shift();
  if (keep) found.push(...replace(plain, keep, unique !== undefined));
  return found;
}

function replace(rest: readonly IndexKey[], keep: IndexKey, isWeaker: boolean): Redundancy[] {
  return rest
    .filter(({ index }) => index.parentIndexOid === null && !index.isExtensionOwned)
    .map((key) => ({
      drop: key.index,
      keep: keep.index,
      isReversed: isReversed(key.directions, keep.directions),
      isWeaker,
    }));
}

/**
 * Which of two equal indexes to keep: bound to a constraint (primary key first), replica identity, referenced by a
 * foreign key, clustered, not droppable on its own, most scanned, older.
 */
function compareWorth(a: IndexFact, b: IndexFact, catalog: Catalog): number {
  const rank = (index: IndexFact): number[] => [
    index.isPrimary ? 1 : 0,
    index.constraintOid !== null ? 1 : 0,
    index.isReplicaIdentity ? 1 : 0,
    index.isReferencedByForeignKey ? 1 : 0,
    index.isClustered ? 1 : 0,
    index.parentIndexOid !== null || index.isExtensionOwned ? 1 : 0,
    indexTotals(index, catalog).scans,
  ];
  const [left, right] = [rank(a), rank(b)];
  for (const [at, value] of left.entries()) {
    const difference = (right[at] ?? 0) - value;
    if (difference !== 0) return difference;
  }
  return a.oid - b.oid;
}

/** For `Outcome.unknown`: indexes that could not be compared. */
export function opaqueIndexes(plan: RedundancyPlan, catalog: Catalog): Unknown[] {
  const tables = new Set(plan.opaque.map((i) => catalog.table(i.tableOid)?.name ?? 'a table'));
  return [...tables].map((name) => ({
    reason: `Indexes of ${name} with expressions or predicates could not be compared: it was locked while facts were read.`,
    grant: null,
  }));
}
