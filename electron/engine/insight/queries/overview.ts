import type { QueriesOverview, StatementRow } from '#shared/model/queries.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import type { History } from '#engine/store/history.ts';
import type { DatabaseIdentity } from '#engine/store/identity.ts';
import { loggingSettings, querySetup } from './setup.ts';
import { knownStatements } from './statements.ts';

const LIMIT = 5_000;
const MOST_TAG_VALUES = 50;
/** How far back the window picker goes. */
const WINDOW_DAYS_MS = 7 * 86_400_000;
const MOST_SAMPLES = 200;

/** What the page says above its lists; pure but for the samples. */
export function queriesOverview(
  snapshot: Snapshot,
  rows: readonly StatementRow[],
  history: History,
  database: DatabaseIdentity,
): QueriesOverview {
  const { statements } = snapshot.facts;
  const known = knownStatements(snapshot);
  const sum = (of: (row: StatementRow) => number): number => rows.reduce((total, row) => total + of(row), 0);
  return {
    setup: querySetup(snapshot),
    figures: {
      statements: known.length,
      own: (statements?.statements.length ?? 0) - known.length,
      hiddenTexts: known.filter((k) => k.fact.query === null).length,
      totalMs: sum((row) => row.totalMs),
      calls: sum((row) => row.calls),
      over100Ms: rows.filter((row) => row.meanMs > 100).length,
      suspects: rows.filter((row) => row.suspicion !== null).length,
    },
    since: statements?.statisticsSince ?? null,
    evictions: statements?.evictions ?? null,
    isCut: (statements?.statements.length ?? 0) >= LIMIT,
    roles: [...new Set(known.map((k) => k.fact.role))].sort(),
    tags: tagValues(known.flatMap((k) => k.tags)),
    samples: usableSamples(snapshot, history, database),
    logging: loggingSettings(snapshot),
  };
}

function tagValues(tags: readonly string[]): QueriesOverview['tags'] {
  const values = new Map<string, Set<string>>();
  for (const tag of tags) {
    const at = tag.indexOf('=');
    const key = tag.slice(0, at);
    const known = values.get(key) ?? new Set();
    known.add(tag.slice(at + 1));
    values.set(key, known);
  }
  return [...values]
    .map(([key, set]) => ({ key, values: [...set].sort().slice(0, MOST_TAG_VALUES) }))
    .sort((a, b) => a.key.localeCompare(b.key));
}

/** Samples since the statistics were last reset: what lies before cannot be subtracted. */
function usableSamples(snapshot: Snapshot, history: History, database: DatabaseIdentity): string[] {
  const toMs = Date.parse(snapshot.collectedAt);
  const since = snapshot.facts.statements?.statisticsSince ?? null;
  const fromMs = Math.max(toMs - WINDOW_DAYS_MS, since === null ? 0 : Date.parse(since));
  const samples = history
    .samples(database, { from: new Date(fromMs).toISOString(), to: new Date(toMs - 1).toISOString() })
    .map((sample) => sample.at);
  const step = Math.ceil(samples.length / MOST_SAMPLES);
  return samples.filter((_, at) => (samples.length - 1 - at) % Math.max(1, step) === 0);
}
