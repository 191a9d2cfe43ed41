import { type SqlPiece, sqlPieces } from '#shared/model/sql-lexer.ts';

export type TokenKind = 'keyword' | 'string' | 'number' | 'comment' | 'plain';

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
}

/** Splits SQL for colouring; joined again, the tokens are the input, whatever it is. */
export function tokenizeSql(sql: string): Token[] {
  const tokens: Token[] = [];
  for (const piece of sqlPieces(sql)) {
    const kind = COLOURED[piece.kind] ?? (isKeyword(piece.text) ? 'keyword' : 'plain');
    const last = tokens.at(-1);
    if (last && last.kind === 'plain' && kind === 'plain') {
      tokens[tokens.length - 1] = { kind, text: last.text + piece.text };
    } else {
      tokens.push({ kind, text: piece.text });
    }
  }
  return tokens;
}

const COLOURED: Partial<Readonly<Record<SqlPiece['kind'], TokenKind>>> = {
  comment: 'comment',
  string: 'string',
  number: 'number',
};

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

function isKeyword(text: string): boolean {
  return KEYWORDS.has(text.toLowerCase());
}
