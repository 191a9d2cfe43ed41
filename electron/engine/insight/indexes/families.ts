import type { IndexFact } from '#shared/model/facts.ts';
import type { IndexFamily, IndexFamilyDetail } from '#shared/model/indexes.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import { keepReason } from '#engine/audit/checks/duplicate-index.ts';
import { describeIndexColumns } from '#engine/audit/definitions.ts';
import { lastingKeep } from '#engine/audit/index-redundancy.ts';
import { EngineError } from '#engine/errors.ts';
import { type Grid, oncePer } from '../grid.ts';
import { type IndexModel, indexModel } from './model.ts';

const NAMED = 3;
const MOST_MEMBERS = 100;

/** One family per index that stays in the end, by the plan that the checks duplicate-index and covered-index share. */
export const familyRows = oncePer(async (snapshot: Snapshot): Promise<readonly IndexFamily[]> => {
  const model = await indexModel(snapshot);
  return [...familiesOf(model).values()]
    .map((members) => rowOf(members, model))
    .sort((a, b) => b.reclaimableBytes - a.reclaimableBytes);
});

/** Searched by the names of all members. */
export const familyGrid = oncePer(async (snapshot: Snapshot): Promise<Grid<IndexFamily>> => {
  const families = familiesOf(await indexModel(snapshot));
  const namesOf = (oid: number): string =>
    (families.get(oid)?.drops ?? []).map((index) => index.name).join(' ');
  return {
    rows: await familyRows(snapshot),
    text: (row) => `${row.schema}.${row.table} ${row.keep} ${namesOf(row.oid)}`,
  };
});

/** The family of the index to keep. Throws NOT_FOUND where it has none. */
export async function familyDetail(snapshot: Snapshot, oid: number): Promise<IndexFamilyDetail> {
  const model = await indexModel(snapshot);
  const members = familiesOf(model).get(oid);
  if (!members) throw new EngineError('NOT_FOUND', 'This family is gone.', 'Read the page again.');
  const { keep, drops } = members;
  const [first] = drops;
  const family = rowOf(members, model);
  const byName = family.kind === 'duplicate' && first;
  return {
    family,
    keepReason: byName ? keepReason(keep, first, model.catalog) : 'its first columns are all of theirs',
    members: [keep, ...drops].slice(0, MOST_MEMBERS).map((index) => ({
      oid: index.oid,
      name: index.name,
      columns: describeIndexColumns(index, model.catalog),
      sizeBytes: index.sizeBytes,
      scans: index.scans,
      verdict: index === keep ? ('keep' as const) : ('drop' as const),
    })),
  };
}

interface Members {
  readonly keep: IndexFact;
  /** Largest first. */
  readonly drops: IndexFact[];
}

/** By the oid of the index to keep. */
const familiesOf = oncePer(({ plan }: IndexModel): ReadonlyMap<number, Members> => {
  const families = new Map<number, Members>();
  for (const found of plan.dropped.values()) {
    const keep = lastingKeep(plan, found);
    const family = families.get(keep.oid) ?? { keep, drops: [] };
    family.drops.push(found.drop);
    families.set(keep.oid, family);
  }
  for (const { drops } of families.values()) drops.sort((a, b) => b.sizeBytes - a.sizeBytes || a.oid - b.oid);
  return families;
});

function rowOf({ keep, drops }: Members, { catalog, plan }: IndexModel): IndexFamily {
  // Equal to the one that stays, not only to another one that goes.
  const equal = drops.filter((i) => plan.duplicateOids.has(i.oid) && plan.dropped.get(i.oid)?.keep === keep);
  const more = drops.length - NAMED;
  return {
    oid: keep.oid,
    schema: keep.schema,
    table: catalog.table(keep.tableOid)?.name ?? '',
    kind: equal.length === drops.length ? 'duplicate' : equal.length === 0 ? 'covered' : 'mixed',
    keep: keep.name,
    others:
      drops
        .slice(0, NAMED)
        .map((index) => index.name)
        .join(', ') + (more > 0 ? ` and ${more} more` : ''),
    members: drops.length + 1,
    reclaimableBytes: drops.reduce((sum, index) => sum + index.sizeBytes, 0),
  };
}
