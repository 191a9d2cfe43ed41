import { formatCount } from '#shared/model/format.ts';
import { type SqlToken, sqlTokens } from '#shared/model/sql-lexer.ts';

interface Figures {
  readonly calls: number;
  readonly rowsPerCall: number;
  readonly meanMs: number;
}

/** Fewer calls than this are nobody's loop. */
const MANY_CALLS = 1_000;
/** Quick on its own: what is slow has another trouble. */
const QUICK_MS = 20;

/**
 * Why a statement looks like an N+1 loop: called very often, for about one row, from one table (`lookedUpTable`). A
 * suspicion: a busy key look-up has the same shape. Null = it does not look like it.
 */
export function suspicionOf(
  query: string | null,
  { calls, rowsPerCall, meanMs }: Figures,
  medianCalls: number,
): string | null {
  if (query === null || calls < MANY_CALLS || calls < medianCalls * 10) return null;
  if (rowsPerCall > 1.5 || meanMs > QUICK_MS) return null;
  // Last, because it reads the whole text.
  const table = lookedUpTable(query);
  return table === null
    ? null
    : `${formatCount(calls)} calls for about one row each of ${table}: perhaps one query per row of another result. Fetch them together with = ANY($1) or a join.`;
}

/**
 * The one table of `SELECT … FROM table WHERE column = $1 AND …`, as it is written; null for anything else: joins,
 * subqueries, groups, alternatives and lists, which already fetch many at once.
 */
export function lookedUpTable(query: string): string | null {
  const tokens = sqlTokens(query).filter(({ kind }) => kind !== 'comment');
  const words = tokens.map((token) => (token.kind === 'word' ? token.text.toLowerCase() : ''));
  if (words[0] !== 'select' || words.some((word, at) => at > 0 && NOT_A_LOOK_UP.has(word))) return null;
  const depths = depthsOf(tokens);
  const clause = (name: string): number => words.findIndex((word, at) => word === name && depths[at] === 0);
  const [from, where] = [clause('from'), clause('where')];
  if (from < 0 || where < from) return null;
  const source = tokens.slice(from + 1, where);
  const table = nameIn(words[from + 1] === 'only' ? source.slice(1) : source);
  if (table === null) return null;
  const end = words.findIndex((word, at) => at > where && AFTER_WHERE.has(word) && depths[at] === 0);
  const conditions = tokens.slice(where + 1, end < 0 ? tokens.length : end);
  return conditions.some((_, at) => isKeyCondition(conditions, at)) ? table : null;
}

const NOT_A_LOOK_UP = new Set(
  'select join union intersect except group having distinct or in any all some between exists values with'.split(
    ' ',
  ),
);
const AFTER_WHERE = new Set(['order', 'limit', 'offset', 'fetch', 'for', 'window']);

/** `table`, `schema.table`, with or without an alias; null where more than that stands between FROM and WHERE. */
function nameIn(source: readonly SqlToken[]): string | null {
  let end = 0;
  while (isName(source[end])) {
    end += 1;
    if (source[end]?.text !== '.') break;
    end += 1;
  }
  if (end === 0 || source[end - 1]?.text === '.') return null;
  const rest = source.slice(end).filter(({ text }) => text.toLowerCase() !== 'as');
  if (rest.length > 1 || !rest.every(isName)) return null;
  return source
    .slice(0, end)
    .map(({ text }) => text)
    .join('');
}

/** `column = $1`, or the other way round, with nothing more on either side. */
function isKeyCondition(tokens: readonly SqlToken[], at: number): boolean {
  const [before, token, after] = [tokens[at - 1], tokens[at], tokens[at + 1]];
  if (token?.text !== '=') return false;
  const isOpen = (edge: SqlToken | undefined): boolean =>
    edge === undefined || ['and', '(', ')', ';', '::'].includes(edge.text.toLowerCase());
  if (after?.kind === 'parameter') return isName(before) && isOpen(tokens[at + 2]);
  return before?.kind === 'parameter' && isName(after) && isOpen(tokens[at - 2]);
}

function isName(token: SqlToken | undefined): boolean {
  return token?.kind === 'quoted' || token?.kind === 'word';
}

function depthsOf(tokens: readonly SqlToken[]): number[] {
  let depth = 0;
  return tokens.map(({ text }) => {
    if (text === ')') depth -= 1;
    const here = depth;
    if (text === '(') depth += 1;
    return here;
  });
}
