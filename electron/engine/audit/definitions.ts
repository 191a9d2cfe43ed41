import type { ConstraintFact, ForeignKeyAction, IndexFact } from '#shared/model/facts.ts';
import { quoteIdentifier, quoteLiteral } from '#engine/postgres/quote.ts';
import type { Catalog } from './catalog.ts';
import { splitExpressions } from './index-keys.ts';

/**
 * CREATE INDEX text of an index, composed from the arrays of pg_index: pg_get_indexdef on 50,000 indexes costs
 * seconds and waits behind ACCESS EXCLUSIVE. Where expressions, a predicate or opclass parameters make composing
 * unsafe the collector has fetched the server's own text. Null where neither is available.
 */
export function indexDefinition(
  index: IndexFact,
  catalog: Catalog,
  options: { readonly concurrently?: boolean } = {},
): string | null {
  // A partitioned index is created on the parent alone and never CONCURRENTLY; pg_get_indexdef prints it so, too.
  const concurrently = options.concurrently && !index.isPartitioned ? ' CONCURRENTLY' : '';
  const tablespace = index.tablespace ? ` TABLESPACE ${quoteIdentifier(index.tablespace)}` : '';
  if (index.definition) {
    const created = index.definition.replace(/^(CREATE (?:UNIQUE )?INDEX)/, `$1${concurrently}`);
    return placeTablespace(created, index.predicate, tablespace);
  }
  if (index.isOpaque) return null;
  const table = catalog.table(index.tableOid);
  if (!table) return null;
  const parts: string[] = [];
  for (const [at, number] of index.columns.entries()) {
    const column = catalog.column(index.tableOid, number);
    if (!column) return null;
    parts.push(at < index.keyColumnCount ? keyPart(index, at, column.name) : quoteIdentifier(column.name));
  }
  const keys = parts.slice(0, index.keyColumnCount).join(', ');
  const included = parts.slice(index.keyColumnCount).join(', ');
  const storage = Object.entries(index.storageOptions).map(([k, v]) => `${k}=${quoteLiteral(v)}`);
  return [
    `CREATE ${index.isUnique ? 'UNIQUE ' : ''}INDEX${concurrently} ${quoteIdentifier(index.name)}`,
    ` ON ${index.isPartitioned ? 'ONLY ' : ''}${catalog.quoted(table)} USING ${quoteIdentifier(index.accessMethod)} (${keys})`,
    included ? ` INCLUDE (${included})` : '',
    index.nullsNotDistinct ? ' NULLS NOT DISTINCT' : '',
    storage.length > 0 ? ` WITH (${storage.join(', ')})` : '',
    tablespace,
  ].join('');
}

/** "user_id, created_at DESC include (title) where deleted_at IS NULL": what an index covers, for people. */
export function describeIndexColumns(index: IndexFact, catalog: Catalog): string {
  const expressions = splitExpressions(index.expressions ?? '');
  let next = 0;
  const names = index.columns.map((number, at) => {
    const name =
      number === 0
        ? (expressions[next++] ?? '(expression)')
        : (catalog.column(index.tableOid, number)?.name ?? `column ${number}`);
    const option = at < index.keyColumnCount ? (index.options[at] ?? 0) : 0;
    return name + orderWords(option);
  });
  const keys = names.slice(0, index.keyColumnCount).join(', ');
  const included = names.slice(index.keyColumnCount);
  return [
    keys,
    included.length > 0 ? ` include (${included.join(', ')})` : '',
    index.predicate ? ` where ${index.predicate}` : '',
  ].join('');
}

/** The ADD CONSTRAINT body of a foreign key: "FOREIGN KEY (a) REFERENCES s.t (b) ON DELETE CASCADE". */
export function foreignKeyDefinition(
  constraint: ConstraintFact,
  catalog: Catalog,
  change: { readonly onDelete?: ForeignKeyAction } = {},
): string | null {
  const parent = catalog.table(constraint.referencedTableOid);
  if (constraint.type !== 'f' || !parent || constraint.hasPeriod) return null;
  const onDelete = change.onDelete ?? constraint.onDelete ?? 'a';
  const setColumns =
    constraint.onDeleteColumns.length > 0 && onDelete === constraint.onDelete
      ? ` (${catalog.quotedColumns(constraint.tableOid, constraint.onDeleteColumns)})`
      : '';
  return [
    `FOREIGN KEY (${catalog.quotedColumns(constraint.tableOid, constraint.columns)})`,
    ` REFERENCES ${catalog.quoted(parent)} (${catalog.quotedColumns(parent.oid, constraint.referencedColumns)})`,
    constraint.match === 'f' ? ' MATCH FULL' : '',
    constraint.onUpdate && constraint.onUpdate !== 'a'
      ? ` ON UPDATE ${ACTION_WORDS[constraint.onUpdate]}`
      : '',
    onDelete !== 'a' ? ` ON DELETE ${ACTION_WORDS[onDelete]}${setColumns}` : '',
    constraint.isDeferrable ? ' DEFERRABLE' : '',
    constraint.isInitiallyDeferred ? ' INITIALLY DEFERRED' : '',
  ].join('');
}

export const ACTION_WORDS: Readonly<Record<ForeignKeyAction, string>> = {
  a: 'NO ACTION',
  r: 'RESTRICT',
  c: 'CASCADE',
  n: 'SET NULL',
  d: 'SET DEFAULT',
};

/** pg_get_indexdef leaves the tablespace out; in the grammar it stands before WHERE. */
function placeTablespace(created: string, predicate: string | null, tablespace: string): string {
  const tail = predicate === null ? '' : created.slice(created.lastIndexOf(` WHERE ${predicate}`));
  return tail === '' ? created + tablespace : created.slice(0, -tail.length) + tablespace + tail;
}

function keyPart(index: IndexFact, at: number, column: string): string {
  const collation = index.collationNames[at];
  const opclass = index.opclassNames[at];
  return [
    quoteIdentifier(column),
    collation ? ` COLLATE ${collation}` : '',
    opclass ? ` ${opclass}` : '',
    orderWords(index.options[at] ?? 0),
  ].join('');
}

/** pg_index.indoption: bit 1 DESC, bit 2 NULLS FIRST; ASC implies NULLS LAST and DESC implies NULLS FIRST. */
function orderWords(option: number): string {
  if (option === 0) return '';
  if (option === 3) return ' DESC';
  return option === 1 ? ' DESC NULLS LAST' : ' NULLS FIRST';
}
