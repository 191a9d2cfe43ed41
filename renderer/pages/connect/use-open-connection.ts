import { type UseMutationResult, useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from 'react-router';
import type { ConnectionInput } from '#shared/contract/connections.ts';
import type { ConnectionSummary } from '#shared/model/connection.ts';
import { useBackend } from '#renderer/api/client.ts';
import { keys } from '#renderer/api/queries.ts';
import { pageAddress } from '#renderer/app/addresses.ts';

/** Connects and goes to the overview. */
export function useOpenConnection(): UseMutationResult<ConnectionSummary, Error, ConnectionInput> {
  const { client } = useBackend();
  const enter = useEnterConnection();
  return useMutation({ mutationFn: (input) => client.connections.open(input), onSuccess: enter });
}

/** The list must know the connection before its page is shown. */
export function useEnterConnection(): (connection: ConnectionSummary) => Promise<void> {
  const queries = useQueryClient();
  const navigate = useNavigate();
  return async (connection) => {
    await queries.invalidateQueries({ queryKey: keys.connections });
    await navigate(pageAddress(connection.id, 'overview'));
  };
}
