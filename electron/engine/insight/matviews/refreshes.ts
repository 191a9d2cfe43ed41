import type { CronFacts, TableFact } from '#shared/model/facts.ts';
import type { MatviewRow, RefreshFailure } from '#shared/model/matviews.ts';
import type { RecordedRefresh } from '#engine/store/journal.ts';
import { type RefreshCommand, refreshesIn } from './refresh-commands.ts';

/** What is recorded about the refreshes of one view. */
export interface Refreshed {
  readonly by: MatviewRow['lastRefreshBy'];
  readonly at: string | null;
  readonly durationMs: number | null;
  /** The time is that of a command that does more. */
  readonly isOfMore: boolean;
  /** The latest attempt, where it failed. */
  readonly failure: RefreshFailure | null;
  /** Of active jobs. */
  readonly schedules: readonly string[];
}

/**
 * By pg_cron's records and our own, for each view that they name: by oid. Names in commands are looked up as the server
 * would have done it.
 */
export function refreshedBy(
  cron: CronFacts | undefined,
  own: readonly RecordedRefresh[],
  views: readonly TableFact[],
): ReadonlyMap<number, Refreshed> {
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
  for (const attempt of attemptsOf(cron, own, byName, targets).toSorted((a, b) => b.endedMs - a.endedMs)) {
    const { oid, by, at, durationMs, isOfMore, failure } = attempt;
    const before = known(oid);
    if (before.at !== null) continue;
    if (failure === null) refreshed.set(oid, { ...before, by, at, durationMs, isOfMore });
    else if (before.failure === null) refreshed.set(oid, { ...before, failure: { at, message: failure } });
  }
  for (const { command, searchPath, schedule, isActive } of cron?.jobs ?? []) {
    if (!isActive) continue;
    for (const [oid] of targets(command, searchPath)) {
      const before = known(oid);
      refreshed.set(oid, { ...before, schedules: [...before.schedules, schedule] });
    }
  }
  return refreshed;
}

interface Attempt {
  readonly oid: number;
  readonly by: NonNullable<MatviewRow['lastRefreshBy']>;
  readonly at: string | null;
  readonly endedMs: number;
  readonly durationMs: number | null;
  readonly isOfMore: boolean;
  /** Null where it succeeded. */
  readonly failure: string | null;
}

function attemptsOf(
  cron: CronFacts | undefined,
  own: readonly RecordedRefresh[],
  byName: ReadonlyMap<string, number>,
  targets: (command: string, searchPath: readonly string[]) => readonly [number, RefreshCommand][],
): Attempt[] {
  const recorded = (cron?.runs ?? []).flatMap(
    ({ command, searchPath, hasSucceeded, endedAt, durationMs, message }) =>
      targets(command, searchPath).map(
        ([oid, { isAlone }]): Attempt => ({
          oid,
          by: 'pg_cron',
          at: endedAt,
          endedMs: timeOf(endedAt),
          durationMs,
          isOfMore: !isAlone,
          failure: hasSucceeded ? null : (message ?? ''),
        }),
      ),
  );
  const ours = own.flatMap(({ schema, name, endedAt, durationMs, hasSucceeded, message }): Attempt[] => {
    const oid = byName.get(keyOf(schema, name));
    if (oid === undefined) return [];
    const failure = hasSucceeded ? null : (message ?? 'It was cancelled.');
    return [
      { oid, by: 'PgVitals', at: endedAt, endedMs: timeOf(endedAt), durationMs, isOfMore: false, failure },
    ];
  });
  return [...recorded, ...ours];
}

const NOTHING: Refreshed = {
  by: null,
  at: null,
  durationMs: null,
  isOfMore: false,
  failure: null,
  schedules: [],
};

function keyOf(schema: string, name: string): string {
  return JSON.stringify([schema, name]);
}

function timeOf(at: string | null): number {
  return at === null ? 0 : Date.parse(at);
}
