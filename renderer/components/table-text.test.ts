import { expect, test } from 'vitest';
import { toCsv, toMarkdown } from './table-text.ts';

test('CSV quotes what needs it and keeps numbers raw', () => {
  expect(
    toCsv(
      ['name', 'size, bytes'],
      [
        ['a "b"', 1825361101],
        ['x\ny', null],
      ],
    ),
  ).toBe('name,"size, bytes"\r\n"a ""b""",1825361101\r\n"x\ny",\r\n');
});

test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\tx'])('CSV disarms the formula %j', (cell) => {
  expect(toCsv(['h'], [[cell]]).split('\r\n')[1]).toBe(`'${cell}`);
});

test('CSV leaves negative numbers numbers', () => {
  expect(toCsv(['h'], [[-5]])).toBe('h\r\n-5\r\n');
});

test('Markdown cells stay cells', () => {
  expect(toMarkdown(['name', 'n'], [['a|b\n<img onerror=x>', 2]])).toBe(
    '| name | n |\n| --- | --- |\n| a\\|b \\<img onerror=x\\> | 2 |\n',
  );
});
