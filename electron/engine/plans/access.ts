import type { Access } from '#shared/model/plan.ts';
import { EngineError } from '#engine/errors.ts';

/** How long changes stay possible after they were unlocked (DESIGN.md §4). */
export const UNLOCK_MS = 15 * 60_000;

export interface AccessControl {
  read(connectionId: string): { readonly isUnlocked: boolean; readonly remainingMs: number };
  unlock(connectionId: string): void;
  lock(connectionId: string): void;
  /** READ_ONLY unless changes are unlocked. */
  assertUnlocked(connectionId: string): void;
}

/** Every connection is read-only until its user unlocks it, for a while; nothing is remembered over a restart. */
export function createAccess(now: () => number = () => performance.now()): AccessControl {
  const until = new Map<string, number>();
  const read = (connectionId: string): Pick<Access, 'isUnlocked' | 'remainingMs'> => {
    const remainingMs = Math.max(0, (until.get(connectionId) ?? 0) - now());
    return { isUnlocked: remainingMs > 0, remainingMs: Math.round(remainingMs) };
  };
  return {
    read,
    unlock: (connectionId) => void until.set(connectionId, now() + UNLOCK_MS),
    lock: (connectionId) => void until.delete(connectionId),
    assertUnlocked: (connectionId) => {
      if (read(connectionId).isUnlocked) return;
      throw new EngineError(
        'READ_ONLY',
        'This connection is read-only.',
        'Unlock changes for 15 minutes, then confirm again.',
      );
    },
  };
}
