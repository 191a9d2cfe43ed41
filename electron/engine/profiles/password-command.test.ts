import { describe, expect, it } from 'vitest';
import { runPasswordCommand } from './password-command.ts';

describe('the command for a password', () => {
  it('is ended with all that it started when it takes too long, or when the login is cancelled', async () => {
    const startedMs = performance.now();
    await expect(runPasswordCommand('sleep 60 | cat', { timeoutMs: 50 })).rejects.toThrow(
      'did not end within',
    );
    const stop = new AbortController();
    const running = runPasswordCommand('sleep 60 | cat', { signal: stop.signal });
    stop.abort();
    await expect(running).rejects.toMatchObject({ code: 'CANCELLED' });
    await expect(runPasswordCommand('echo x', { signal: stop.signal })).rejects.toMatchObject({
      code: 'CANCELLED',
    });
    expect(performance.now() - startedMs).toBeLessThan(30_000);
  });

  it('prints for us alone: its input is empty, and the rest of its output is dropped', async () => {
    expect((await runPasswordCommand('cat; printf "a b\\r\\nc"')).reveal()).toBe('a b');
    expect((await runPasswordCommand('printf x; yes | head -c 1000000')).reveal()).toMatch(/^xy/);
  });
});
