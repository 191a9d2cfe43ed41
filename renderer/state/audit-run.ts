import type { QueryClient } from '@tanstack/react-query';
import { create } from 'zustand';
import type { AuditEvent } from '#shared/model/audit.ts';
import type { UserError } from '#shared/model/error-codes.ts';
import type { Finding } from '#shared/model/finding.ts';
import type { Client } from '../api/client.ts';
import { isAbort, toUserError } from '../api/errors.ts';
import { keys } from '../api/queries.ts';

/** An audit that runs or has run in this window; the finished one lives in the query cache. */
export interface AuditRun {
  readonly state: 'running' | 'done' | 'cancelled' | 'failed';
  readonly phase: 'connect' | 'collect' | 'check';
  readonly label: string;
  readonly done: number;
  readonly total: number;
  readonly checksEnded: number;
  /** What the checks gave so far, in the order they ended. */
  readonly findings: readonly Finding[];
  readonly error: UserError | null;
}

interface AuditRuns {
  readonly runs: Readonly<Record<string, AuditRun>>;
  put(connectionId: string, run: AuditRun): void;
  forget(connectionId: string): void;
}

export const useAuditRuns = create<AuditRuns>()((set) => ({
  runs: {},
  put: (connectionId, run) => set((state) => ({ runs: { ...state.runs, [connectionId]: run } })),
  forget: (connectionId) =>
    set((state) => ({
      runs: Object.fromEntries(Object.entries(state.runs).filter(([id]) => id !== connectionId)),
    })),
}));

export function useAuditRun(connectionId: string | null): AuditRun | undefined {
  return useAuditRuns((state) => (connectionId === null ? undefined : state.runs[connectionId]));
}

const controllers = new Map<string, AbortController>();

/** Starts an audit unless one of this connection is running; never rejects: the run tells how it went. */
export async function startAudit(client: Client, queries: QueryClient, connectionId: string): Promise<void> {
  if (controllers.has(connectionId)) return;
  const controller = new AbortController();
  controllers.set(connectionId, controller);
  const { put } = useAuditRuns.getState();
  let run: AuditRun = START;
  put(connectionId, run);
  try {
    const events = await client.audit.run({ connectionId }, { signal: controller.signal });
    for await (const event of events) {
      run = follow(run, event);
      put(connectionId, run);
      if (event.type === 'done') {
        queries.setQueryData(keys.audit(connectionId), event.audit);
        void queries.invalidateQueries({ queryKey: keys.facts(connectionId) });
        // Pages may show its facts, which are newer, and history has one audit more.
        void queries.invalidateQueries({ queryKey: keys.insight(connectionId) });
      }
    }
    if (run.state === 'running') put(connectionId, { ...run, state: 'cancelled' });
  } catch (error) {
    const cancelled = isAbort(error, controller.signal);
    put(connectionId, {
      ...run,
      state: cancelled ? 'cancelled' : 'failed',
      error: cancelled ? null : toUserError(error),
    });
  } finally {
    controllers.delete(connectionId);
  }
}

export function cancelAudit(connectionId: string): void {
  controllers.get(connectionId)?.abort();
}

const START: AuditRun = {
  state: 'running',
  phase: 'connect',
  label: 'Connecting',
  done: 0,
  total: 0,
  checksEnded: 0,
  findings: [],
  error: null,
};

function follow(run: AuditRun, event: AuditEvent): AuditRun {
  switch (event.type) {
    case 'progress':
      return { ...run, phase: event.phase, label: event.label, done: event.done, total: event.total };
    case 'check':
      return {
        ...run,
        checksEnded: run.checksEnded + 1,
        findings: event.findings.length === 0 ? run.findings : [...run.findings, ...event.findings],
      };
    case 'done':
      return { ...run, state: 'done', findings: event.audit.findings };
  }
}
