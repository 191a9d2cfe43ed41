import { expect, test } from 'vitest';
import { isConstantTrue } from './constant-expression.ts';

test.each([
  'true',
  '(true)',
  '((true))',
  'TRUE',
  "'t'::boolean",
  '(1 = 1)',
  "('a'::text = 'a'::text)",
  "(('it''s'::text) = ('it''s'::text))",
  '(true OR (owner = CURRENT_USER))',
  '((1 = 1) AND true)',
  '(NOT false)',
  '((tenant_id = 1) OR ((1 = 1) AND (2 = 2)))',
])('%s is true for every row', (expression) => {
  expect(isConstantTrue(expression)).toBe(true);
});

test.each([
  null,
  '',
  'false',
  '(1 = 2)',
  '(owner = owner)',
  '(owner = CURRENT_USER)',
  '(true AND (owner = CURRENT_USER))',
  "(note = 'a OR true'::text)",
  "(note = '(1 = 1) OR (1 = 1)'::text)",
  'is_true(1)',
  '(a = 1) AND (b = 1)',
  '(NOT true)',
  "(current_setting('a'::text) = current_setting('a'::text))",
  '("a OR true" = 1)',
  '(EXISTS ( SELECT 1 WHERE true))',
])('%s may be false', (expression) => {
  expect(isConstantTrue(expression)).toBe(false);
});
