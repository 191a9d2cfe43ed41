import type { ConstraintFact, ForeignKeyAction, TableFact } from '#shared/model/facts.ts';
import type { Fix } from '#shared/model/finding.ts';
import type { ActionOf } from '#shared/model/plan-request.ts';
import type { Catalog } from '#engine/audit/catalog.ts';
import { validateConstraint } from '#engine/audit/constraint-fixes.ts';
import { ACTION_WORDS } from '#engine/audit/definitions.ts';
import { addForeignKey, changeDeleteRule, dropForeignKey } from '#engine/audit/foreign-key-fixes.ts';
import { supportsForeignKey } from '#engine/audit/index-keys.ts';
import { freeName } from '#engine/audit/index-names.ts';
import { isRowKey } from '#engine/audit/unique-keys.ts';
import { orphansOf, violationsOf } from '#engine/audit/violations.ts';
import { quoteLiteral } from '#engine/postgres/quote.ts';
import type { ActionDraft, MeasureSpec } from '../plan.ts';
import { note } from '../preflight.ts';
import { type ActionBuilder, type BuildContext, type Built, missing, refused } from './action.ts';
import { comparisonsOf, keyOperators } from './key-operators.ts';
import { countedRows, offenders, offendersOf } from './offenders.ts';

const NEEDS = ['tables', 'indexes', 'columns', 'constraints', 'types'] as const;

/** Added NOT VALID and validated apart; what the server would refuse is said before. */
export const addKey: ActionBuilder<'add-foreign-key'> = {
  needs: NEEDS,
  build: async (request, context): Promise<Built> => {
    const { catalog } = context;
    const table = ordinaryTable(request.table, catalog);
    const parent = ordinaryTable(request.parent, catalog);
    const pairs = columnPairs(request, table, parent, catalog);
    const key = uniqueKeyOf(parent, pairs.parentNumbers, catalog);
    const operators = await comparisonsOf(key, { table, parent, ...pairs }, context);
    const taken = new Set(catalog.constraintsOf(table.oid).map((constraint) => constraint.name));
    const name = freeName([table.name, ...request.columns], 'fkey', (candidate) => !taken.has(candidate));
    const { columns, parentColumns } = request;
    const onDelete = CODES[request.onDelete];
    const fix = addForeignKey(table, parent, { name, columns, parentColumns, onDelete }, catalog);
    const violations = orphansOf({ table, columns, parent, parentColumns, operators }, catalog);
    const title = `Keys of ${catalog.label(table)} without a row in ${catalog.label(parent)}`;
    return {
      title: fix.title,
      verb: 'Add foreign key',
      drafts: [
        {
          fix,
          object: { kind: 'constraint', oid: 0, schema: table.schema, name, table: table.name },
          isNew: true,
          guards: [catalog.tableRef(table), catalog.tableRef(parent)],
          measures: [isValidated(table, name)],
          preflight: [
            ...(isSupported(table, pairs.numbers, catalog)
              ? []
              : [
                  note(
                    `No index of ${catalog.label(table)} begins with ${columns.join(', ')}: each delete in ${catalog.label(parent)} will read all of it.`,
                    'Create one first.',
                  ),
                ]),
            await countedRows(violations, `rows of ${catalog.label(table)} without a parent`, context),
          ],
          offenders: offenders(violations, title),
        },
      ],
    };
  },
};

export const dropKey: ActionBuilder<'drop-foreign-key'> = {
  needs: NEEDS,
  build: ({ constraint: oid }, { catalog }): Built => {
    const { key } = foreignKey(oid, catalog);
    const fix = dropForeignKey(key, catalog) ?? composed(key);
    return { title: fix.title, verb: 'Drop foreign key', drafts: [draftOf(key, fix, catalog)] };
  },
};

export const replaceDeleteRule: ActionBuilder<'delete-rule'> = {
  needs: NEEDS,
  build: async ({ constraint: oid, onDelete: words }, context): Promise<Built> => {
    const { catalog } = context;
    const { key, table } = foreignKey(oid, catalog);
    const onDelete = CODES[words];
    if (key.onDelete === onDelete)
      throw refused(`${key.name} has ON DELETE ${ACTION_WORDS[onDelete]} already.`, null);
    const fix = changeDeleteRule(key, onDelete, catalog) ?? composed(key);
    const draft = draftOf(key, { ...fix, notes: ruleNotes(key, onDelete, catalog) }, catalog);
    const found = await rowsInTheWay(key, table, context);
    return {
      title: `${fix.title} to ${ACTION_WORDS[onDelete]}`,
      verb: 'Change delete rule',
      drafts: [
        {
          ...draft,
          measures: [ruleOf(table, key.name)],
          ...(found === null ? {} : { offenders: found.offenders }),
        },
      ],
    };
  },
};

export const validate: ActionBuilder<'validate-constraint'> = {
  needs: NEEDS,
  build: async ({ constraint: oid }, context): Promise<Built> => {
    const { catalog } = context;
    const constraint = catalog.constraint(oid);
    const table = catalog.table(constraint?.tableOid ?? null);
    if (!constraint || !table) throw missing('This constraint');
    if (!constraint.isEnforced)
      throw refused(`${constraint.name} is NOT ENFORCED: no row is checked against it.`, null);
    if (constraint.isValidated) throw refused(`${constraint.name} is valid already.`, null);
    const fix = validateConstraint(table, constraint, catalog);
    const found = await rowsInTheWay(constraint, table, context);
    const { preflight = [], ...rest } = found ?? {};
    return {
      title: fix.title,
      verb: 'Validate',
      drafts: [
        {
          ...draftOf(constraint, fix, catalog),
          measures: [isValidated(table, constraint.name)],
          preflight,
          ...rest,
        },
      ],
    };
  },
};

const CODES: Readonly<Record<ActionOf<'delete-rule'>['onDelete'], ForeignKeyAction>> = {
  'NO ACTION': 'a',
  RESTRICT: 'r',
  CASCADE: 'c',
  'SET NULL': 'n',
  'SET DEFAULT': 'd',
};

function ordinaryTable(oid: number, catalog: Catalog): TableFact {
  const table = catalog.table(oid);
  if (!table) throw missing('This table');
  if (table.kind === 'm' || table.kind === 'f')
    throw refused(`${catalog.label(table)} is no ordinary table: it can have no foreign key.`, null);
  return table;
}

/** Attribute numbers of both sides, in the order of the request. */
function columnPairs(
  { columns, parentColumns }: ActionOf<'add-foreign-key'>,
  table: TableFact,
  parent: TableFact,
  catalog: Catalog,
): { readonly numbers: readonly number[]; readonly parentNumbers: readonly number[] } {
  if (columns.length !== parentColumns.length)
    throw refused('A foreign key has as many columns as the key that it references.', null);
  return {
    numbers: columns.map((name) => columnNumber(table, name, catalog)),
    parentNumbers: parentColumns.map((name) => columnNumber(parent, name, catalog)),
  };
}

function columnNumber(table: TableFact, name: string, catalog: Catalog): number {
  const number = catalog
    .columnNumbers(table.oid)
    .find((candidate) => catalog.column(table.oid, candidate)?.name === name);
  if (number === undefined) throw missing(`The column ${name} of ${catalog.label(table)}`);
  return number;
}

/** The index that makes the referenced columns a key; each of them once, in any order. */
function uniqueKeyOf(parent: TableFact, numbers: readonly number[], catalog: Catalog) {
  const wanted = new Set(numbers);
  const key = catalog
    .indexesOf(parent.oid)
    .find(
      (index) =>
        isRowKey(index) &&
        index.keyColumnCount === numbers.length &&
        index.columns.slice(0, index.keyColumnCount).every((number) => wanted.has(number)),
    );
  const names = numbers.map((number) => catalog.column(parent.oid, number)?.name ?? '');
  if (!key || wanted.size !== numbers.length)
    throw refused(
      `${names.join(', ')} is no key of ${catalog.label(parent)}: a foreign key needs a unique one to point at.`,
      `Create a unique index on ${names.join(', ')} first, without a WHERE.`,
    );
  return key;
}

function isSupported(table: TableFact, columns: readonly number[], catalog: Catalog): boolean {
  const key = { tableOid: table.oid, columns, hasPeriod: false };
  return catalog.indexesOf(table.oid).some((index) => supportsForeignKey(index, key, catalog));
}

function foreignKey(
  oid: number,
  catalog: Catalog,
): { readonly key: ConstraintFact; readonly table: TableFact } {
  const key = catalog.constraint(oid);
  const table = catalog.table(key?.tableOid ?? null);
  if (!key || !table || key.type !== 'f') throw missing('This foreign key');
  if (key.parentOid !== null)
    throw refused(
      `${key.name} of ${catalog.label(table)} comes from its partitioned table.`,
      'Change the key of the partitioned table: its partitions follow.',
    );
  return { key, table };
}

function composed(key: ConstraintFact): never {
  throw refused(
    `${key.name} is a temporal key: PgVitals cannot write it down exactly, so it does not touch it.`,
    'Change it by hand, with its definition from pg_get_constraintdef.',
  );
}

function draftOf(key: ConstraintFact, fix: Fix, catalog: Catalog): ActionDraft {
  const tables = [catalog.table(key.tableOid), catalog.table(key.referencedTableOid)];
  return {
    fix,
    object: catalog.constraintRef(key),
    guards: [...new Set(tables.filter((table) => table !== undefined))].map((table) =>
      catalog.tableRef(table),
    ),
  };
}

async function rowsInTheWay(constraint: ConstraintFact, table: TableFact, context: BuildContext) {
  const { catalog } = context;
  const operators = constraint.type === 'f' ? await keyOperators(constraint.oid, context) : undefined;
  const violations = violationsOf(constraint, table, catalog, operators);
  if (violations === null) return null;
  const label = catalog.label(table);
  const what =
    constraint.type === 'f' ? `rows of ${label} without a parent` : `rows of ${label} that break it`;
  return {
    offenders: offendersOf(constraint, table, violations, catalog),
    preflight: [await countedRows(violations, what, context)],
  };
}

function ruleNotes(key: ConstraintFact, onDelete: ForeignKeyAction, catalog: Catalog): string[] {
  const table = catalog.table(key.tableOid);
  const parent = catalog.table(key.referencedTableOid);
  const [child, above] = [table, parent].map((one) => (one ? catalog.label(one) : ''));
  const kept = key.isValidated ? [] : ['It is not validated now, and stays so.'];
  switch (onDelete) {
    case 'c':
      return [`From then on a delete in ${above} also removes the rows of ${child}.`, ...kept];
    case 'n':
      return [`From then on a delete in ${above} sets the key in ${child} to NULL.`, ...kept];
    case 'd':
      return [`From then on a delete in ${above} sets the key in ${child} to its default.`, ...kept];
    default:
      return [`From then on a delete in ${above} is refused while ${child} has rows for it.`, ...kept];
  }
}

function isValidated(table: TableFact, name: string): MeasureSpec {
  return constraintMeasure('Validated', `CASE WHEN k.convalidated THEN 'yes' ELSE 'no' END`, table, name);
}

function ruleOf(table: TableFact, name: string): MeasureSpec {
  const words = Object.entries(ACTION_WORDS).map(([code, text]) => `WHEN '${code}' THEN '${text}'`);
  return constraintMeasure('ON DELETE', `CASE k.confdeltype ${words.join(' ')} END`, table, name);
}

function constraintMeasure(label: string, value: string, { oid }: TableFact, name: string): MeasureSpec {
  return {
    label,
    unit: 'text',
    sql: `SELECT ${value} FROM pg_catalog.pg_constraint k
      WHERE k.conrelid = ${oid}::pg_catalog.oid AND k.conname = ${quoteLiteral(name)}`,
  };
}
