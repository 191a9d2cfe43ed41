import {
  keepPreviousData,
  type QueryState,
  type UseQueryOptions,
  type UseQueryResult,
  useQuery,
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

interface Rhythm<T> {
  /** 0 = only when asked. */
  readonly refreshSeconds: number;
  /** Whether the first reading lacks what only two of them tell: then the second one comes after a few seconds. */
  readonly needsSecond?: ((data: T) => boolean) | undefined;
}

type Call<T> = (client: Client, input: InsightInput, options: { signal: AbortSignal }) => Promise<Insight<T>>;

/**
 * What a page shows, kept fresh while it is looked at: read again every 30 s (as chosen), not while the window is
 * hidden, and more rarely where reading takes long. `key` names it, with everything else it depends on;
 * `refreshSeconds` holds for this page alone.
 */
export function useInsight<T>(
  connectionId: string,
  key: string | readonly unknown[],
  call: Call<T>,
  options: { readonly enabled?: boolean; readonly refreshSeconds?: number | undefined } & Pick<
    Rhythm<T>,
    'needsSecond'
  > = {},
): UseQueryResult<Insight<T>> {
  const { client } = useBackend();
  const everywhere = usePreferences((state) => state.refreshSeconds);
  const { refreshSeconds = everywhere, needsSecond, enabled = true } = options;
  return useQuery({
    ...insightQuery(client, connectionId, key, call, { refreshSeconds, needsSecond }),
    enabled,
  });
}

/** The same for whoever has no page around it. */
export function insightQuery<T>(
  client: Client,
  connectionId: string,
  key: string | readonly unknown[],
  call: Call<T>,
  { refreshSeconds, needsSecond }: Rhythm<T>,
): UseQueryOptions<Insight<T>> {
  const queryKey = [...keys.insight(connectionId), ...(typeof key === 'string' ? [key] : key)];
  const isFirst = (state: QueryState<Insight<T>> | undefined): boolean =>
    state?.dataUpdateCount === 1 && state.data !== undefined && needsSecond?.(state.data.data) === true;
  return {
    queryKey,
    queryFn: ({ signal, client: queries }) => {
      const soonMs = isFirst(queries.getQueryState(queryKey)) ? SECOND_READING_MS : Number.POSITIVE_INFINITY;
      const age = maxAgeMs(connectionId, Math.min(refreshSeconds * 1000, soonMs));
      return call(client, { connectionId, ...(age === undefined ? {} : { maxAgeMs: age }) }, { signal });
    },
    staleTime: 0,
    placeholderData: keepPreviousData,
    // A failed refresh is tried again; the page says so meanwhile.
    refetchInterval: ({ state }) => {
      const readMs = state.data?.readMs ?? 0;
      const everyMs = refreshIntervalMs(refreshSeconds, readMs, state.error);
      return (isFirst(state) ? Math.min(everyMs, secondReadingMs(readMs)) : everyMs) || false;
    },
    refetchIntervalInBackground: false,
    refetchOnWindowFocus: refreshSeconds > 0,
  };
}
