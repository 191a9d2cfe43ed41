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

/** Runs work that says where it may be interrupted (`yield`), letting go of the event loop every few milliseconds. */
export async function inSlices<Result>(work: Generator<void, Result>): Promise<Result> {
  let sliceStartedMs = performance.now();
  for (let step = work.next(); ; step = work.next()) {
    if (step.done) return step.value;
    if (performance.now() - sliceStartedMs > SLICE_MS) {
      await setImmediate();
      sliceStartedMs = performance.now();
    }
  }
}

/** Runs the same work without a pause. */
export function atOnce<Result>(work: Generator<void, Result>): Result {
  for (let step = work.next(); ; step = work.next()) if (step.done) return step.value;
}

const ROWS_PER_LOOK = 250;
const SLICE_MS = 8;
