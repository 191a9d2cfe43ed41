import type { QueriesOverview } from '#shared/model/queries.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import type { History } from '#engine/store/history.ts';
import type { DatabaseIdentity } from '#engine/store/identity.ts';
import { loggingSettings, querySetup } from './setup.ts';
import { type Scope, type StatementRows, timesOf } from './statements.ts';

const LIMIT = 5_000;
const MOST_TAG_VALUES = 50;
const MOST_TAG_KEYS = 20;
/** How far back the window picker goes. */
const WINDOW_DAYS_MS = 7 * 86_400_000;
const MOST_SAMPLES = 100;
/** Different with every call: nothing to filter by. */
const IDS_OF_CALLS = new Set(['traceparent', 'tracestate', 'trace_id', 'span_id', 'request_id']);

export interface Shown {
  readonly scope: Scope;
  readonly counted: StatementRows;
}

/** What the page says above its lists; pure but for the samples, which only this connection's database has. */
export function queriesOverview(
  snapshot: Snapshot,
  { scope, counted }: Shown,
  samples: readonly string[],
): Omit<QueriesOverview, 'excluded'> {
  const { statements, statementDatabases, server } = snapshot.facts;
  const { known } = scope;
  const { rows, window } = counted;
  const sum = (of: (row: (typeof rows)[number]) => number): number =>
    rows.reduce((total, row) => total + of(row), 0);
  return {
    setup: querySetup(snapshot),
    here: server.database,
    databases: (statementDatabases ?? []).map(({ name }) => name),
    figures: {
      statements: rows.length,
      own: scope.own,
      hiddenTexts: known.filter((k) => k.fact.query === null).length,
      totalMs: sum((row) => row.totalMs),
      calls: sum((row) => row.calls),
      over100Ms: rows.filter((row) => row.meanMs > 100).length,
      suspects: rows.filter((row) => row.suspicion !== null).length,
    },
    window,
    notCounted: statements ? notCounted(snapshot) : [],
    since: statements?.statisticsSince ?? null,
    evictions: statements?.evictions ?? null,
    isCut: scope.listed >= LIMIT,
    roles: [...new Set(known.map((k) => k.fact.role))].sort(),
    tags: tagValues(known.flatMap((k) => k.tags)),
    samples,
    logging: loggingSettings(snapshot),
  };
}

/** Clocks that stand still, and settings that leave statements out. */
function notCounted(snapshot: Snapshot): string[] {
  const times = timesOf(snapshot);
  const track = snapshot.facts.settings?.find((s) => s.name === 'pg_stat_statements.track')?.setting;
  return [
    ...(times.io ? [] : ['I/O is not timed: track_io_timing is off.']),
    ...(times.planning ? [] : ['Planning is not timed: pg_stat_statements.track_planning is off.']),
    ...(track === 'none' ? ['Nothing is counted: pg_stat_statements.track is none.'] : []),
  ];
}

function tagValues(tags: readonly string[]): QueriesOverview['tags'] {
  const values = new Map<string, Set<string>>();
  for (const tag of tags) {
    const at = tag.indexOf('=');
    const key = tag.slice(0, at);
    if (IDS_OF_CALLS.has(key)) continue;
    const known = values.get(key) ?? new Set();
    known.add(tag.slice(at + 1));
    values.set(key, known);
  }
  return [...values]
    .map(([key, set]) => ({ key, values: [...set].sort().slice(0, MOST_TAG_VALUES) }))
    .sort((a, b) => a.key.localeCompare(b.key))
    .slice(0, MOST_TAG_KEYS);
}

/** Samples since the statistics were last reset: what lies before cannot be subtracted. */
export function usableSamples(snapshot: Snapshot, history: History, database: DatabaseIdentity): string[] {
  const toMs = Date.parse(snapshot.collectedAt);
  const since = snapshot.facts.statements?.statisticsSince ?? null;
  const fromMs = Math.max(toMs - WINDOW_DAYS_MS, since === null ? 0 : Date.parse(since));
  const samples = history
    .samples(database, { from: new Date(fromMs).toISOString(), to: new Date(toMs - 1).toISOString() })
    .map((sample) => sample.at);
  const step = Math.ceil(samples.length / MOST_SAMPLES);
  return samples.filter((_, at) => (samples.length - 1 - at) % Math.max(1, step) === 0);
}
