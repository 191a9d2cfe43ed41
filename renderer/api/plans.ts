import { type UseQueryResult, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { Access, Job, JobSummary } from '#shared/model/plan.ts';
import { useBackend } from './client.ts';
import { keys } from './queries.ts';

/** Whether changes may run; `remainingMs` is as of `dataUpdatedAt`. */
export function useAccess(connectionId: string): UseQueryResult<Access> {
  const { client } = useBackend();
  return useQuery({
    queryKey: keys.access(connectionId),
    queryFn: ({ signal }) => client.plans.access({ connectionId }, { signal }),
    // The time runs in the engine. Not on focus: a page that refreshes only when asked sends nothing until then, and
    // whoever locked it elsewhere is obeyed by the engine anyway.
    refetchOnMount: 'always',
  });
}

/** Unlocks changes, or locks them. */
export function useSetAccess(connectionId: string) {
  const { client } = useBackend();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (unlock: boolean) =>
      unlock ? client.plans.unlock({ connectionId }) : client.plans.lock({ connectionId }),
    onSuccess: (access) => queries.setQueryData(keys.access(connectionId), access),
  });
}

export function useJournal(connectionId: string): UseQueryResult<readonly JobSummary[]> {
  const { client } = useBackend();
  return useQuery({
    queryKey: keys.journal(connectionId),
    queryFn: ({ signal }) => client.plans.journal({ connectionId }, { signal }),
    // The command line and other windows write into it too.
    refetchOnMount: 'always',
    refetchOnWindowFocus: true,
  });
}

export function useStoredJob(connectionId: string, jobId: string): UseQueryResult<Job> {
  const { client } = useBackend();
  return useQuery({
    queryKey: [...keys.journal(connectionId), jobId],
    queryFn: ({ signal }) => client.plans.job({ connectionId, jobId }, { signal }),
  });
}
