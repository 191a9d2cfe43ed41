import { type SqlWord, sqlWords } from '#engine/postgres/sql-words.ts';

/** One REFRESH MATERIALIZED VIEW of a command. */
export interface RefreshCommand {
  /** Null = by the search path. */
  readonly schema: string | null;
  readonly name: string;
  readonly searchPath: readonly string[];
  /** False for WITH NO DATA, which empties the view. */
  readonly fills: boolean;
  /** The command does nothing else. */
  readonly isAlone: boolean;
}

/**
 * The refreshes that a command names, in its order; `searchPath` holds where it begins, and SET search_path is
 * followed. What runs inside functions and DO blocks is not seen.
 */
export function refreshesIn(command: string, searchPath: readonly string[]): RefreshCommand[] {
  const statements = statementsOf(sqlWords(command));
  let path = searchPath;
  return statements.flatMap((statement): RefreshCommand[] => {
    path = searchPathSetBy(statement) ?? path;
    const rest = afterWords(statement, ['refresh', 'materialized', 'view']);
    if (!rest) return [];
    const [first, ...more] = nameParts(afterWords(rest, ['concurrently']) ?? rest);
    if (first === undefined) return [];
    const name = more.at(-1) ?? first;
    const schema = more.length === 0 ? null : (more.at(-2) ?? first);
    const fills = !isKeyword(statement.at(-2), 'no') || !isKeyword(statement.at(-1), 'data');
    return [{ schema, name, searchPath: path, fills, isAlone: statements.length === 1 }];
  });
}

function statementsOf(words: readonly SqlWord[]): SqlWord[][] {
  const statements: SqlWord[][] = [[]];
  for (const word of words) {
    if (word.kind === 'sign' && word.text === ';') statements.push([]);
    else statements.at(-1)?.push(word);
  }
  return statements.filter((statement) => statement.length > 0);
}

/** The words behind these, which may only be keywords; null where the statement does not begin with them. */
function afterWords(words: readonly SqlWord[], keywords: readonly string[]): readonly SqlWord[] | null {
  return keywords.every((keyword, at) => isKeyword(words[at], keyword)) ? words.slice(keywords.length) : null;
}

function isKeyword(word: SqlWord | undefined, keyword: string): boolean {
  return word?.kind === 'name' && word.text === keyword;
}

/** `a."B".c` at the beginning of the words. */
function nameParts(words: readonly SqlWord[]): string[] {
  const parts: string[] = [];
  for (let at = 0; isName(words[at]); at += 2) {
    parts.push(words[at]?.text ?? '');
    if (words[at + 1]?.text !== '.' || words[at + 1]?.kind !== 'sign') break;
  }
  return parts;
}

function isName(word: SqlWord | undefined): boolean {
  return word?.kind === 'name' || word?.kind === 'quoted';
}

/** SET [SESSION | LOCAL] search_path TO a, 'b'; null for every other statement. */
function searchPathSetBy(statement: readonly SqlWord[]): readonly string[] | null {
  const set = afterWords(statement, ['set']);
  if (!set) return null;
  const rest = afterWords(set, ['local']) ?? afterWords(set, ['session']) ?? set;
  const values = afterWords(rest, ['search_path']);
  if (!values) return null;
  return values.slice(1).flatMap((word) => {
    if (isName(word)) return [word.text];
    return word.kind === 'string' ? [word.text.slice(1, -1).replaceAll("''", "'")] : [];
  });
}
