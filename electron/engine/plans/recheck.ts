import type { JobAction, Recheck } from '#shared/model/plan.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
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
