export type TokenKind = 'keyword' | 'string' | 'number' | 'comment' | 'plain';

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
}

/**
 * Splits SQL for colouring. Joined again, the tokens are the input, whatever it is: this is for the eye and decides
 * nothing.
 */
export function tokenizeSql(sql: string): Token[] {
  const tokens: Token[] = [];
  for (const match of sql.matchAll(PATTERN)) {
    const [text] = match;
    const kind = kindOf(match.groups ?? {}, text);
    const last = tokens.at(-1);
    if (last && last.kind === 'plain' && kind === 'plain') {
      tokens[tokens.length - 1] = { kind, text: last.text + text };
    } else {
      tokens.push({ kind, text });
    }
  }
  return tokens;
}

const PATTERN = new RegExp(
  [
    String.raw`(?<comment>--[^\n]*|/\*[\s\S]*?(?:\*/|$))`,
    String.raw`(?<string>[eE]'(?:[^'\\]|''|\\[\s\S])*'?|'(?:[^']|'')*'?|\$(?<tag>\w*)\$[\s\S]*?(?:\$\k<tag>\$|$))`,
    String.raw`(?<quoted>"(?:[^"]|"")*"?)`,
    String.raw`(?<number>\b\d+(?:\.\d+)?\b)`,
    String.raw`(?<word>[\p{L}_][\p{L}\p{N}_$]*)`,
    String.raw`[\s\S]`,
  ].join('|'),
  'gu',
);

const KEYWORDS = new Set(
  `access add all alter always analyze and any as asc begin by cascade check cluster collate column commit concurrently
  constraint create cross database default deferrable deferred delete desc disable distinct do drop else enable end
  exclude exclusive exists explain extension false first for force foreign freeze from full function generated grant
  group having identity if immediate in include index initially inner insert into is join key last left level like
  limit materialized monitor natural no not null nulls of offset on only or order outer over partition password policy
  primary procedure public read refresh references reindex rename reset restrict returning revoke right role rollback
  row rows schema security select sequence session set share show statistics storage system table tablespace temporary
  then to transaction trigger true truncate type union unique update user using vacuum valid validate values verbose
  view when where with work write`.split(/\s+/),
);

function kindOf(groups: Record<string, string | undefined>, text: string): TokenKind {
  if (groups['comment'] !== undefined) return 'comment';
  if (groups['string'] !== undefined) return 'string';
  if (groups['number'] !== undefined) return 'number';
  if (groups['word'] !== undefined && KEYWORDS.has(text.toLowerCase())) return 'keyword';
  return 'plain';
}
