import type { IndexFact } from '#shared/model/facts.ts';
import { type IndexKey, isReversed, keyPrefix } from './index-keys.ts';
import { isRemovable } from './index-roles.ts';

export interface Covering {
  readonly drop: IndexFact;
  readonly keep: IndexFact;
  /** The longer index has to be read backward to give the order of the shorter. */
  readonly isReversed: boolean;
}

/**
 * Plain btree indexes whose keys are the first keys of a longer index, or the same keys with fewer INCLUDE columns.
 * `keys` are of valid indexes that are not about to be dropped for another reason.
 */
export function findCovered(keys: readonly IndexKey[]): Covering[] {
  const byPrefix = new Map<string, IndexKey[]>();
  const candidates = keys.filter(({ index }) => index.accessMethod === 'btree');
  for (const key of candidates) {
    for (let length = 1; length <= key.parts.length; length += 1) {
      const name = keyPrefix(key, length);
      const list = byPrefix.get(name);
      if (list) list.push(key);
      else byPrefix.set(name, [key]);
    }
  }
  const coversOf = new Map<IndexKey, IndexKey[]>();
  for (const key of candidates) {
    if (!isRemovable(key.index)) continue;
    const covers = (byPrefix.get(keyPrefix(key, key.parts.length)) ?? []).filter((c) => isCoveredBy(key, c));
    if (covers.length > 0) coversOf.set(key, covers);
  }
  return [...coversOf].flatMap(([key, covers]) => {
    // Covering is transitive, so an uncovered cover always exists; it is the one that stays.
    const lasting = covers.filter((c) => !coversOf.has(c));
    const [best] = lasting.sort((a, b) => compareCovers(a.index, b.index, key.index));
    if (!best) return [];
    const reversed = isReversed(key.directions, best.directions.slice(0, key.directions.length));
    return [{ drop: key.index, keep: best.index, isReversed: reversed }];
  });
}

/** Where several would do: one not much larger, then the one that queries use already, then the smallest. */
function compareCovers(a: IndexFact, b: IndexFact, narrow: IndexFact): number {
  const isLarge = (index: IndexFact): number => Number(index.sizeBytes > 3 * narrow.sizeBytes);
  return isLarge(a) - isLarge(b) || b.scans - a.scans || a.sizeBytes - b.sizeBytes || a.oid - b.oid;
}

/** Given equal leading keys: more key columns or more INCLUDE columns, and nothing lost. */
function isCoveredBy(key: IndexKey, cover: IndexKey): boolean {
  if (cover === key) return false;
  const reachable = new Set([...cover.index.columns.slice(0, cover.index.keyColumnCount), ...cover.included]);
  if (!key.included.every((number) => reachable.has(number))) return false;
  return cover.parts.length > key.parts.length || cover.included.length > key.included.length;
}
