import type { ConstraintFact, ForeignKeyAction } from '#shared/model/facts.ts';
import type { Capabilities } from '#engine/postgres/capabilities.ts';
import { SYSTEM_SCHEMAS } from './catalog-names.ts';
import { number, text } from './decode.ts';
import type { CollectContext, SharedFamily, Writable } from './family.ts';
import { readUnlocked } from './locks.ts';
import { createIntListReader, packed, packedFlags, PackedRow } from './packed.ts';
import { mapRows } from './yielding.ts';

export type ConstraintDraft = Writable<ConstraintFact>;

/** Constraints of user tables, without their definitions. Domain constraints belong to no table and are left out. */
export const constraintsFamily: SharedFamily = {
  facts: ['constraints'],
  label: 'constraints',
  isDraft: true,
  async read(transaction, context) {
    const rows = await transaction.rows(constraintsSql(context.capabilities));
    return async () => ({ facts: { constraints: await mapRows(rows, createMapper(context)) } });
  },
};

/**
 * Fills in pg_get_constraintdef where the columns do not say it all: what is not validated or not enforced and, unless
 * there are very many, checks (40 µs each, as the server opens their tables).
 * It deparses, so it would wait for locked tables: their checks are left out, and noted in the context.
 */
export async function addConstraintDefinitions(
  context: CollectContext,
  constraints: readonly ConstraintDraft[],
): Promise<void> {
  const checks = constraints.filter((c) => c.type === 'c');
  const wanted = constraints.filter(
    (c) => !c.isValidated || !c.isEnforced || (c.type === 'c' && checks.length <= MOST_CHECKS),
  );
  const byOid = new Map(wanted.map((c) => [c.oid, c]));
  const options = { fact: 'constraints', label: 'constraints', what: 'The definition' } as const;
  const objects = wanted.map(({ oid, tableOid }) => ({ oid, tableOids: [tableOid] }));
  await readUnlocked(context, objects, options, async (transaction, free) => {
    const rows = await transaction.rows(DEFINITIONS_SQL, [free.map((c) => c.oid)]);
    for (const [oid, definition] of rows) {
      const constraint = byOid.get(number(oid));
      if (constraint) constraint.definition = text(definition);
    }
  });
}

function createMapper(context: CollectContext): (row: readonly unknown[]) => ConstraintDraft {
  const packedRow = new PackedRow();
  const intList = createIntListReader();
  const { names } = context;
  return ([name, numbers, onDeleteColumns]) => {
    packedRow.open(numbers);
    const oid = packedRow.int();
    const tableOid = packedRow.int();
    const flags = packedRow.int();
    const parentOid = packedRow.int();
    const indexOid = packedRow.int();
    const referencedTableOid = packedRow.int();
    const type = packedRow.word() as ConstraintFact['type'];
    const onDelete = packedRow.word() as ForeignKeyAction;
    const onUpdate = packedRow.word() as ForeignKeyAction;
    const match = packedRow.word() as 'f' | 'p' | 's';
    const columns = intList(packedRow.word());
    const referenced = intList(packedRow.rest());
    const isForeignKey = type === 'f';
    return {
      oid,
      tableOid,
      name: text(name),
      type,
      isValidated: (flags & 1) !== 0,
      isEnforced: (flags & 2) !== 0,
      isDeferrable: (flags & 4) !== 0,
      isInitiallyDeferred: (flags & 8) !== 0,
      parentOid: parentOid || null,
      isExtensionOwned:
        names.isExtensionOwned('pg_class', tableOid) || names.isExtensionOwned('pg_constraint', oid),
      indexOid: indexOid || null,
      columns,
      referencedTableOid: isForeignKey ? referencedTableOid : null,
      referencedColumns: isForeignKey ? referenced : NONE,
      onDelete: isForeignKey ? onDelete : null,
      onUpdate: isForeignKey ? onUpdate : null,
      match: isForeignKey ? match : null,
      hasPeriod: isForeignKey && (flags & 16) !== 0,
      onDeleteColumns: onDeleteColumns === null ? NONE : intList(text(onDeleteColumns)),
      definition: null,
    };
  };
}

const MOST_CHECKS = 1_000;

const NONE: readonly number[] = Object.freeze([]);

function constraintsSql({ has }: Capabilities): string {
  const enforced = has('pg_constraint', 'conenforced') ? 'c.conenforced' : 'true';
  const period = has('pg_constraint', 'conperiod') ? 'c.conperiod' : 'false';
  const setColumns = has('pg_constraint', 'confdelsetcols') ? 'c.confdelsetcols::text' : 'NULL';
  const numbers = packed([
    'c.oid',
    'c.conrelid',
    packedFlags(['c.convalidated', enforced, 'c.condeferrable', 'c.condeferred', period]),
    'c.conparentid',
    'c.conindid',
    'c.confrelid',
    'c.contype',
    'c.confdeltype',
    'c.confupdtype',
    'c.confmatchtype',
    "coalesce(c.conkey, '{}')",
    "coalesce(c.confkey, '{}')",
  ]);
  // From 18 on each NOT NULL is a constraint too: `columns` has them; here only those that VALIDATE could mend matter.
  return `SELECT c.conname, ${numbers}, ${setColumns}
    FROM pg_catalog.pg_constraint c
    WHERE c.conrelid <> 0 AND c.connamespace NOT IN ${SYSTEM_SCHEMAS}
      AND (c.contype <> 'n' OR NOT c.convalidated OR NOT ${enforced})`;
}

const DEFINITIONS_SQL = `SELECT c.oid, pg_catalog.pg_get_constraintdef(c.oid)
  FROM pg_catalog.pg_constraint c WHERE c.oid = ANY ($1::pg_catalog.oid[])`;
