import type { SchemaGraph } from '#shared/model/schema.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import { catalogOf, type Key, keysOf } from './keys.ts';

/** More boxes than this nobody can read. */
const MOST_NODES = 200;

/** The tables within `steps` foreign keys of one table; without one, the most connected tables. */
export function schemaGraph(snapshot: Snapshot, around: number | null, steps: number): SchemaGraph {
  const catalog = catalogOf(snapshot);
  const keys = keysOf(snapshot);
  const neighbours = new Map<number, Set<number>>();
  const link = (a: number, b: number): void => {
    const list = neighbours.get(a) ?? new Set();
    list.add(b);
    neighbours.set(a, list);
  };
  for (const { child, parent } of keys) {
    link(child.oid, parent.oid);
    link(parent.oid, child.oid);
  }
  const wanted = around === null ? byDegree(neighbours) : within(neighbours, around, steps);
  const shown = new Set(wanted.slice(0, MOST_NODES));
  return {
    nodes: [...shown].map((oid) => {
      const table = catalog.table(oid);
      return { oid, name: table ? catalog.label(table) : String(oid), rows: table?.estimatedRows ?? null };
    }),
    edges: keys
      .filter((key) => shown.has(key.child.oid) && shown.has(key.parent.oid))
      .map((key: Key) => ({
        id: key.fact.oid,
        child: key.child.oid,
        parent: key.parent.oid,
        rule: key.rule,
      })),
    unconnected: (snapshot.facts.tables ?? []).filter(
      (t) => (t.kind === 'r' || t.kind === 'p') && !t.isPartition && !neighbours.has(t.oid),
    ).length,
    left: wanted.length - shown.size,
  };
}

function byDegree(neighbours: ReadonlyMap<number, ReadonlySet<number>>): number[] {
  return [...neighbours].sort((a, b) => b[1].size - a[1].size || a[0] - b[0]).map(([oid]) => oid);
}

/** Nearest first. */
function within(
  neighbours: ReadonlyMap<number, ReadonlySet<number>>,
  around: number,
  steps: number,
): number[] {
  const seen = new Set([around]);
  let level: readonly number[] = [around];
  for (let step = 0; step < steps; step += 1) {
    const next: number[] = [];
    for (const oid of level) {
      for (const other of neighbours.get(oid) ?? []) {
        if (seen.has(other)) continue;
        seen.add(other);
        next.push(other);
      }
    }
    level = next;
  }
  return [...seen];
}
