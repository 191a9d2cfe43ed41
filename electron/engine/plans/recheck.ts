import type { JobAction, Recheck } from '#shared/model/plan.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import type { ActionTrace } from '#engine/store/journal.ts';
import { findingsNow } from './findings.ts';
import type { PlannedAction } from './plan.ts';

/** Did it help? Each finding that asked for a change that ran is judged again, on facts read after it. */
export function recheckFindings(
  actions: readonly PlannedAction[],
  results: readonly JobAction[],
  snapshot: Snapshot,
): Recheck[] {
  const asked = actions.flatMap(({ finding }, at) =>
    finding && results[at]?.outcome === 'done' ? [finding] : [],
  );
  if (asked.length === 0) return [];
  const now = new Set(
    findingsNow(snapshot, [...new Set(asked.map(({ check }) => check))])
      // One that asks for nothing any more is a reminder, as of when a view was refreshed.
      .filter(({ fix }) => fix !== null && fix.sql.length > 0)
      .map(({ fingerprint }) => fingerprint),
  );
  const links = [...new Map(asked.map((link) => [link.fingerprint, link])).values()];
  return links.map(({ fingerprint, message }) =>
    now.has(fingerprint)
      ? { text: `Not fixed yet: ${message}`, isGood: false }
      : { text: `Fixed: ${message}`, isGood: true },
  );
}

/** More than so many of a kind are counted, not named. */
const MOST_NAMED = 3;

/** What no finding asked for is looked up in the catalog: is it there, or gone, as it was meant to be? */
export function catalogRecheck(
  actions: readonly PlannedAction[],
  results: readonly JobAction[],
  traces: readonly ActionTrace[],
): Recheck[] {
  const ends = actions.flatMap(({ finding, object }, at) => {
    const guard = traces[at]?.guards[0];
    if (finding !== null || results[at]?.outcome !== 'done' || !guard) return [];
    if (guard.before !== null && guard.after === null) return [{ name: object.name, word: 'gone' }];
    return guard.before === null && guard.after !== null ? [{ name: object.name, word: 'there' }] : [];
  });
  return [...Map.groupBy(ends, ({ word }) => word)].flatMap(([word, group]): Recheck[] =>
    group.length > MOST_NAMED
      ? [{ text: `By the catalog, ${group.length} of ${actions.length} are ${word}.`, isGood: true }]
      : group.map(({ name }) => ({ text: `By the catalog, ${name} is ${word}.`, isGood: true })),
  );
}
