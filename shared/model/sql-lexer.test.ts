import { describe, expect, it } from 'vitest';
import { parametersIn, sqlComments, sqlTokens } from './sql-lexer.ts';

const kinds = (text: string): string =>
  sqlTokens(text)
    .map((t) => `${t.kind}:${t.text}`)
    .join(' ');

describe('sqlTokens', () => {
  it.each([
    ['SELECT a.b FROM t', 'word:SELECT word:a symbol:. word:b word:FROM word:t'],
    ["'it''s' x", "string:'it''s' word:x"],
    [String.raw`E'it\'s' x`, String.raw`string:E'it\'s' word:x`],
    [String.raw`'a\' x`, String.raw`string:'a\' word:x`],
    ['"a""b" c', 'quoted:"a""b" word:c'],
    ["U&'d' U&\"e\" x'ff'", "string:U&'d' quoted:U&\"e\" string:x'ff'"],
    ["$$ it's $1 $$ $a$ $$ $a$ y", "string:$$ it's $1 $$ string:$a$ $$ $a$ word:y"],
    ['a$b$c = $12', 'word:a$b$c symbol:= parameter:$12'],
    ['/* a /* b */ c */ d', 'comment:/* a /* b */ c */ word:d'],
    ['1 -- x\n+ 2.5e-3', 'number:1 comment:-- x symbol:+ number:2.5e-3'],
    [
      'a>=$1 AND b::int<-1',
      'word:a symbol:>= parameter:$1 word:AND word:b symbol::: word:int symbol:<- number:1',
    ],
    ['1-- x', 'number:1 comment:-- x'],
    ['a=/* c */b', 'word:a symbol:= comment:/* c */ word:b'],
    ['таблица.имя', 'word:таблица symbol:. word:имя'],
  ])('cuts %s', (text, expected) => {
    expect(kinds(text)).toBe(expected);
  });

  it.each([
    `'open`,
    '"open',
    '$x$ open',
    '/* open /* deep */',
    String.raw`E'open\ `,
    String.raw`E'open\ `.trim(),
    '\u0000§😀',
    '$',
    '',
  ])('comes to an end where a text was cut off: %s', (text) => {
    expect(
      sqlTokens(text)
        .map((t) => t.text)
        .join(''),
    ).toBe(text);
  });

  it('takes a long hostile text in no time', () => {
    const startedMs = performance.now();
    for (const part of ["'", "E'\\", '/*', '$a', '"', '$a$', "''", '--', '(('])
      sqlTokens(part.repeat(50_000));
    expect(performance.now() - startedMs).toBeLessThan(5_000);
  });
});

describe('parametersIn', () => {
  it('counts those outside of literals, names and comments', () => {
    expect(parametersIn(`SELECT '$9', "$8", $$ $7 $$, E'\\'$6', $2 /* $5 */ -- $4`)).toEqual(['$1', '$2']);
    expect(parametersIn('SELECT 1')).toEqual([]);
    expect(parametersIn('SELECT $4000')).toHaveLength(200);
  });
});

describe('sqlComments', () => {
  it.each([
    ["SELECT 1 /*route='a'*/", ["route='a'"]],
    [
      "SELECT '/* no */', \"/* no */\", $$ /* no */ $$, E'\\'/* no */' /* yes */ -- /* no */\n /* /* deep */ */",
      [' yes ', ' /* deep */ '],
    ],
    ['SELECT a$b$c /* yes */, d$b$', [' yes ']],
    ['SELECT 1 /* cut off', [' cut off']],
    ["SELECT foo'/* no */' /**/", ['']],
    ['SELECT 1', []],
  ])('%s', (text, comments) => {
    expect(sqlComments(text)).toEqual(comments);
  });

  it('agrees with the whole cut', () => {
    const parts = ['/*a*/', "'", '"', '$$', '--', '\n', ' x ', 'E', "\\'", '$1 ', '*/', '/*', '$t$'];
    for (let n = 0; n < 3_000; n += 1) {
      const text = Array.from(
        { length: 8 },
        (_, i) => parts[(n * (i + 7) * 31 + (n >> i)) % parts.length],
      ).join('');
      const cut = sqlTokens(text).flatMap((t) =>
        t.kind === 'comment' && t.text.startsWith('/*') ? [t.text.slice(2).replace(/\*\/$/, '')] : [],
      );
      expect([text, sqlComments(text)]).toEqual([text, cut]);
    }
  });
});
