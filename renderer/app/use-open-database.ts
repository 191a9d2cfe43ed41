import { type UseMutationResult, useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from 'react-router';
import type { ConnectionSummary } from '#shared/model/connection.ts';
import { useBackend } from '../api/client.ts';
import { keys } from '../api/queries.ts';
import { pageAddress } from './addresses.ts';

/** Opens another database of the server, and shows its overview. */
export function useOpenDatabase(connectionId: string): UseMutationResult<ConnectionSummary, Error, string> {
  const { client } = useBackend();
  const queries = useQueryClient();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: (database) => client.connections.openDatabase({ connectionId, database }),
    onSuccess: async ({ id }) => {
      // The list must know the connection before its page is shown.
      await queries.invalidateQueries({ queryKey: keys.connections });
      await navigate(pageAddress(id, 'overview'));
    },
  });
}
