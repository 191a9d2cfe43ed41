import type { ForeignKeyAction, TableFact } from '#shared/model/facts.ts';
import type { Confidence, Fix } from '#shared/model/finding.ts';
import type { Catalog } from '#engine/audit/catalog.ts';
import type { Draft } from '#engine/audit/check.ts';
import { defineCheck } from '#engine/audit/check.ts';
import { ACTION_WORDS } from '#engine/audit/definitions.ts';
import { type DeleteRuleChild, deleteRulesOf, wordsOf } from '#engine/audit/delete-rules.ts';
import { guidedFix } from '#engine/audit/fixes.ts';
import { changeDeleteRule } from '#engine/audit/foreign-key-fixes.ts';
import { tableTotals } from '#engine/audit/table-totals.ts';

export const fkDeleteRuleMixed = defineCheck({
  id: 'fk-delete-rule-mixed',
  title: 'Deleting a row stops at some children and takes others along',
  category: 'reliability',
  topic: 'foreign keys',
  severity: 'medium',
  why: 'Where some children of a table cascade and others restrict, a delete that looks safe is refused, or one that is expected to be refused removes data. The result depends on which children happen to have rows.',
  rule: 'Medium, once per parent table, where foreign keys of other tables with ON DELETE CASCADE stand beside ones with RESTRICT or NO ACTION. SET NULL and SET DEFAULT do not count; neither do the table itself and children that keep records (audit, log, history, event, archive).',
  remedy: 'Decide per parent what a delete means, and give its children the same rule.',
  docs: 'https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK',
  needs: ['constraints', 'tables', 'columns'],
  thresholds: {},
  evaluate({ tables }, { catalog }) {
    return tables.flatMap((parent): Draft[] => {
      const { children, cascading, refusing, excepted, isMixed } = deleteRulesOf(parent, catalog);
      if (!isMixed) return [];
      const alike = findAlike(cascading, refusing);
      const { rows, deleted } = tableTotals(parent, catalog);
      return [
        {
          severity: 'medium',
          ...confidenceOf(alike),
          object: catalog.tableRef(parent),
          message: `Deleting from ${catalog.label(parent)} takes along the rows of ${listTables(cascading, catalog)} but is refused by rows in ${listTables(refusing, catalog)}.`,
          evidence: {
            children: children.map((c) => describeChild(c, catalog)),
            cascadeChildren: cascading.length,
            restrictChildren: refusing.length,
            excepted: excepted.map((c) => `${catalog.label(c.table)}: keeps records, so its rule may differ`),
            parentRows: rows,
            parentDeletes: deleted,
          },
          gain: { text: 'A delete does the same whichever children have rows' },
          fix: fixFor(parent, cascading, refusing, catalog),
        },
      ];
    });
  },
});

/** "scheduled_posts" and "sent_posts" name the same kind of thing: the last word is what they hold. */
function findAlike(
  a: readonly DeleteRuleChild[],
  b: readonly DeleteRuleChild[],
): readonly [DeleteRuleChild, DeleteRuleChild] | null {
  const byNoun = new Map(a.map((child) => [wordsOf(child.table).at(-1), child]));
  for (const child of b) {
    const other = byNoun.get(wordsOf(child.table).at(-1));
    if (other) return [other, child];
  }
  return null;
}

function confidenceOf(alike: readonly [DeleteRuleChild, DeleteRuleChild] | null): {
  confidence: Confidence;
  confidenceReason: string;
} {
  return alike
    ? {
        confidence: 'likely',
        confidenceReason: `${alike[0].table.name} and ${alike[1].table.name} look like the same kind of child, yet their rules differ.`,
      }
    : {
        confidence: 'review',
        confidenceReason:
          'The rules are read from the catalog; whether the difference is meant only its owner knows.',
      };
}

/** The smaller side follows the larger one. Where they are even nobody can tell which one is meant. */
function fixFor(
  parent: TableFact,
  cascading: readonly DeleteRuleChild[],
  refusing: readonly DeleteRuleChild[],
  catalog: Catalog,
): Fix {
  const [minority, majority] =
    cascading.length < refusing.length ? [cascading, refusing] : [refusing, cascading];
  const rule = commonRule(majority);
  const words = ACTION_WORDS[rule];
  const guided = (reason: string): Fix =>
    guidedFix(`Give the children of ${catalog.label(parent)} one delete rule`, [
      reason,
      `ON DELETE CASCADE now: ${listTables(cascading, catalog)}.`,
      `Refusing now: ${listTables(refusing, catalog)}.`,
    ]);
  if (cascading.length === refusing.length) {
    return guided('As many children cascade as refuse: decide which one a delete should do.');
  }
  // Before 18 a foreign key of a partitioned table cannot be added NOT VALID, and an unvalidated one must stay so.
  const isPlain = minority.every((c) => c.table.kind === 'r' && c.key.isValidated);
  const fixes = isPlain ? minority.map((c) => changeDeleteRule(c.key, rule, catalog)) : [undefined];
  const made = fixes.filter((fix) => fix !== undefined);
  const [first] = made;
  if (!first || made.length < fixes.length) {
    return guided(
      'The keys of the minority are partitioned, temporal or not validated: change them by hand.',
    );
  }
  return {
    ...first,
    title: `Set ON DELETE ${words} on ${minority.map((c) => c.key.name).join(', ')}`,
    sql: made.flatMap((f) => f.sql),
    undo: made.flatMap((f) => f.undo),
    lockInWords: made.map((f) => f.lockInWords).join(' '),
    notes: [
      rule === 'c'
        ? `From then on a delete in ${catalog.label(parent)} also removes the rows of ${listTables(minority, catalog)}.`
        : `From then on a delete in ${catalog.label(parent)} is refused while ${listTables(minority, catalog)} has rows for it.`,
      'It follows the majority of the children. Where the minority is right, change the others instead.',
    ],
  };
}

function commonRule(children: readonly DeleteRuleChild[]): ForeignKeyAction {
  const rules = children.map((c) => c.key.onDelete ?? 'a');
  if (rules[0] === 'c') return 'c';
  return rules.filter((r) => r === 'r').length * 2 > rules.length ? 'r' : 'a';
}

function describeChild({ key, table }: DeleteRuleChild, catalog: Catalog): string {
  const columns = key.columns.map((n) => catalog.column(table.oid, n)?.name ?? `column ${n}`).join(', ');
  return `${catalog.label(table)} (${columns}): ${ACTION_WORDS[key.onDelete ?? 'a']}`;
}

function listTables(children: readonly DeleteRuleChild[], catalog: Catalog): string {
  return [...new Set(children.map((c) => catalog.label(c.table)))].join(', ');
}
