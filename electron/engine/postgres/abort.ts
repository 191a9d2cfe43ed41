import { EngineError } from '../errors.ts';

/**
 * Settles as `promise` does, or rejects with the signal's reason as soon as it is aborted: for what cannot be stopped,
 * as a DNS look-up in the operating system. The promise's own late failure is swallowed.
 */
export async function raceAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(signal.reason);
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  promise.catch(() => undefined);
  try {
    return await Promise.race([aborted.promise, promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** Time limits and the caller's wish to stop, as one signal whose reason is always an `EngineError`. */
export class Deadline {
  readonly #controller = new AbortController();
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #caller: AbortSignal | undefined;

  constructor(caller: AbortSignal | undefined) {
    this.#caller = caller;
    if (caller?.aborted) this.#onCallerAbort();
    else caller?.addEventListener('abort', this.#onCallerAbort, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** `reason` is asked when the time is up, so that it can tell how far things had come. */
  limit(milliseconds: number, reason: () => EngineError): void {
    this.#timers.push(setTimeout(() => this.#controller.abort(reason()), milliseconds));
  }

  /** Call when the work is over, whatever came of it. */
  [Symbol.dispose](): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#caller?.removeEventListener('abort', this.#onCallerAbort);
  }

  readonly #onCallerAbort = (): void => {
    this.#controller.abort(new EngineError('CANCELLED', 'Cancelled.'));
  };
}
