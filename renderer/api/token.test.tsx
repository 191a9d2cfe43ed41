import { beforeEach, expect, test } from 'vitest';
import { takeToken } from './token.ts';

beforeEach(() => {
  sessionStorage.clear();
  history.replaceState(null, '', '/');
});

test('takes the token out of the address and keeps it for a reload', () => {
  history.replaceState(null, '', '/#token=abc_DEF-123');
  expect(takeToken(location, history, sessionStorage)).toBe('abc_DEF-123');
  expect(location.href).not.toContain('abc_DEF');
  expect(location.hash).toBe('#/');
  expect(takeToken(location, history, sessionStorage)).toBe('abc_DEF-123');
});

test('leaves an ordinary address alone', () => {
  history.replaceState(null, '', '/#/c/1/findings?severity=high');
  expect(takeToken(location, history, sessionStorage)).toBeNull();
  expect(location.hash).toBe('#/c/1/findings?severity=high');
});
