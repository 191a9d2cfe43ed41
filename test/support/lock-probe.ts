import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';

/**
 * An application at work: reads and writes one row of a table every 50 ms, each on a connection of its own, until
 * stopped. Tells how long the longest of each took.
 */
export async function startProbe(
  url: string,
  sql: { readonly read: string; readonly write: string },
): Promise<{ stop(): Promise<{ readMs: number; writeMs: number; rounds: number }> }> {
  const longest = { readMs: 0, writeMs: 0, rounds: 0 };
  const stop = new AbortController();
  const work = async (which: 'read' | 'write'): Promise<void> => {
    const client = new pg.Client({ connectionString: url, application_name: `probe-${which}` });
    await client.connect();
    try {
      while (!stop.signal.aborted) {
        const startedMs = performance.now();
        await client.query(sql[which]);
        const tookMs = performance.now() - startedMs;
        const key = which === 'read' ? 'readMs' : 'writeMs';
        longest[key] = Math.max(longest[key], tookMs);
        if (which === 'read') longest.rounds += 1;
        await delay(50);
      }
    } finally {
      await client.end();
    }
  };
  const running = Promise.all([work('read'), work('write')]);
  return {
    stop: async () => {
      stop.abort();
      await running;
      return longest;
    },
  };
}
