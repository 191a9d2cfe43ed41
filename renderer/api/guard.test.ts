import type { ClientContext, ClientLink } from '@orpc/client';
import { expect, test } from 'vitest';
import { BackendGoneError, toUserError } from './errors.ts';
import { guardLink } from './guard.ts';

const silent: ClientLink<ClientContext> = { call: () => new Promise(() => undefined) };
const options = { context: {} };

test('a call after the end is refused instead of hanging', async () => {
  const link = guardLink(silent, AbortSignal.abort());
  await expect(link.call(['app', 'info'], undefined, options)).rejects.toBeInstanceOf(BackendGoneError);
});

test('calls under way end with the channel', async () => {
  const gone = new AbortController();
  const call = guardLink(silent, gone.signal).call(['app', 'info'], undefined, options);
  gone.abort();
  await expect(call).rejects.toBeInstanceOf(BackendGoneError);
});

test('an answer passes through, and so does an error of the engine', async () => {
  const { signal } = new AbortController();
  const answering: ClientLink<ClientContext> = { call: (path) => Promise.resolve(path.join('.')) };
  expect(await guardLink(answering, signal).call(['app', 'info'], undefined, options)).toBe('app.info');
  const failing: ClientLink<ClientContext> = { call: () => Promise.reject(new Error('no')) };
  await expect(guardLink(failing, signal).call([], undefined, options)).rejects.toThrow('no');
});

test('what the transport says about a closed socket becomes our own sentence', async () => {
  const gone = new AbortController();
  const closing: ClientLink<ClientContext> = {
    call: async () => {
      gone.abort();
      throw new Error('WebSocket is not open');
    },
  };
  const error: unknown = await Promise.resolve(
    guardLink(closing, gone.signal).call([], undefined, options),
  ).catch((reason: unknown) => reason);
  expect(toUserError(error)).toMatchObject({ code: 'BACKEND_GONE', message: 'The engine has stopped.' });
});
