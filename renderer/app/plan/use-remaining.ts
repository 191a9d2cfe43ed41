import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useAccess } from '#renderer/api/plans.ts';
import { keys } from '#renderer/api/queries.ts';
import { useNow } from '../use-now.ts';

export interface RemainingAccess {
  readonly isUnlocked: boolean;
  /** Of the 15 minutes; counts down. */
  readonly remainingMs: number;
  readonly reason: string | null;
}

/** Whether changes may run on this connection, second by second; null while it is not known. */
export function useRemainingAccess(connectionId: string): RemainingAccess | null {
  const queries = useQueryClient();
  const { data, dataUpdatedAt } = useAccess(connectionId);
  const nowMs = useNow(1000);
  const remainingMs = data ? Math.max(0, data.remainingMs - Math.max(0, nowMs - dataUpdatedAt)) : 0;
  const hasRunOut = data?.isUnlocked === true && remainingMs === 0;
  // The engine decides; what is counted here is for the eye.
  useEffect(() => {
    if (hasRunOut) void queries.invalidateQueries({ queryKey: keys.access(connectionId) });
  }, [hasRunOut, queries, connectionId]);
  return data ? { isUnlocked: data.isUnlocked && remainingMs > 0, remainingMs, reason: data.reason } : null;
}
