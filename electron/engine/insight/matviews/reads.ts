import type { ViewReads } from '#shared/model/facts.ts';
import type { Neighbour } from '#shared/model/matviews.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import { oncePer } from '../grid.ts';

/** Who reads whom around materialized views. */
export interface Reads {
  /** What reads this view, whatever lies between; nearest first. */
  readers(oid: number): readonly Neighbour[];
  /** What it reads, down to tables; nearest first. */
  read(oid: number): readonly Neighbour[];
  /** 1 where it reads no other matview; else one more than the highest of those below: refresh in this order. */
  level(oid: number): number;
}

const NO_READS: ViewReads = { objects: [], links: [] };

export const readsOf = oncePer(({ facts }: Snapshot): Reads => {
  const { objects, links } = facts.viewReads ?? NO_READS;
  const down = Map.groupBy(links, ([reader]) => reader);
  const up = Map.groupBy(links, ([, read]) => read);
  const below = (at: number): number[] => (down.get(at) ?? []).map(([, read]) => read);
  const above = (at: number): number[] => (up.get(at) ?? []).map(([reader]) => reader);
  const places = new Map(objects.flatMap(({ kind, oid }, at) => (kind === 'function' ? [] : [[oid, at]])));
  const neighbours = (oid: number, next: (at: number) => number[]): Neighbour[] => {
    const start = places.get(oid);
    if (start === undefined) return [];
    return [...stepsFrom(start, next)]
      .flatMap(([at, steps]) => {
        const object = objects[at];
        return object && steps > 0 ? [{ ...object, steps }] : [];
      })
      .toSorted(
        (a, b) => a.steps - b.steps || a.schema.localeCompare(b.schema) || a.name.localeCompare(b.name),
      );
  };
  const levels = new Map<number, number>();
  const level = (oid: number): number => {
    const known = levels.get(oid);
    if (known !== undefined) return known;
    // A function can close a circle: what is being counted counts as nothing.
    levels.set(oid, 0);
    const matviews = neighbours(oid, below).filter(({ kind }) => kind === 'materialized view');
    const own = 1 + Math.max(0, ...matviews.map((matview) => level(matview.oid)));
    levels.set(oid, own);
    return own;
  };
  return { readers: (oid) => neighbours(oid, above), read: (oid) => neighbours(oid, below), level };
});

/** Everything that can be reached, with the fewest steps to it. */
function stepsFrom(start: number, next: (at: number) => number[]): ReadonlyMap<number, number> {
  const steps = new Map([[start, 0]]);
  // A Map can be added to while it is walked through.
  for (const [at, count] of steps) {
    for (const other of next(at)) if (!steps.has(other)) steps.set(other, count + 1);
  }
  return steps;
}
