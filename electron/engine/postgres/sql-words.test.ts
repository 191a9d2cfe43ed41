import { expect, it } from 'vitest';
import { sqlWords } from './sql-words.ts';

const texts = (sql: string) => sqlWords(sql).map(({ kind, text }) => `${kind} ${text}`);

it('folds what is not quoted, and only ASCII', () => {
  expect(texts('REFRESH Sales."Per ""Day"""  ÄB$c;')).toEqual([
    'name refresh',
    'name sales',
    'sign .',
    'quoted Per "Day"',
    'name Äb$c',
    'sign ;',
  ]);
});

it('leaves comments out, also nested ones, and keeps strings whole', () => {
  expect(texts("a /* x /* refresh */ ; */ b -- refresh\nc 'it''s; --' E'\\';' $q$ ; $q$ d")).toEqual([
    'name a',
    'name b',
    'name c',
    "string 'it''s; --'",
    "string E'\\';'",
    'string $q$ ; $q$',
    'name d',
  ]);
});

it('takes numbers whole', () => {
  expect(texts('(10, 1.5)')).toEqual(['sign (', 'number 10', 'sign ,', 'number 1.5', 'sign )']);
});

it('comes to an end whatever it is given', () => {
  for (const sql of ['', '"', "'", '$$', '$a$ $b$', '/* /*', '--', '\0', 'a$', '$1', "U&'x"])
    expect(sqlWords(sql).length).toBeLessThanOrEqual(sql.length);
});
