import type { ConstraintFact, TableFact } from '#shared/model/facts.ts';
import type { Catalog } from './catalog.ts';

/** A table with a foreign key to the parent that is looked at. */
export interface DeleteRuleChild {
  readonly key: ConstraintFact;
  readonly table: TableFact;
}

export interface DeleteRules {
  readonly children: readonly DeleteRuleChild[];
  readonly cascading: readonly DeleteRuleChild[];
  readonly refusing: readonly DeleteRuleChild[];
  /** Children that keep records, whose rule may differ from the others'. */
  readonly excepted: readonly DeleteRuleChild[];
  /** Some of the compared children cascade, others refuse. */
  readonly isMixed: boolean;
}

/** Tables that keep what happened: letting them outlive or block a delete is often meant. */
const RECORD_WORDS = new Set([
  'audit',
  'audits',
  'log',
  'logs',
  'history',
  'journal',
  'event',
  'events',
  'archive',
]);

/**
 * What the children of a table do when a row of it is deleted. The table itself, keys that partitions inherit, ones
 * that are not enforced and ones of extensions do not count. Source: the rule of fk-delete-rule-mixed.
 */
export function deleteRulesOf(parent: TableFact, catalog: Catalog): DeleteRules {
  const children = catalog.foreignKeysTo(parent.oid).flatMap((key): DeleteRuleChild[] => {
    const table = catalog.table(key.tableOid);
    const isCounted = key.parentOid === null && key.isEnforced && !key.isExtensionOwned;
    return table && isCounted && table.oid !== parent.oid ? [{ key, table }] : [];
  });
  // The catalog has no order: the same schema has to read the same every time.
  children.sort((a, b) => a.table.name.localeCompare(b.table.name) || a.key.oid - b.key.oid);
  const compared = children.filter((c) => !keepsRecords(c.table));
  const cascading = compared.filter((c) => c.key.onDelete === 'c');
  const refusing = compared.filter((c) => c.key.onDelete === 'a' || c.key.onDelete === 'r');
  return {
    children,
    cascading,
    refusing,
    excepted: children.filter((c) => keepsRecords(c.table)),
    isMixed: cascading.length > 0 && refusing.length > 0,
  };
}

/** The words of a table's name, in lower case. */
export function wordsOf(table: TableFact): string[] {
  return table.name.toLowerCase().split(/[^a-z0-9]+/);
}

function keepsRecords(table: TableFact): boolean {
  return wordsOf(table).some((word) => RECORD_WORDS.has(word));
}
