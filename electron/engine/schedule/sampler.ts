import { LINK_ERRORS, LINK_RETRY_MS } from '#shared/model/error-codes.ts';
import type { FactName } from '#shared/model/facts.ts';
import { EngineError } from '#engine/errors.ts';
import type { FactsView } from '#engine/insight/live-facts.ts';

/** What a sample is made of. */
export const SAMPLED_FACTS: readonly FactName[] = [
  'databases',
  'tables',
  'indexes',
  'statements',
  'activity',
];
/** Reading these locks each sequence for a moment: often enough to tell how fast they are used up. */
export const RARELY_SAMPLED_FACTS: readonly FactName[] = ['sequences', 'sequenceValues'];
export const RARE_SAMPLE_MS = 3_600_000;

export const DEFAULT_SAMPLE_SECONDS = 60;
/** Share of the time that reading may take; the interval grows where facts take long to read. */
const MOST_LOAD = 0.01;
/** How long to wait after a sample failed for another reason than its link: asking again may lock an account. */
const FAILURE_PAUSE_MS = 300_000;

export interface SamplerOptions {
  /** Asked before each sample, and after it for the time of the next; 0 = none until `reschedule`. */
  readonly intervalSeconds: (options: { signal: AbortSignal }) => Promise<number>;
  readonly read: (options: { maxAgeMs: number; signal: AbortSignal }) => Promise<FactsView>;
  readonly keep: (view: FactsView) => Promise<void>;
  readonly log: (message: string) => void;
}

export interface Sampler {
  /** When the next sample is due, by Date.now(); null while off. */
  nextAtMs(): number | null;
  /** Takes a new interval to heart now. */
  reschedule(seconds: number): void;
  stop(): Promise<void>;
}

/**
 * Takes a sample of one connection every so often, for as long as it is open. Facts that a page has read meanwhile are
 * used instead of reading them again. A failure is logged once, and tried again later; samples never overlap.
 */
export function startSampler(options: SamplerOptions): Sampler {
  const stop = new AbortController();
  const { signal } = stop;
  let timer: NodeJS.Timeout | null = null;
  let dueAtMs: number | null = null;
  let running: Promise<void> | null = null;
  let hasFailed = false;

  const unschedule = (): void => {
    if (timer) clearTimeout(timer);
    timer = null;
    dueAtMs = null;
  };

  const schedule = (delayMs: number): void => {
    unschedule();
    if (signal.aborted) return;
    dueAtMs = Date.now() + delayMs;
    timer = setTimeout(() => {
      running ??= tick().finally(() => (running = null));
    }, delayMs);
    timer.unref();
  };

  const tick = async (): Promise<void> => {
    let intervalMs = 0;
    try {
      intervalMs = (await options.intervalSeconds({ signal })) * 1000;
      if (intervalMs === 0) return unschedule();
      const view = await options.read({ maxAgeMs: intervalMs / 2, signal });
      if (signal.aborted) return;
      await options.keep(view);
      hasFailed = false;
      // The user may have chosen another one meanwhile.
      const nextMs = (await options.intervalSeconds({ signal })) * 1000;
      if (nextMs === 0) unschedule();
      else schedule(Math.max(nextMs, view.readMs / MOST_LOAD));
    } catch (error) {
      if (signal.aborted) return;
      if (!hasFailed) options.log(`no sample: ${error instanceof Error ? error.message : String(error)}`);
      hasFailed = true;
      const isLinkDown = error instanceof EngineError && LINK_ERRORS.has(error.code);
      schedule(isLinkDown ? LINK_RETRY_MS : Math.max(intervalMs, FAILURE_PAUSE_MS));
    }
  };

  // The first soon, so that there is something to compare with; not at once, when the user waits for the first page.
  schedule(FIRST_SAMPLE_MS);
  return {
    nextAtMs: () => dueAtMs,
    reschedule: (seconds) => {
      if (seconds === 0) unschedule();
      else if (!running) schedule(Math.min(FIRST_SAMPLE_MS, seconds * 1000));
    },
    stop: async () => {
      stop.abort();
      unschedule();
      await running;
    },
  };
}

const FIRST_SAMPLE_MS = 5_000;
