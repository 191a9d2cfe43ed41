import { ORPCError } from '@orpc/client';
import { expect, it } from 'vitest';
import { LINK_RETRY_MS } from '#shared/model/error-codes.ts';
import { refreshIntervalMs } from './refresh.ts';

const failed = (code: string): ORPCError<string, unknown> =>
  new ORPCError('FAILED', { data: { code, message: '', nextStep: null, sqlState: null, logId: null } });

it.each([
  ['all is well', 30, 100, null, 30_000],
  ['reading takes long', 30, 2_000, null, 200_000],
  ['the user wants none', 0, 100, null, 0],
  ['the link is down', 30, 2_000, failed('CONNECTION_LOST'), LINK_RETRY_MS],
  ['the link is down, and the user wants none', 0, 0, failed('SSH_UNREACHABLE'), LINK_RETRY_MS],
  // A wrong password must not be tried again and again.
  ['the login is refused', 30, 100, failed('AUTH_FAILED'), 30_000],
  ['something else failed, and the user wants none', 0, 0, new Error('x'), 0],
])('a page reads again in time where %s', (_, seconds, readMs, error, intervalMs) => {
  expect(refreshIntervalMs(seconds, readMs, error)).toBe(intervalMs);
});
