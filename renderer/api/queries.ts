import { keepPreviousData, QueryClient, type UseQueryResult, useQuery } from '@tanstack/react-query';
import type { AppInfo } from '#shared/contract/app.ts';
import type { Audit, CheckInfo } from '#shared/model/audit.ts';
import type { ConnectionSummary, ServerDatabase } from '#shared/model/connection.ts';
import type { TableName, TableSize } from '#shared/model/tables.ts';
import { useBackend } from './client.ts';

export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      // Reading happens when the user asks for an audit; nothing polls and nothing retries behind their back.
      queries: {
        retry: false,
        staleTime: Number.POSITIVE_INFINITY,
        refetchOnWindowFocus: false,
        refetchOnReconnect: false,
      },
      mutations: { retry: false },
    },
  });
}

export const keys = {
  info: ['info'],
  connections: ['connections'],
  /** Saved connections. */
  profiles: ['profiles'],
  checks: ['checks'],
  audit: (connectionId: string) => ['audit', connectionId],
  /** Everything that is made from the facts of an audit. */
  facts: (connectionId: string) => ['facts', connectionId],
  /** What pages show that keep themselves fresh. */
  insight: (connectionId: string) => ['insight', connectionId],
  /** Whether changes may run. */
  access: (connectionId: string) => ['access', connectionId],
  /** What was run, and each job of it. */
  journal: (connectionId: string) => ['journal', connectionId],
} as const;

export function useAppInfo(): UseQueryResult<AppInfo> {
  const { client } = useBackend();
  return useQuery({ queryKey: keys.info, queryFn: ({ signal }) => client.app.info(undefined, { signal }) });
}

export function useConnections(): UseQueryResult<readonly ConnectionSummary[]> {
  const { client } = useBackend();
  return useQuery({
    queryKey: keys.connections,
    queryFn: ({ signal }) => client.connections.list(undefined, { signal }),
  });
}

/** The databases of the server; asked for when somebody looks. */
export function useServerDatabases(
  connectionId: string,
  enabled: boolean,
): UseQueryResult<readonly ServerDatabase[]> {
  const { client } = useBackend();
  return useQuery({
    enabled,
    queryKey: [...keys.insight(connectionId), 'server-databases'],
    queryFn: ({ signal }) => client.connections.databases({ connectionId }, { signal }),
    // Audits and connections come and go without this page.
    staleTime: 0,
  });
}

export function useChecks(): UseQueryResult<readonly CheckInfo[]> {
  const { client } = useBackend();
  return useQuery({
    queryKey: keys.checks,
    queryFn: ({ signal }) => client.audit.checks(undefined, { signal }),
  });
}

export function useLatestAudit(connectionId: string, enabled = true): UseQueryResult<Audit | null> {
  const { client } = useBackend();
  return useQuery({
    enabled,
    queryKey: keys.audit(connectionId),
    queryFn: ({ signal }) => client.audit.latest({ connectionId }, { signal }),
  });
}

export function useLargestTables(connectionId: string, limit: number): UseQueryResult<readonly TableSize[]> {
  const { client } = useBackend();
  return useQuery({
    queryKey: [...keys.facts(connectionId), 'largest', limit],
    queryFn: ({ signal }) => client.tables.largest({ connectionId, limit }, { signal }),
  });
}

/** Tables whose name holds the typed words; nothing is asked for less than two letters. */
export function useTableSearch(
  connectionId: string | undefined,
  text: string,
): UseQueryResult<readonly TableName[]> {
  const { client } = useBackend();
  const typed = text.trim();
  return useQuery({
    enabled: connectionId !== undefined && typed.length > 1,
    queryKey: [...keys.insight(connectionId ?? ''), 'table-search', typed],
    queryFn: ({ signal }) =>
      client.tables.search({ connectionId: connectionId ?? '', text: typed }, { signal }),
    placeholderData: keepPreviousData,
  });
}
