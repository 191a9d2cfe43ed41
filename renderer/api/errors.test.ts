import { ORPCError } from '@orpc/client';
import { expect, test } from 'vitest';
import { isAbort, toUserError } from './errors.ts';

test('a declared error arrives as it was sent', () => {
  const data = { code: 'AUTH_FAILED', message: 'm', nextStep: null, sqlState: '28P01', logId: null };
  expect(toUserError(new ORPCError('USER_ERROR', { data }))).toEqual(data);
});

test('anything unexpected shows nothing of itself', () => {
  expect(toUserError(new Error('password=hunter2'))).toMatchObject({ code: 'INTERNAL' });
  expect(JSON.stringify(toUserError(new Error('password=hunter2')))).not.toContain('hunter2');
  expect(toUserError(new ORPCError('BAD_REQUEST'))).toMatchObject({ code: 'BAD_INPUT' });
});

test('whatever a stream rejects with after our abort is that abort', () => {
  expect(isAbort(new Error('[AsyncIdQueue] Cannot access queue'), AbortSignal.abort())).toBe(true);
  expect(isAbort(new DOMException('x', 'AbortError'), undefined)).toBe(true);
  expect(isAbort(new Error('x'), new AbortController().signal)).toBe(false);
});
