import { z } from 'zod';
import type { Sampling } from '#engine/insight/context.ts';
import type { OpenDatabase } from '#engine/open-database.ts';
import type { Store } from '#engine/store/open-store.ts';
import {
  DEFAULT_SAMPLE_SECONDS,
  RARE_SAMPLE_MS,
  RARELY_SAMPLED_FACTS,
  SAMPLED_FACTS,
  startSampler,
} from './sampler.ts';

const TOPIC = 'sampling';
const definition = z.strictObject({ seconds: z.number().min(0) });
/** Old samples are dropped this often. */
const PRUNE_MS = 3_600_000;

/** Samples every open connection, each as often as its user wants. */
export function createSampling(
  store: Store,
  find: (connectionId: string) => OpenDatabase,
  log: (message: string) => void,
): Sampling & { start(database: OpenDatabase): void } {
  const secondsOf = new WeakMap<OpenDatabase, number>();
  let prunedAtMs = 0;

  const seconds = async (database: OpenDatabase, signal?: AbortSignal): Promise<number> => {
    const known = secondsOf.get(database);
    if (known !== undefined) return known;
    const identity = await database.identity({ signal });
    const chosen = store.profiles.read(identity, TOPIC, definition)?.seconds ?? DEFAULT_SAMPLE_SECONDS;
    secondsOf.set(database, chosen);
    return chosen;
  };

  return {
    start: (database) => {
      database.sampler = startSampler({
        intervalSeconds: ({ signal }) => seconds(database, signal),
        read: async ({ maxAgeMs, signal }) => {
          await database.facts.view(RARELY_SAMPLED_FACTS, { maxAgeMs: RARE_SAMPLE_MS, signal });
          // Rates are differences of samples: all figures of one must be of the moment that it bears.
          return database.facts.view(SAMPLED_FACTS, { maxAgeMs, signal, isOfOneReading: true });
        },
        keep: async ({ snapshot }) => {
          await store.history.record(await database.identity({}), snapshot);
          if (Date.now() - prunedAtMs < PRUNE_MS) return;
          prunedAtMs = Date.now();
          store.prune(prunedAtMs);
        },
        log,
      });
    },
    read: async (connectionId, { signal }) => {
      const database = find(connectionId);
      const nextAtMs = database.sampler?.nextAtMs() ?? null;
      return {
        seconds: database.sampler ? await seconds(database, signal) : 0,
        nextInMs: nextAtMs === null ? null : Math.max(0, nextAtMs - Date.now()),
      };
    },
    write: async (connectionId, chosen, { signal }) => {
      const database = find(connectionId);
      store.profiles.write(await database.identity({ signal }), TOPIC, { seconds: chosen });
      secondsOf.set(database, chosen);
      database.sampler?.reschedule(chosen);
    },
  };
}
