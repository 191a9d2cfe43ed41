/** A word or sign of SQL. Names that were not quoted are folded as PostgreSQL folds them. */
export interface SqlWord {
  /** `name` may also be a keyword; `quoted` never is. */
  readonly kind: 'name' | 'quoted' | 'string' | 'number' | 'sign';
  readonly text: string;
}

/**
 * The words of SQL text, as PostgreSQL's scanner finds them (scan.l): without comments, which nest, and with strings as
 * one word each. Whatever the text is, it comes to an end; what is not closed reaches to the end. U&"…" is left as it is.
 */
export function sqlWords(sql: string): SqlWord[] {
  const words: SqlWord[] = [];
  for (let at = 0; at < sql.length; ) {
    const comment = commentAt(sql, at);
    if (comment > 0) {
      at += comment;
      continue;
    }
    WORD.lastIndex = at;
    const match = WORD.exec(sql);
    if (!match) break;
    const { space, name, quoted, string, number } = match.groups ?? {};
    at += match[0].length;
    if (name !== undefined) words.push({ kind: 'name', text: folded(name) });
    else if (quoted !== undefined)
      words.push({ kind: 'quoted', text: quoted.slice(1, -1).replaceAll('""', '"') });
    else if (string !== undefined) words.push({ kind: 'string', text: string });
    else if (number !== undefined) words.push({ kind: 'number', text: number });
    else if (space === undefined) words.push({ kind: 'sign', text: match[0] });
  }
  return words;
}

const WORD = new RegExp(
  [
    String.raw`(?<space>\s+)`,
    String.raw`(?<string>[eE]'(?:[^'\\]|''|\\[\s\S])*(?:'|$)|(?:[bBxXnN]|[uU]&)?'(?:[^']|'')*(?:'|$)|\$(?<tag>(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?)\$[\s\S]*?(?:\$\k<tag>\$|$))`,
    String.raw`(?<quoted>"(?:[^"]|"")*(?:"|$))`,
    String.raw`(?<name>[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)`,
    String.raw`(?<number>\d+(?:\.\d+)?)`,
    String.raw`[\s\S]`,
  ].join('|'),
  'y',
);

/** How long the comment at `at` is; 0 = none is there. */
function commentAt(sql: string, at: number): number {
  if (sql.startsWith('--', at)) {
    const end = sql.slice(at).search(/[\r\n]/);
    return end < 0 ? sql.length - at : end;
  }
  if (!sql.startsWith('/*', at)) return 0;
  let depth = 1;
  let next = at + 2;
  for (; depth > 0 && next < sql.length; ) {
    if (sql.startsWith('/*', next)) depth += 1;
    else if (sql.startsWith('*/', next)) depth -= 1;
    else {
      next += 1;
      continue;
    }
    next += 2;
  }
  return Math.min(next, sql.length) - at;
}

/** downcase_identifier: in UTF-8 only the letters of ASCII. */
function folded(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}
