import type { SequenceFact } from '#shared/model/facts.ts';
import type { Catalog } from './catalog.ts';
import { baseType, integerLimit } from './integer-types.ts';

/** The column a sequence feeds and foreign key columns that copy its values, each with its integer limit. */
export function sequenceHolders(
  sequence: SequenceFact,
  catalog: Catalog,
): { largest: bigint; origin: string }[] {
  const { tableOid, column } = sequence;
  if (tableOid === null || column === null) return [];
  const copies = catalog
    .foreignKeysTo(tableOid)
    .filter((key) => key.parentOid === null)
    .flatMap((key) => {
      const at = key.referencedColumns.indexOf(column);
      return at < 0 ? [] : [{ tableOid: key.tableOid, column: key.columns[at] ?? 0 }];
    });
  return [{ tableOid, column }, ...copies].flatMap((held) => {
    const found = catalog.column(held.tableOid, held.column);
    const table = catalog.table(held.tableOid);
    const type = found && baseType(found.typeOid, catalog);
    const largest = type ? integerLimit(type.oid) : null;
    if (!found || !table || !type || largest === null) return [];
    return [{ largest, origin: `${catalog.label(table)}.${found.name} (${type.name})` }];
  });
}
