import { useQueryClient } from '@tanstack/react-query';
import { useBackend } from '../api/client.ts';
import { startAudit } from '../state/audit-run.ts';

export function useStartAudit(connectionId: string): () => void {
  const { client } = useBackend();
  const queries = useQueryClient();
  return () => void startAudit(client, queries, connectionId);
}
