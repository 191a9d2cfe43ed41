import { formatCount } from '#shared/model/format.ts';

interface Figures {
  readonly query: string | null;
  readonly calls: number;
  readonly rowsPerCall: number;
  readonly meanMs: number;
}

/** Fewer calls than this are nobody's loop. */
const MANY_CALLS = 1_000;
/** Quick on its own: what is slow has another trouble. */
const QUICK_MS = 20;

/**
 * Why a statement looks like an N+1 loop: called very often, for about one row, from one table, by equality with one
 * parameter. A suspicion: a busy key look-up has the same shape. Null = it does not look like it.
 */
export function suspicionOf(statement: Figures, medianCalls: number): string | null {
  const { query, calls, rowsPerCall, meanMs } = statement;
  if (query === null || calls < MANY_CALLS || calls < medianCalls * 10) return null;
  if (rowsPerCall > 1.5 || meanMs > QUICK_MS) return null;
  const table = lookedUpTable(query);
  if (table === null) return null;
  return `${formatCount(calls)} calls for about one row each of ${table}: perhaps one query per row of another result. Fetch them together with = ANY($1) or a join.`;
}

/** The one table of `SELECT … FROM table WHERE column = $1`; null for anything else. */
function lookedUpTable(query: string): string | null {
  const text = query
    .replace(/\/\*[\s\S]*?\*\//g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  const match =
    /^select .+? from (?<table>(?:"[^"]+"|[\w.])+)(?: (?:as )?\w+)? where \(?(?:"[^"]+"|[\w.])+ = \$\d+\)?(?: limit (?:\$)?\d+)?;?$/i.exec(
      text,
    );
  return match?.groups?.['table'] ?? null;
}
