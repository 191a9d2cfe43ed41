import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { ConnectionUnderstood } from '#shared/model/connection.ts';
import { useBackend } from '#renderer/api/client.ts';

/** What the engine makes of a pasted text, once its writer pauses; forgotten with the page, for it may hold a password. */
export function useUnderstood(text: string): UseQueryResult<ConnectionUnderstood> {
  const { client } = useBackend();
  const settled = useSettled(text.trim());
  return useQuery({
    queryKey: ['understand', settled],
    queryFn: ({ signal }) => client.connections.understand({ text: settled }, { signal }),
    enabled: settled !== '',
    gcTime: 0,
    placeholderData: (previous) => previous,
  });
}

/** The value once it has not changed for a moment. */
function useSettled(value: string): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = window.setTimeout(() => setSettled(value), 150);
    return () => window.clearTimeout(timer);
  }, [value]);
  return settled;
}
