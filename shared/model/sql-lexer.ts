/** `word`: key word or plain name; `quoted`: a name in double quotes; `symbol`: an operator, or one of `( ) , . ; [ ]`. */
export type SqlTokenKind = 'word' | 'quoted' | 'string' | 'parameter' | 'number' | 'symbol' | 'comment';

export interface SqlToken {
  readonly kind: SqlTokenKind;
  /** As it stands in the text, quotes and all. */
  readonly text: string;
}

/** A token, or the space between two. */
export type SqlPiece = SqlToken | { readonly kind: 'space'; readonly text: string };

/**
 * The words of a statement as PostgreSQL's own scanner would cut them, with standard_conforming_strings on: nested
 * comments, E'' and dollar quotes, quotes that end with the text because the server cut it off. It judges nothing: what a
 * statement does is for the server to say. https://www.postgresql.org/docs/current/sql-syntax-lexical.html
 */
export function sqlTokens(text: string): SqlToken[] {
  return sqlPieces(text).filter((piece): piece is SqlToken => piece.kind !== 'space');
}

/** The same with the space between them: joined again, the pieces are the text. */
export function sqlPieces(text: string): SqlPiece[] {
  const pieces: SqlPiece[] = [];
  for (let at = 0; at < text.length; ) {
    SPACE.lastIndex = at;
    const space = SPACE.exec(text)?.[0] ?? '';
    if (space !== '') pieces.push({ kind: 'space', text: space });
    at += space.length;
    if (at >= text.length) break;
    const token = text.startsWith('/*', at) ? comment(text, at) : plain(text, at);
    pieces.push(token);
    at += token.text.length;
  }
  return pieces;
}

/** $1 … $n that a statement takes, by its highest; literals, names and comments may hold others. At most `most`. */
export function parametersIn(text: string, most = 200): string[] {
  const numbers = sqlTokens(text).flatMap(({ kind, text: name }) =>
    kind === 'parameter' ? [Number(name.slice(1))] : [],
  );
  const count = numbers.reduce((a, b) => Math.max(a, b), 0);
  return Array.from({ length: Math.min(most, count) }, (_, at) => `$${at + 1}`);
}

/** What stands between the marks of each block comment. */
export function sqlComments(text: string): string[] {
  if (!text.includes('/*')) return [];
  const inside = (whole: string): string => whole.slice(2).replace(/\*\/$/, '');
  // Rare: statements that are counted have $1 where their literals were.
  if (DOLLAR_QUOTE.test(text))
    return sqlTokens(text).flatMap(({ kind, text: whole }) =>
      kind === 'comment' && whole.startsWith('/*') ? [inside(whole)] : [],
    );
  const comments: string[] = [];
  const marks = new RegExp(MARKS, 'g');
  for (let match = marks.exec(text); match; match = marks.exec(text)) {
    if (!match[0].startsWith('/*')) continue;
    const { text: whole } = comment(text, match.index);
    comments.push(inside(whole));
    marks.lastIndex = match.index + whole.length;
  }
  return comments;
}

const DOLLAR_QUOTE = /\$(?:[a-zA-Z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/;
const SPACE = /\s*/y;
/** In the order in which they are tried. */
const KINDS: readonly (readonly [SqlTokenKind, string])[] = [
  // No quote may follow: that would be a literal with a prefix.
  ['word', String.raw`[a-zA-Z_\u0080-\uffff][\w$\u0080-\uffff]*(?!['"&\w$\u0080-\uffff])`],
  ['symbol', String.raw`[(),.;[\]]`],
  ['parameter', String.raw`\$\d+`],
  ['comment', String.raw`--[^\n]*`],
  ['quoted', String.raw`(?:[uU]&)?"[^"]*(?:""[^"]*)*(?:"|$)`],
  ['string', String.raw`[eE]'[^'\\]*(?:(?:''|\\[^])[^'\\]*)*(?:'|\\?$)`],
  ['string', String.raw`(?:[uU]&|[bBxXnN])?'[^']*(?:''[^']*)*(?:'|$)`],
  ['string', String.raw`\$(?<tag>(?:[a-zA-Z_\u0080-\uffff][\w\u0080-\uffff]*)?)\$[^]*?(?:\$\k<tag>\$|$)`],
  ['word', String.raw`[a-zA-Z_\u0080-\uffff][\w$\u0080-\uffff]*`],
  ['number', String.raw`(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?`],
  ['symbol', String.raw`(?:(?!--|/\*)[-+*/<>=~!@#%^&|\x60?:])+`],
];
/** A comment, or what may hide one; the letter before E'' may belong to a name. */
const MARKS = String.raw`/\*|--[^\n]*|(?<![\w$\u0080-\uffff])${patternOf("[eE]'")}|'[^']*(?:''[^']*)*(?:'|$)|"[^"]*(?:""[^"]*)*(?:"|$)`;

function patternOf(start: string): string {
  return KINDS.find(([, pattern]) => pattern.startsWith(start))?.[1] ?? '';
}

/** Each kind is a group of its own; `tag` adds one behind its string. */
const PATTERN = new RegExp(KINDS.map(([, pattern]) => `(${pattern})`).join('|'), 'y');
const GROUPS = KINDS.flatMap(([kind, pattern]) => (pattern.includes('(?<tag>') ? [kind, null] : [kind]));

function plain(text: string, at: number): SqlToken {
  PATTERN.lastIndex = at;
  const match = PATTERN.exec(text);
  const found = match?.[0];
  if (!match || !found) return { kind: 'symbol', text: text.charAt(at) };
  const group = GROUPS.findIndex((kind, i) => kind !== null && match[i + 1] !== undefined);
  return { kind: GROUPS[group] ?? 'symbol', text: found };
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
