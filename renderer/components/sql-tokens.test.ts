import { describe, expect, test } from 'vitest';
import { tokenizeSql } from './sql-tokens.ts';

const kinds = (sql: string) =>
  tokenizeSql(sql)
    .filter((token) => token.kind !== 'plain')
    .map((token) => [token.kind, token.text]);

describe('tokenizeSql', () => {
  test('knows keywords, strings, numbers and comments', () => {
    expect(kinds("DROP INDEX CONCURRENTLY a; -- why\nSELECT 'it''s', 1.5")).toEqual([
      ['keyword', 'DROP'],
      ['keyword', 'INDEX'],
      ['keyword', 'CONCURRENTLY'],
      ['comment', '-- why'],
      ['keyword', 'SELECT'],
      ['string', "'it''s'"],
      ['number', '1.5'],
    ]);
  });

  test('a quoted name that looks like SQL is a name', () => {
    expect(kinds('"; DROP TABLE x --" "select"')).toEqual([]);
  });

  test('dollar quotes end at their own tag', () => {
    expect(kinds("$f$ select '$$' $f$ from")).toEqual([
      ['string', "$f$ select '$$' $f$"],
      ['keyword', 'from'],
    ]);
  });

  test.each(["'never ends", '/* never ends', '"never ends', '$a$ never', "E'\\' x", '😀 ünï "a""b"', ''])(
    'loses nothing of %j',
    (sql) => {
      expect(
        tokenizeSql(sql)
          .map((token) => token.text)
          .join(''),
      ).toBe(sql);
    },
  );
});
