import type { CronFacts, TableFact } from '#shared/model/facts.ts';
import type { RefreshFailure } from '#shared/model/matviews.ts';
import { type RefreshCommand, refreshesIn } from './refresh-commands.ts';

/** What is recorded about the refreshes of one view. */
export interface Refreshed {
  readonly at: string | null;
  readonly durationMs: number | null;
  /** The time is that of a command that does more. */
  readonly isOfMore: boolean;
  /** The latest attempt, where it failed. */
  readonly failure: RefreshFailure | null;
  /** Of active jobs. */
  readonly schedules: readonly string[];
}

/** By pg_cron's records, for each view that they name: by oid. Names are looked up as the server would have done it. */
export function refreshedBy(cron: CronFacts, views: readonly TableFact[]): ReadonlyMap<number, Refreshed> {
  const byName = new Map(views.map((view) => [keyOf(view.schema, view.name), view.oid]));
  const targets = (command: string, searchPath: readonly string[]): [number, RefreshCommand][] =>
    // The last one of a command stands: it may empty what it has just filled.
    [
      ...new Map(
        refreshesIn(command, searchPath).flatMap((refresh): [number, RefreshCommand][] => {
          const schemas = refresh.schema === null ? refresh.searchPath : [refresh.schema];
          const oid = schemas.map((schema) => byName.get(keyOf(schema, refresh.name))).find((o) => o);
          return oid === undefined ? [] : [[oid, refresh]];
        }),
      ),
    ].filter(([, refresh]) => refresh.fills);
  const refreshed = new Map<number, Refreshed>();
  const known = (oid: number): Refreshed => refreshed.get(oid) ?? NOTHING;
  const newestFirst = cron.runs.toSorted((a, b) => timeOf(b.endedAt) - timeOf(a.endedAt));
  for (const { command, searchPath, hasSucceeded, endedAt, durationMs, message } of newestFirst) {
    for (const [oid, { isAlone }] of targets(command, searchPath)) {
      const before = known(oid);
      if (before.at !== null) continue;
      if (hasSucceeded) refreshed.set(oid, { ...before, at: endedAt, durationMs, isOfMore: !isAlone });
      else if (before.failure === null)
        refreshed.set(oid, { ...before, failure: { at: endedAt, message: message ?? '' } });
    }
  }
  for (const { command, searchPath, schedule, isActive } of cron.jobs) {
    if (!isActive) continue;
    for (const [oid] of targets(command, searchPath)) {
      const before = known(oid);
      refreshed.set(oid, { ...before, schedules: [...before.schedules, schedule] });
    }
  }
  return refreshed;
}

const NOTHING: Refreshed = { at: null, durationMs: null, isOfMore: false, failure: null, schedules: [] };

function keyOf(schema: string, name: string): string {
  return JSON.stringify([schema, name]);
}

function timeOf(at: string | null): number {
  return at === null ? 0 : Date.parse(at);
}
