import type { TableFact } from '#shared/model/facts.ts';
import type { NextVacuum } from '#shared/model/vacuum.ts';
import type { AutovacuumTrigger } from '#engine/audit/autovacuum-trigger.ts';
import type { Catalog } from '#engine/audit/catalog.ts';
import type { Pace } from './pace.ts';

/** When autovacuum will look after a table: by its own triggers, whichever comes first at the measured pace. */
export function nextVacuum(
  table: TableFact,
  trigger: AutovacuumTrigger,
  catalog: Catalog,
  pace: Pace | null,
): NextVacuum {
  if (catalog.setting('autovacuum')?.setting === 'off') return { state: 'off' };
  if (!trigger.isEnabled) return { state: 'off for this table' };
  if (table.deadRows > trigger.deadRows) return { state: 'due', because: 'dead rows' };
  if (trigger.insertedRows !== null && table.insertedSinceVacuum > trigger.insertedRows)
    return { state: 'due', because: 'inserts' };
  const byDead = waiting('dead rows', trigger.deadRows - table.deadRows + 1, pace?.deadPerMs);
  if (trigger.insertedRows === null) return byDead;
  const missing = trigger.insertedRows - table.insertedSinceVacuum + 1;
  const byInserts = waiting('inserts', missing, pace?.insertedPerMs);
  // Without a pace nobody knows which comes first; dead rows are what people look for.
  return (byInserts.inMs ?? Infinity) < (byDead.inMs ?? Infinity) ? byInserts : byDead;
}

type Waiting = Extract<NextVacuum, { state: 'waiting' }>;

function waiting(of: Waiting['of'], rows: number, perMs: number | undefined): Waiting {
  return {
    state: 'waiting',
    of,
    rows,
    inMs: perMs === undefined || perMs === 0 ? null : Math.round(rows / perMs),
  };
}

/** Beyond any estimate, so that tables without one come behind those with one. */
const NO_ESTIMATE = 1e15;

/** For sorting: what is due first, then by the estimate, then by the rows that are missing; null = off. */
export function nextOrder(next: NextVacuum): number | null {
  if (next.state === 'due') return -1;
  if (next.state === 'waiting') return next.inMs ?? NO_ESTIMATE + next.rows;
  return null;
}
