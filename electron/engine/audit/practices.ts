import type { Facts } from '#shared/model/facts.ts';
import type { GoodPractice } from '#shared/model/finding.ts';
import type { Catalog } from './catalog.ts';
import { INDEX_PRACTICES } from './practices/indexes.ts';
import { NAMED_TABLE_PRACTICES } from './practices/named-tables.ts';
import type { Practice } from './practices/practice.ts';
import { SCHEMA_PRACTICES } from './practices/schema.ts';
import { SERVER_PRACTICES } from './practices/server.ts';

/** Every good practice that an audit looks for, in the order of the report. */
export const PRACTICES: readonly Practice[] = [
  ...INDEX_PRACTICES,
  ...SCHEMA_PRACTICES,
  ...NAMED_TABLE_PRACTICES,
  ...SERVER_PRACTICES,
];

/**
 * What this database does well, each with the measured numbers (counts, shares in percent). Only what the facts prove
 * is listed: a fact that was not read praises nothing. Source of the list: the "Good practices found" of seed-audit.md.
 */
export function evaluatePractices(
  facts: Partial<Facts> & Pick<Facts, 'server'>,
  catalog: Catalog,
): GoodPractice[] {
  return PRACTICES.flatMap((practice): GoodPractice[] => {
    const praise = practice.judge(facts, catalog);
    return praise ? [{ id: practice.id, title: practice.title, ...praise }] : [];
  });
}
