import { createEventQueue, type EventQueue } from './event-queue.ts';

interface Begun {
  readonly jobId: string;
}

export interface BegunJobs {
  /** Those that are given, then each that begins on this connection, until the signal or `end`. */
  listen(
    connectionId: string,
    running: readonly string[],
    signal: AbortSignal | undefined,
  ): AsyncIterable<Begun>;
  tell(connectionId: string, jobId: string): void;
  /** The connection closes: nothing begins on it any more. */
  end(connectionId: string): void;
}

/** Tells windows of jobs that they did not begin themselves: those of other windows and of schedules. */
export function createBegunJobs(): BegunJobs {
  const listeners = new Map<EventQueue<Begun>, string>();
  const of = (connectionId: string): EventQueue<Begun>[] =>
    [...listeners].filter(([, wanted]) => wanted === connectionId).map(([queue]) => queue);
  return {
    listen: (connectionId, running, signal) => {
      const queue = createEventQueue<Begun>();
      for (const jobId of running) queue.push({ jobId });
      listeners.set(queue, connectionId);
      const end = (): void => {
        listeners.delete(queue);
        queue.end();
      };
      // Before the first event is asked for, so that a reader that leaves at once leaves nothing behind.
      if (signal?.aborted) end();
      else signal?.addEventListener('abort', end, { once: true });
      return queue.read();
    },
    tell: (connectionId, jobId) => {
      for (const queue of of(connectionId)) queue.push({ jobId });
    },
    end: (connectionId) => {
      for (const queue of of(connectionId)) {
        listeners.delete(queue);
        queue.end();
      }
    },
  };
}
