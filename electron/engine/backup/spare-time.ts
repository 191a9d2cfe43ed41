import { cpus } from 'node:os';

/** The clocks that are compared, each from a moment of its own, in milliseconds. */
export interface Clocks {
  now(): number;
  /** Of all cores, idle. */
  idle(): number;
  /** Of all cores, used by this process. */
  own(): number;
}

/**
 * Lets small pieces of work have a part of what the cores leave idle; where they leave nothing, nothing is done. A lower
 * priority would do it better, but on Windows and macOS it is the whole process that has one, and an ordinary user cannot
 * raise it again.
 */
export class SpareTime {
  readonly #clocks: Clocks;
  /** Where the last look at the cores was. */
  #window: { readonly at: number; readonly idle: number; readonly own: number };
  #last: { readonly at: number; readonly own: number };
  /** Cores. */
  #allowed = 0;
  #budgetMs = 0;

  constructor(clocks: Clocks = CLOCKS) {
    this.#clocks = clocks;
    this.#last = { at: clocks.now(), own: clocks.own() };
    this.#window = { ...this.#last, idle: clocks.idle() };
  }

  /** Whether the next piece may be done now; to be asked before each, and again after a few milliseconds. */
  has(): boolean {
    const at = this.#clocks.now();
    const own = this.#clocks.own();
    const elapsedMs = at - this.#window.at;
    if (elapsedMs >= WINDOW_MS) {
      const idle = this.#clocks.idle();
      const left = idle - this.#window.idle + (own - this.#window.own) * COUNTED_OF_OWN;
      this.#allowed = Math.max(0, left / elapsedMs - KEPT_CORES);
      this.#window = { at, idle, own };
    }
    const budgetMs = this.#budgetMs + (at - this.#last.at) * this.#allowed - (own - this.#last.own);
    this.#budgetMs = Math.max(-BURST_MS, Math.min(BURST_MS, budgetMs));
    this.#last = { at, own };
    return this.#budgetMs > 0;
  }
}

/** Ten to twenty ticks of the clocks by which systems count idle time. */
const WINDOW_MS = 200;
/**
 * Create with its checksum / pg_dump by hand, medians of 3 to 8 runs on two cores. With 0.2 kept: text 1.07, narrow rows 1.08,
 * lines of hexadecimal digits 1.06 and 1.11. With 0.1: 1.03, 0.99, and 1.05, 1.15, 1.25; then the proof of text is done a
 * second sooner. The one that varied least was taken: batches differ by as much as the settings do.
 */
const KEPT_CORES = 0.2;
/**
 * What this process used would be idle without it, if it took nothing from the others; but they wait for each other, and
 * are idle as often when they are held up. Counted whole, it would hold them up more and more: pg_dump and its backend,
 * which leave 0.2 to 0.35 of two cores idle, lost a tenth of their speed and more.
 */
const COUNTED_OF_OWN = 0.5;
/** What may be done at once, or has to be waited for after other work of this process, at most. */
const BURST_MS = 10;

const CLOCKS: Clocks = {
  now: () => performance.now(),
  idle: () => cpus().reduce((sum, { times }) => sum + times.idle, 0),
  own: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  },
};
