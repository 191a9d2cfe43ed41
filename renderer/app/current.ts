import { useMatch } from 'react-router';
import type { ConnectionSummary } from '#shared/model/connection.ts';
import { useConnections } from '../api/queries.ts';

/** The connection of the address, if it names one that is open. */
export function useCurrentConnection(): ConnectionSummary | undefined {
  const match = useMatch('/c/:connectionId/*');
  const { data } = useConnections();
  const id = match?.params['connectionId'];
  return data?.find((connection) => connection.id === id);
}
