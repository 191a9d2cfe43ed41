import {
  type UseMutationResult,
  type UseQueryResult,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import type { ProfileList } from '#shared/model/profile.ts';
import { type Client, useBackend } from './client.ts';
import { keys } from './queries.ts';

/** Saved connections; another window or the command line may have changed them. */
export function useProfiles(): UseQueryResult<ProfileList> {
  const { client } = useBackend();
  return useQuery({
    queryKey: keys.profiles,
    queryFn: ({ signal }) => client.profiles.list(undefined, { signal }),
    refetchOnMount: 'always',
    refetchOnWindowFocus: true,
  });
}

/** A change of them; the list is read anew before it counts as done. */
export function useProfileChange<Input, Output>(
  run: (client: Client, input: Input) => Promise<Output>,
  onDone?: (output: Output) => void,
): UseMutationResult<Output, Error, Input> {
  const { client } = useBackend();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (input: Input) => run(client, input),
    onSuccess: async (output) => {
      await queries.invalidateQueries({ queryKey: keys.profiles });
      onDone?.(output);
    },
  });
}
