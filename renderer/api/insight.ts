import {
  keepPreviousData,
  type QueryState,
  type UseQueryResult,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import type { Insight } from '#shared/model/insight.ts';
import { usePreferences } from '../state/preferences.ts';
import { maxAgeMs, refreshIntervalMs, SECOND_READING_MS, secondReadingMs } from '../state/refresh.ts';
import { type Client, useBackend } from './client.ts';
import { keys } from './queries.ts';

export interface InsightInput {
  readonly connectionId: string;
  readonly maxAgeMs?: number;
}

interface Options<T> {
  readonly enabled?: boolean;
  readonly refreshSeconds?: number | undefined;
  readonly needsSecond?: (data: T) => boolean;
}

type Call<T> = (client: Client, input: InsightInput, options: { signal: AbortSignal }) => Promise<Insight<T>>;

/**
 * What a page shows, kept fresh while it is looked at: read again every 30 s (as chosen), not while the window is
 * hidden, and more rarely where reading takes long. `key` names it, with everything else it depends on;
 * `refreshSeconds` holds for this page alone, 0 = only when asked. Where `needsSecond` says of the first reading that it
 * lacks what only two of them tell, the second one comes after a few seconds.
 */
export function useInsight<T>(
  connectionId: string,
  key: string | readonly unknown[],
  call: Call<T>,
  options: Options<T> = {},
): UseQueryResult<Insight<T>> {
  const { client } = useBackend();
  const queries = useQueryClient();
  const everywhere = usePreferences((state) => state.refreshSeconds);
  const refreshSeconds = options.refreshSeconds ?? everywhere;
  const queryKey = [...keys.insight(connectionId), ...(typeof key === 'string' ? [key] : key)];
  const isFirst = (state: QueryState<Insight<T>> | undefined): boolean =>
    state?.dataUpdateCount === 1 &&
    state.data !== undefined &&
    options.needsSecond?.(state.data.data) === true;
  return useQuery({
    queryKey,
    queryFn: ({ signal }) => {
      const soonMs = isFirst(queries.getQueryState(queryKey)) ? SECOND_READING_MS : Number.POSITIVE_INFINITY;
      const age = maxAgeMs(connectionId, Math.min(refreshSeconds * 1000, soonMs));
      return call(client, { connectionId, ...(age === undefined ? {} : { maxAgeMs: age }) }, { signal });
    },
    enabled: options.enabled ?? true,
    staleTime: 0,
    placeholderData: keepPreviousData,
    // A failed refresh is tried again at the next turn; the page says so meanwhile.
    refetchInterval: ({ state }) => {
      const readMs = state.data?.readMs ?? 0;
      const everyMs = refreshIntervalMs(refreshSeconds, readMs);
      return (isFirst(state) ? Math.min(everyMs, secondReadingMs(readMs)) : everyMs) || false;
    },
    refetchIntervalInBackground: false,
    refetchOnWindowFocus: refreshSeconds > 0,
  });
}
