import { setImmediate } from 'node:timers/promises';

/**
 * Maps rows and lets go of the event loop every few milliseconds, so that the socket is read and windows stay alive
 * while 50,000 indexes become facts.
 */
export async function mapRows<In, Out>(rows: readonly In[], map: (row: In) => Out): Promise<Out[]> {
  const out: Out[] = [];
  let sliceStartedMs = performance.now();
  for (let at = 0; at < rows.length; at += 1) {
    out.push(map(rows[at] as In));
    if (at % ROWS_PER_LOOK === ROWS_PER_LOOK - 1 && performance.now() - sliceStartedMs > SLICE_MS) {
      await setImmediate();
      sliceStartedMs = performance.now();
    }
  }
  return out;
}

const ROWS_PER_LOOK = 250;
const SLICE_MS = 8;
