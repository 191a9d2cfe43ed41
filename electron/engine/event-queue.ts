/**
 * Turns callbacks into an async iterable: `push` from anywhere, `end` or `fail` once. Nothing is dropped; a reader
 * that stops early runs `onStop`, so that the work behind it can be cancelled.
 */
export function createEventQueue<T>(onStop?: () => void): EventQueue<T> {
  const waiting: T[] = [];
  let wake: (() => void) | null = null;
  let outcome: { readonly error?: unknown } | null = null;
  const notify = (): void => {
    wake?.();
    wake = null;
  };
  async function* read(): AsyncGenerator<T, void> {
    try {
      for (;;) {
        const next = waiting.shift();
        if (next !== undefined) yield next;
        else if (outcome && 'error' in outcome) throw outcome.error;
        else if (outcome) return;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      if (!outcome) onStop?.();
    }
  }
  return {
    push(event) {
      waiting.push(event);
      notify();
    },
    end() {
      outcome ??= {};
      notify();
    },
    fail(error) {
      outcome ??= { error };
      notify();
    },
    read,
  };
}

export interface EventQueue<T> {
  push(event: T): void;
  end(): void;
  fail(error: unknown): void;
  read(): AsyncGenerator<T, void>;
}

/** What is true now, then what happens, for one more listener; only the first where that was the end. */
export async function* listen<T>(
  listeners: Set<EventQueue<T>>,
  now: () => { readonly event: T; readonly isEnd: boolean },
): AsyncGenerator<T, void> {
  const { event, isEnd } = now();
  if (isEnd) {
    yield event;
    return;
  }
  const queue = createEventQueue<T>();
  queue.push(event);
  listeners.add(queue);
  try {
    yield* queue.read();
  } finally {
    listeners.delete(queue);
  }
}
