import type { Facts, TableFact } from '#shared/model/facts.ts';
import type { Evidence } from '#shared/model/finding.ts';
import type { Catalog } from '../catalog.ts';

/** One good practice. `judge` returns what was measured, or null where it is not (or not provably) so. */
export interface Practice {
  /** Kebab-case, stable. */
  readonly id: string;
  readonly title: string;
  readonly judge: (
    facts: Partial<Facts> & Pick<Facts, 'server'>,
    catalog: Catalog,
  ) => { readonly message: string; readonly evidence: Evidence } | null;
}

/** The tables that people design: ordinary and partitioned ones, without partitions and extensions' own. */
export function designedTables(tables: readonly TableFact[]): TableFact[] {
  return tables.filter(
    (t) => (t.kind === 'r' || t.kind === 'p') && t.parentOid === null && !t.isExtensionOwned,
  );
}

/** 0–100 with one decimal. */
export function percentOf(part: number, whole: number): number {
  return whole === 0 ? 0 : Math.round((part / whole) * 1000) / 10;
}

/** Enough to find them, few enough to read. */
export function firstNames(things: readonly { readonly name: string }[]): readonly string[] {
  return things.slice(0, 5).map((t) => t.name);
}
