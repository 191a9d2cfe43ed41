import type { ConstraintFact, IndexFact } from '#shared/model/facts.ts';
import type { Catalog } from './catalog.ts';

/** What decides whether two indexes can stand in for each other. */
export interface IndexKey {
  readonly index: IndexFact;
  /** Table, access method, predicate and, beyond btree, parameters: indexes of different groups never compare. */
  readonly group: string;
  /** Per key column: column number or expression text, operator class, collation. */
  readonly parts: readonly string[];
  /** Per key column: bit 1 DESC, bit 2 NULLS FIRST. */
  readonly directions: readonly number[];
  /** INCLUDE columns that are not key columns already, ascending. */
  readonly included: readonly number[];
}

/**
 * The comparable form of an index; null where its expressions or predicate could not be read.
 * Compares deparsed expressions (node trees carry parse positions and differ between equal expressions), operator
 * classes, collations and directions: leaving one of them out is what makes other tools propose wrong drops.
 */
export function indexKey(index: IndexFact): IndexKey | null {
  if (index.isOpaque) return null;
  const keys = index.columns.slice(0, index.keyColumnCount);
  const expressions = splitExpressions(index.expressions ?? '');
  if (expressions.length !== keys.filter((number) => number === 0).length) return null;
  let next = 0;
  const parts = keys.map((number, at) => {
    const what = number === 0 ? `(${expressions[next++] ?? ''})` : String(number);
    return `${what}:${index.opclasses[at] ?? 0}:${index.collations[at] ?? 0}`;
  });
  const included = new Set(index.columns.slice(index.keyColumnCount).filter((n) => !keys.includes(n)));
  return {
    index,
    group: `${index.tableOid} ${index.accessMethod} ${parameters(index)}\u0000${index.predicate ?? ''}`,
    parts,
    directions: keys.map((_, at) => index.options[at] ?? 0),
    included: [...included].sort((a, b) => a - b),
  };
}

/**
 * Directions with "read from the other end" taken out: a btree on (a DESC) serves whatever (a) serves, because
 * PostgreSQL scans backward. (a DESC NULLS LAST) is a different order from both.
 */
export function canonicalDirections(directions: readonly number[]): string {
  if (directions.every((direction) => direction === 0)) return PLAIN[directions.length] ?? '';
  const forward = directions.join(',');
  const backward = directions.map((d) => d ^ 3).join(',');
  return forward < backward ? forward : backward;
}

/** What nearly all indexes have: ascending throughout, by number of key columns (at most 32). */
const PLAIN: readonly string[] = Array.from({ length: 33 }, (_, count) => Array(count).fill(0).join(','));

/** True where two direction lists differ only by being read from opposite ends. */
export function isReversed(a: readonly number[], b: readonly number[]): boolean {
  return a.some((direction, at) => direction !== b[at]);
}

/** Equal for indexes that sort alike by their first `length` key columns, read from either end where that is possible. */
export function keyPrefix({ index, group, parts, directions }: IndexKey, length: number): string {
  const leading = length === parts.length ? directions : directions.slice(0, length);
  // Only a btree can be read from both ends.
  const order = index.accessMethod === 'btree' ? canonicalDirections(leading) : leading.join(',');
  const keys = length === parts.length ? parts : parts.slice(0, length);
  return `${group}\u0000${keys.join('\u0001')}\u0000${order}`;
}

/** Top-level commas of what pg_get_expr prints for several expressions; respects quotes and brackets. */
export function splitExpressions(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (char === "'" || char === '"') at = endOfQuoted(text, at);
    else if (char === '(' || char === '[') depth += 1;
    else if (char === ')' || char === ']') depth -= 1;
    else if (char === ',' && depth === 0) {
      parts.push(text.slice(start, at).trim());
      start = at + 1;
    }
  }
  const last = text.slice(start).trim();
  return last === '' && parts.length === 0 ? [] : [...parts, last];
}

/**
 * True where the index finds the referencing rows of a foreign key by equality: valid, its first columns are exactly
 * the key's columns in any order, and a predicate leaves out nothing but NULLs. Temporal keys (18+) need GiST.
 */
export function supportsForeignKey(index: IndexFact, key: KeyColumns, catalog: Catalog): boolean {
  return index.isValid && index.isReady && wouldSupportForeignKey(index, key, catalog);
}

/** What of a foreign key decides which index serves it: also of one that is not there yet. */
export type KeyColumns = Pick<ConstraintFact, 'tableOid' | 'columns' | 'hasPeriod'>;

/** As `supportsForeignKey`, for an index that is invalid or still being built. */
export function wouldSupportForeignKey(index: IndexFact, key: KeyColumns, catalog: Catalog): boolean {
  const count = key.columns.length;
  if (index.isOpaque || count === 0 || index.keyColumnCount < count) return false;
  if (index.accessMethod !== (key.hasPeriod ? 'gist' : 'btree')) return false;
  // Nearly every pair fails here, and there are tables × keys × indexes of them: no set for those.
  if (!key.columns.includes(index.columns[0] ?? 0)) return false;
  const leading = new Set(index.columns.slice(0, count));
  if (leading.size !== count || !key.columns.every((number) => leading.has(number))) return false;
  // The check compares under the column's own collation; an index under another one is not considered for it.
  if (index.collationNames.slice(0, count).some((name) => name !== '')) return false;
  return index.predicate === null || onlyExcludesNulls(index.predicate, key, catalog);
}

function onlyExcludesNulls(predicate: string, key: KeyColumns, catalog: Catalog): boolean {
  let rest = predicate;
  for (const number of key.columns) {
    const name = catalog.column(key.tableOid, number)?.name;
    if (name === undefined) return false;
    rest = rest.replaceAll(`("${name.replaceAll('"', '""')}" IS NOT NULL)`, ' ');
    if (/^[a-z_][a-z0-9_]*$/.test(name)) rest = rest.replaceAll(`(${name} IS NOT NULL)`, ' ');
  }
  return rest !== predicate && /^(?:[()\s]|\bAND\b)*$/.test(rest);
}

/** Operator class parameters and storage options change what GiST, GIN and BRIN indexes can do; btree has none. */
function parameters(index: IndexFact): string {
  if (index.accessMethod === 'btree' || index.accessMethod === 'hash') return '';
  const storage = Object.entries(index.storageOptions)
    .map(([name, value]) => `${name}=${value}`)
    .sort();
  const definition = index.definition ?? '';
  const from = definition.indexOf(' USING ');
  return [...storage, from < 0 ? '' : definition.slice(from)].join(' ');
}

function endOfQuoted(text: string, from: number): number {
  const quote = text[from] ?? '';
  const hasEscapes = quote === "'" && text[from - 1] === 'E';
  for (let at = from + 1; at < text.length; at += 1) {
    if (hasEscapes && text[at] === '\\') at += 1;
    else if (text[at] === quote && text[at + 1] === quote) at += 1;
    else if (text[at] === quote) return at;
  }
  return text.length;
}
