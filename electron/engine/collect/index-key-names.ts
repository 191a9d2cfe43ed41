import type { CollectContext } from './family.ts';
import { createIntListReader } from './packed.ts';

/** The key of an index as the facts hold it; see `IndexFact`. */
export interface IndexKeyParts {
  readonly keyColumnCount: number;
  readonly columns: readonly number[];
  readonly opclasses: readonly number[];
  readonly opclassNames: readonly string[];
  readonly collations: readonly number[];
  readonly collationNames: readonly string[];
  readonly options: readonly number[];
}

/**
 * Reads `indnkeyatts|indkey|indclass|indcollation|indoption`. Names are given only where CREATE INDEX must repeat
 * them: an operator class that is not the default of its column's type, a collation that is not its column's own.
 * Equal keys without such names share one object.
 */
export function createKeyReader(
  context: CollectContext,
): (tableOid: number, accessMethodOid: number, packedKey: string) => IndexKeyParts {
  const intList = createIntListReader();
  const nameless = new Map<string, IndexKeyParts>();
  return (tableOid, accessMethodOid, packedKey) => {
    let key = nameless.get(packedKey);
    if (!key) {
      const [count = '', columns = '', classes = '', collations = '', options = ''] = packedKey.split('|');
      key = {
        keyColumnCount: Number(count),
        columns: intList(columns),
        opclasses: intList(classes),
        opclassNames: intList(classes).map(() => ''),
        collations: intList(collations),
        collationNames: intList(collations).map(() => ''),
        options: intList(options),
      };
      nameless.set(packedKey, key);
    }
    const { columns, opclasses, collations } = key;
    const opclassNames = opclasses.map((oid, at) =>
      opclassName(context, accessMethodOid, oid, () => columnType(context, tableOid, columns[at] ?? 0)),
    );
    const collationNames = collations.map((oid, at) =>
      collationName(context, oid, tableOid, columns[at] ?? 0),
    );
    const isNameless = opclassNames.every(isEmpty) && collationNames.every(isEmpty);
    return isNameless ? key : { ...key, opclassNames, collationNames };
  };
}

function opclassName(
  { names }: CollectContext,
  accessMethodOid: number,
  oid: number,
  readType: () => number | null,
): string {
  const opclass = names.operatorClass(oid);
  if (!opclass) return '';
  if (!opclass.isDefault) return opclass.name;
  const typeOid = readType();
  // text_ops on a citext column: the default of text, but citext has a default of its own.
  const isOverridden =
    typeOid !== null &&
    typeOid !== opclass.inputTypeOid &&
    names.hasDefaultOperatorClass(accessMethodOid, typeOid);
  return isOverridden ? opclass.name : '';
}

function collationName(
  { names, columnTraits }: CollectContext,
  oid: number,
  tableOid: number,
  column: number,
): string {
  if (oid === 0) return '';
  const own = columnTraits?.collations.get(`${tableOid}:${column}`) ?? DEFAULT_COLLATION_OID;
  return oid === own ? '' : (names.collation(oid) ?? '');
}

/** Null for expressions, and where the columns could not be read. */
function columnType(
  { columnTraits, facts }: CollectContext,
  tableOid: number,
  column: number,
): number | null {
  const range = columnTraits?.ranges.get(tableOid);
  const { columns } = facts;
  if (column === 0 || !range || !columns) return null;
  // Without dropped columns the place follows from the number.
  const guess = range.start + column - 1;
  if (column <= range.count && columns.number[guess] === column) return columns.typeOid[guess] ?? null;
  for (let at = range.start; at < range.start + range.count; at += 1) {
    if (columns.number[at] === column) return columns.typeOid[at] ?? null;
  }
  return null;
}

function isEmpty(name: string): boolean {
  return name === '';
}

/** pg_collation's "default". */
const DEFAULT_COLLATION_OID = 100;
