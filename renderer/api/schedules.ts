import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import type { Schedules } from '#shared/model/schedule.ts';
import { useBackend } from './client.ts';
import { keys } from './queries.ts';

/** Often enough to see a result come in. */
const LOOK_MS = 5_000;

export function scheduleKey(connectionId: string): readonly unknown[] {
  return [...keys.facts(connectionId), 'schedules'];
}

/** What refreshes itself, kept up to date while it is shown. */
export function useSchedules(connectionId: string): UseQueryResult<Schedules> {
  const { client } = useBackend();
  return useQuery({
    queryKey: scheduleKey(connectionId),
    queryFn: ({ signal }) => client.schedules.list({ connectionId }, { signal }),
    refetchInterval: LOOK_MS,
  });
}
