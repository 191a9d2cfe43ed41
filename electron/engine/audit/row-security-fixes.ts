import type { Fix } from '#shared/model/finding.ts';
import type { TableFact } from '#shared/model/facts.ts';
import { quoteIdentifier } from '#engine/postgres/quote.ts';
import type { Catalog } from './catalog.ts';
import { BRIEF_EXCLUSIVE, statementFix } from './fixes.ts';

/** `policy`: made first, so that there is one when it begins to count; dropped last by the undo. */
export function enableRowSecurity(
  table: TableFact,
  catalog: Catalog,
  options: { readonly policy?: PolicyText; readonly notes?: readonly string[] } = {},
): Fix {
  const target = catalog.quoted(table);
  const { policy, notes = [] } = options;
  return statementFix({
    title: `Enable row-level security on ${catalog.label(table)}`,
    sql: [...(policy ? [createText(target, policy)] : []), `ALTER TABLE ${target} ENABLE ROW LEVEL SECURITY`],
    undo: [`ALTER TABLE ${target} DISABLE ROW LEVEL SECURITY`, ...(policy ? [dropText(target, policy)] : [])],
    risk: 'R4',
    lock: 'ACCESS EXCLUSIVE',
    lockInWords: BRIEF_EXCLUSIVE(catalog.label(table)),
    notes,
  });
}

export function disableRowSecurity(table: TableFact, catalog: Catalog, notes: readonly string[] = []): Fix {
  const target = `ALTER TABLE ${catalog.quoted(table)}`;
  return statementFix({
    title: `Disable row-level security on ${catalog.label(table)}`,
    sql: [`${target} DISABLE ROW LEVEL SECURITY`],
    undo: [`${target} ENABLE ROW LEVEL SECURITY`],
    risk: 'R4',
    lock: 'ACCESS EXCLUSIVE',
    lockInWords: BRIEF_EXCLUSIVE(catalog.label(table)),
    notes,
  });
}

export interface PolicyText {
  readonly name: string;
  /** As it stands after TO: PUBLIC, or quoted names. */
  readonly roles: string;
  /** A condition; also what new rows have to fulfil. */
  readonly using: string;
}

export function createPolicy(
  table: TableFact,
  policy: PolicyText,
  catalog: Catalog,
  notes: readonly string[] = [],
): Fix {
  const target = catalog.quoted(table);
  return statementFix({
    title: `Create the policy ${policy.name} on ${catalog.label(table)}`,
    sql: [createText(target, policy)],
    undo: [dropText(target, policy)],
    risk: 'R4',
    lock: 'ACCESS EXCLUSIVE',
    lockInWords: BRIEF_EXCLUSIVE(catalog.label(table)),
    notes,
  });
}

function createText(target: string, { name, roles, using }: PolicyText): string {
  return `CREATE POLICY ${quoteIdentifier(name)} ON ${target} FOR ALL TO ${roles} USING (${using})`;
}

function dropText(target: string, { name }: PolicyText): string {
  return `DROP POLICY ${quoteIdentifier(name)} ON ${target}`;
}
