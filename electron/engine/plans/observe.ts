import { setTimeout as delay } from 'node:timers/promises';
import type { FactName } from '#shared/model/facts.ts';
import type { Blocker } from '#shared/model/plan.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import { describeSession } from '#engine/audit/session-fixes.ts';
import { progressRows } from '#engine/insight/progress.ts';

/** What can be seen of a running statement from outside. */
export interface Sight {
  readonly phase: string | null;
  readonly percent: number | null;
  readonly blockers: readonly Blocker[];
}

const NEEDS: readonly FactName[] = ['activity', 'progress'];
const EVERY_MS = 1_000;

/**
 * Looks at a backend once a second, on the pages' own session, until aborted. What cannot be read now is tried again:
 * a job must not fail because nobody could watch it.
 */
export async function observe(
  facts: (
    needs: readonly FactName[],
    options: { maxAgeMs: number; signal: AbortSignal },
  ) => Promise<Snapshot>,
  backendPid: number,
  onSight: (sight: Sight) => void,
  signal: AbortSignal,
): Promise<void> {
  try {
    // Most statements are over before anybody could look.
    for (await delay(FIRST_MS, undefined, { signal }); ; await delay(EVERY_MS, undefined, { signal })) {
      const snapshot = await facts(NEEDS, { maxAgeMs: EVERY_MS / 2, signal }).catch(() => null);
      if (snapshot && !signal.aborted) onSight(sightOf(snapshot, backendPid));
    }
  } catch {
    // The delay was aborted: the statement is over.
  }
}

const FIRST_MS = 400;

export function sightOf({ facts }: Snapshot, backendPid: number): Sight {
  const sessions = new Map((facts.activity ?? []).map((session) => [session.pid, session]));
  const row = progressRows(facts).find(({ pid }) => pid === backendPid);
  const blockers = (sessions.get(backendPid)?.blockedBy ?? []).map((pid): Blocker => {
    const session = sessions.get(pid);
    return {
      pid,
      // 0 stands for a prepared transaction, which has no session.
      who: pid === 0 ? 'a prepared transaction' : session ? describeSession(session) : `pid ${pid}`,
      state: session?.state ?? null,
      transactionMs: session?.xactAgeMs ?? null,
    };
  });
  return { phase: row?.phase ?? null, percent: row?.percent ?? null, blockers };
}
