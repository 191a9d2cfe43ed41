/** `word`: key word or plain name; `quoted`: a name in double quotes; `symbol`: an operator, or one of `( ) , . ; [ ]`. */
export type SqlTokenKind = 'word' | 'quoted' | 'string' | 'parameter' | 'number' | 'symbol' | 'comment';

export interface SqlToken {
  readonly kind: SqlTokenKind;
  /** As it stands in the text, quotes and all. */
  readonly text: string;
}

/**
 * The words of a statement as PostgreSQL's own scanner would cut them, with standard_conforming_strings on: nested
 * comments, E'' and dollar quotes, quotes that end with the text because the server cut it off. It judges nothing: what a
 * statement does is for the server to say. https://www.postgresql.org/docs/current/sql-syntax-lexical.html
 */
export function sqlTokens(text: string): SqlToken[] {
  const tokens: SqlToken[] = [];
  for (let at = 0; at < text.length; ) {
    SPACE.lastIndex = at;
    at += SPACE.exec(text)?.[0].length ?? 0;
    if (at >= text.length) break;
    const token = text.startsWith('/*', at) ? comment(text, at) : plain(text, at);
    tokens.push(token);
    at += token.text.length;
  }
  return tokens;
}

/** $1 … $n that a statement takes, by its highest; literals, names and comments may hold others. At most `most`. */
export function parametersIn(text: string, most = 200): string[] {
  const numbers = sqlTokens(text).flatMap(({ kind, text: name }) =>
    kind === 'parameter' ? [Number(name.slice(1))] : [],
  );
  const count = numbers.reduce((a, b) => Math.max(a, b), 0);
  return Array.from({ length: Math.min(most, count) }, (_, at) => `$${at + 1}`);
}

const SPACE = /\s*/y;
const KINDS: readonly (readonly [SqlTokenKind, RegExp])[] = [
  ['comment', /--[^\n]*/y],
  ['string', /[eE]'[^'\\]*(?:(?:''|\\[\s\S])[^'\\]*)*(?:'|\\?$)/y],
  ['string', /(?:[uU]&|[bBxXnN])?'[^']*(?:''[^']*)*(?:'|$)/y],
  ['quoted', /(?:[uU]&)?"[^"]*(?:""[^"]*)*(?:"|$)/y],
  ['string', /\$(?<tag>(?:[\p{L}_][\p{L}\p{N}_]*)?)\$[\s\S]*?(?:\$\k<tag>\$|$)/uy],
  ['parameter', /\$\d+/y],
  ['word', /[\p{L}_][\p{L}\p{N}_$]*/uy],
  ['number', /(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?/y],
  ['symbol', /(?:(?!--|\/\*)[-+*/<>=~!@#%^&|`?:])+/y],
];

function plain(text: string, at: number): SqlToken {
  for (const [kind, pattern] of KINDS) {
    pattern.lastIndex = at;
    const [found] = pattern.exec(text) ?? [];
    if (found) return { kind, text: found };
  }
  return { kind: 'symbol', text: String.fromCodePoint(text.codePointAt(at) ?? 0) };
}

/** Comments nest in PostgreSQL, other than in the standard. */
function comment(text: string, start: number): SqlToken {
  const marks = /\/\*|\*\//g;
  marks.lastIndex = start;
  let depth = 0;
  for (let mark = marks.exec(text); mark; mark = marks.exec(text)) {
    depth += mark[0] === '/*' ? 1 : -1;
    if (depth === 0) return { kind: 'comment', text: text.slice(start, marks.lastIndex) };
  }
  return { kind: 'comment', text: text.slice(start) };
}
