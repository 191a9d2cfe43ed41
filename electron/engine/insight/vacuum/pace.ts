import type { TableFact } from '#shared/model/facts.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import type { PaceWindow } from '#shared/model/vacuum.ts';
import type { History, TableCounters } from '#engine/store/history.ts';
import type { DatabaseIdentity } from '#engine/store/identity.ts';

const DAY_MS = 86_400_000;
/** A pace over less says nothing: one batch job would be taken for the rule. */
const SHORTEST_MS = 5 * 60_000;

/** Counters of a stored sample beside those of now: what happened in between. */
export interface Since extends PaceWindow {
  readonly before: ReadonlyMap<number, TableCounters>;
}

/**
 * The oldest sample of the last 24 hours since the statistics were last reset (a reset in between would make counters
 * run backwards); null where there is none before this reading.
 */
export function sinceSample(snapshot: Snapshot, history: History, database: DatabaseIdentity): Since | null {
  const toMs = Date.parse(snapshot.collectedAt);
  const from = new Date(toMs - DAY_MS).toISOString();
  const to = new Date(toMs).toISOString();
  const samples = history.samples(database, { from, to });
  const last = samples.at(-1);
  const first = samples.find((s) => s.statisticsResetAt === last?.statisticsResetAt);
  if (!first || Date.parse(first.at) >= toMs) return null;
  return { from: first.at, to, before: history.tablesAt(database, first.at) };
}

/** Rows per millisecond that a table gains, and over which time that was measured. */
export interface Pace {
  readonly deadPerMs: number;
  readonly insertedPerMs: number;
  readonly window: PaceWindow;
}

/**
 * How fast dead rows and inserts come together; null where the samples reach back less than five minutes, the table is
 * not in them, or its counters were reset. A VACUUM in between begins the dead rows anew: then they are counted from there.
 */
export function paceOf(table: TableFact, since: Since | null): Pace | null {
  const then = since?.before.get(table.oid);
  if (!since || !then || table.inserted < then.inserted) return null;
  const toMs = Date.parse(since.to);
  const fromMs = Date.parse(since.from);
  if (toMs - fromMs < SHORTEST_MS) return null;
  const insertedPerMs = (table.inserted - then.inserted) / (toMs - fromMs);
  const runs = table.vacuumCount + table.autovacuumCount - then.vacuumCount - then.autovacuumCount;
  if (runs === 0) {
    const deadPerMs = Math.max(0, table.deadRows - then.deadRows) / (toMs - fromMs);
    return { deadPerMs, insertedPerMs, window: { from: since.from, to: since.to } };
  }
  const vacuumedMs = Math.max(
    ...[table.lastVacuumAt, table.lastAutovacuumAt].map((at) => Date.parse(at ?? '') || 0),
  );
  if (runs < 0 || toMs - vacuumedMs < SHORTEST_MS) return null;
  return {
    deadPerMs: table.deadRows / (toMs - vacuumedMs),
    insertedPerMs,
    window: { from: new Date(Math.max(vacuumedMs, fromMs)).toISOString(), to: since.to },
  };
}
