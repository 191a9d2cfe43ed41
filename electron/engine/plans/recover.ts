import type { JobAction, Leftover } from '#shared/model/plan.ts';
import type { ActionTrace, JobHead, Journal, StoredJob } from '#engine/store/journal.ts';
import { guardStates, type GuardState, type ReadRows } from './guards.ts';
import { indexStates, leftoversOf } from './leftovers.ts';
import { maintenanceName } from '#engine/postgres/write-session.ts';

/**
 * Closes the books on a job whose end nobody saw: PgVitals or its machine died. What happened is read from the catalog.
 * Null while a backend of the job still works on the server, as it does until it notices that nobody listens.
 */
export async function recoverJob(
  stored: StoredJob,
  journal: Journal,
  read: ReadRows,
): Promise<JobHead | null> {
  const { job, traces } = stored;
  const [alive] = await read(
    'SELECT pid FROM pg_catalog.pg_stat_activity WHERE application_name = $1 AND datname = pg_catalog.current_database()',
    [maintenanceName(job.id)],
  );
  if (alive) return null;
  const leftovers: Leftover[] = [...job.leftovers];
  const actions: JobAction[] = [];
  for (const [at, action] of job.actions.entries()) {
    const trace = traces[at];
    const settled = trace ? await settle(action, trace, read) : { action, trace: NO_TRACE, leftovers: [] };
    actions.push(settled.action);
    leftovers.push(...settled.leftovers);
    if (settled.action !== action) journal.action(job.id, at, settled.action, settled.trace);
  }
  const { actions: _actions, ...rest } = job;
  const head: JobHead = {
    ...rest,
    endedAt: new Date().toISOString(),
    outcome: actions.every(({ outcome }) => outcome === 'done') ? 'done' : 'interrupted',
    recheck: [
      {
        text: 'PgVitals ended while this ran; what is true was read from the catalog afterwards.',
        isGood: false,
      },
    ],
    leftovers,
    actionCount: actions.length,
    doneCount: actions.filter(({ outcome }) => outcome === 'done').length,
  };
  journal.head(head);
  return head;
}

const NO_TRACE: ActionTrace = { guards: [], indexesBefore: [] };

async function settle(
  action: JobAction,
  trace: ActionTrace,
  read: ReadRows,
): Promise<{
  readonly action: JobAction;
  readonly trace: ActionTrace;
  readonly leftovers: readonly Leftover[];
}> {
  if (action.outcome === 'waiting')
    return { action: { ...action, outcome: 'not run' }, trace, leftovers: [] };
  if (action.outcome !== 'running') return { action, trace, leftovers: [] };
  const refs = trace.guards.map(({ ref }) => ref);
  const after = await guardStates(read, refs);
  const found = leftoversOf(
    trace.indexesBefore,
    trace.indexesBefore.length > 0 ? await indexStates(read, refs) : [],
  );
  const isDone = found.length === 0 && hasChanged(trace, after);
  return {
    action: {
      ...action,
      outcome: isDone ? 'done' : 'interrupted',
      ran: isDone ? action.sql.length : action.ran,
      error: isDone
        ? null
        : { message: 'PgVitals ended while it ran.', nextStep: 'Preview the change again.', sqlState: null },
      notes: [
        ...action.notes,
        isDone
          ? 'The catalog shows that it was done.'
          : NO_TRACE_OF_IT[action.secretLabel ? 'secret' : 'other'],
      ],
    },
    trace: { ...trace, guards: trace.guards.map((guard, at) => ({ ...guard, after: after[at] ?? null })) },
    leftovers: found.map(({ schema, table, name, from }) => ({ schema, table, name, from, state: 'there' })),
  };
}

const NO_TRACE_OF_IT = {
  secret: 'Whether the server took it cannot be read: the login finds out which password works.',
  other: 'The catalog shows no trace of its being done.',
} as const;

function hasChanged({ guards }: ActionTrace, after: readonly GuardState[]): boolean {
  return guards.some(({ before }, at) => before !== (after[at] ?? null));
}
