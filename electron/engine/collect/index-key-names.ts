import { typeOfColumn } from './columns.ts';
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
    let opclassNames: string[] | null = null;
    let collationNames: string[] | null = null;
    for (let at = 0; at < key.opclasses.length; at += 1) {
      const column = key.columns[at] ?? 0;
      const opclass = opclassName(context, accessMethodOid, key.opclasses[at] ?? 0, tableOid, column);
      const collation = collationName(context, key.collations[at] ?? 0, tableOid, column);
      if (opclass !== '') (opclassNames ??= [...key.opclassNames])[at] = opclass;
      if (collation !== '') (collationNames ??= [...key.collationNames])[at] = collation;
    }
    if (!opclassNames && !collationNames) return key;
    return {
      ...key,
      opclassNames: opclassNames ?? key.opclassNames,
      collationNames: collationNames ?? key.collationNames,
    };
  };
}

function opclassName(
  context: CollectContext,
  accessMethodOid: number,
  oid: number,
  tableOid: number,
  column: number,
): string {
  const { names } = context;
  const opclass = names.operatorClass(oid);
  if (!opclass) return '';
  if (!opclass.isDefault) return opclass.name;
  const typeOid = typeOfColumn(context.facts.columns, context.columnTraits, tableOid, column);
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
  const own = columnTraits?.collations.get(tableOid)?.get(column) ?? DEFAULT_COLLATION_OID;
  return oid === own ? '' : (names.collation(oid) ?? '');
}

/** pg_collation's "default". */
const DEFAULT_COLLATION_OID = 100;
