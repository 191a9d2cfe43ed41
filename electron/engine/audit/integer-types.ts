import type { TypeFact } from '#shared/model/facts.ts';
import type { Catalog } from './catalog.ts';

/** Fixed oids of pg_type: they never change between versions. */
const INTEGER_LIMITS: ReadonlyMap<number, bigint> = new Map([
  [21, 32_767n],
  [23, 2_147_483_647n],
  [20, 9_223_372_036_854_775_807n],
]);
const TEXT_TYPES: ReadonlySet<number> = new Set([25, 1043]);

/** The largest value of smallint, integer or bigint; null for every other type. */
export function integerLimit(typeOid: number): bigint | null {
  return INTEGER_LIMITS.get(typeOid) ?? null;
}

/** text or varchar, which compare alike; char(n) pads and does not. */
export function isText(typeOid: number): boolean {
  return TEXT_TYPES.has(typeOid);
}

/** The type behind domains, however many lie over each other; undefined where it was not read. */
export function baseType(typeOid: number, catalog: Catalog): TypeFact | undefined {
  let type = catalog.type(typeOid);
  while (type && type.baseTypeOid !== null) type = catalog.type(type.baseTypeOid);
  return type;
}
