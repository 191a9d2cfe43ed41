import { keepPreviousData, type UseQueryResult, useQuery } from '@tanstack/react-query';
import type { Insight } from '#shared/model/insight.ts';
import { usePreferences } from '../state/preferences.ts';
import { maxAgeMs, refreshIntervalMs } from '../state/refresh.ts';
import { type Client, useBackend } from './client.ts';
import { keys } from './queries.ts';

export interface InsightInput {
  readonly connectionId: string;
  readonly maxAgeMs?: number;
}

type Call<T> = (client: Client, input: InsightInput, options: { signal: AbortSignal }) => Promise<Insight<T>>;

/**
 * What a page shows, kept fresh while it is looked at: read again every 30 s (as chosen), not while the window is
 * hidden, and more rarely where reading takes long. `key` names it, with everything else it depends on;
 * `refreshSeconds` holds for this page alone, 0 = only when asked.
 */
export function useInsight<T>(
  connectionId: string,
  key: string | readonly unknown[],
  call: Call<T>,
  options: { readonly enabled?: boolean; readonly refreshSeconds?: number | undefined } = {},
): UseQueryResult<Insight<T>> {
  const { client } = useBackend();
  const everywhere = usePreferences((state) => state.refreshSeconds);
  const refreshSeconds = options.refreshSeconds ?? everywhere;
  return useQuery({
    queryKey: [...keys.insight(connectionId), ...(typeof key === 'string' ? [key] : key)],
    queryFn: ({ signal }) => {
      const age = maxAgeMs(connectionId, refreshSeconds * 1000);
      return call(client, { connectionId, ...(age === undefined ? {} : { maxAgeMs: age }) }, { signal });
    },
    enabled: options.enabled ?? true,
    staleTime: 0,
    placeholderData: keepPreviousData,
    // A failed refresh is tried again at the next turn; the page says so meanwhile.
    refetchInterval: (query) => refreshIntervalMs(refreshSeconds, query.state.data?.readMs ?? 0) || false,
    refetchIntervalInBackground: false,
    refetchOnWindowFocus: refreshSeconds > 0,
  });
}
