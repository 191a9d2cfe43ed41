import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { type Client, useBackend } from '#renderer/api/client.ts';

export interface JobKind {
  readonly running: (
    client: Client,
    connectionId: string,
    options: { readonly signal: AbortSignal },
  ) => Promise<AsyncIterable<{ readonly jobId: string }>>;
  readonly follow: (
    client: Client,
    queries: QueryClient,
    connectionId: string,
    jobId: string,
  ) => Promise<void>;
}

/**
 * A window that is opened, or opened again, finds what runs; and hears of what other windows and schedules begin. The
 * kind is a constant: one that is made anew at each render would be listened to anew.
 */
export function useBegunJobs(connectionId: string, { running, follow }: JobKind): void {
  const { client } = useBackend();
  const queries = useQueryClient();
  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    const listen = async (): Promise<void> => {
      for await (const { jobId } of await running(client, connectionId, { signal }))
        void follow(client, queries, connectionId, jobId);
    };
    // The page says so itself where the engine is gone.
    void listen().catch(() => undefined);
    return () => controller.abort();
  }, [client, queries, connectionId, running, follow]);
}
