import { startSampler } from '#engine/schedule/sampler.ts';
import { openReadSession } from '#engine/postgres/session.ts';
import { parseConnectionInput } from '#engine/postgres/url.ts';

/**
 * An app that samples ten times a second, and prints the time of each sample: to be stopped and woken from outside, as
 * a laptop is. Argument: the URL of a database.
 */
const session = await openReadSession(parseConnectionInput(process.argv[2] ?? ''));
let answer: unknown = null;
const sampler = startSampler({
  intervalSeconds: async () => 0.1,
  read: async () => {
    const [row] = await session.read('sample', (t) => t.rows('SELECT 1'));
    answer = row?.[0];
    return { readMs: 0, ageMs: 0, snapshot: {} } as never;
  },
  keep: async () => void process.stdout.write(`${Date.now()} ${String(answer)}\n`),
  log: (message) => process.stdout.write(`${message}\n`),
});
sampler.reschedule(0.1);
// Its timers keep no process alive: the app has a window for that.
setInterval(() => undefined, 1_000);
