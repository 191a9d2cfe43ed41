import type { ActivityFact, IndexFact, ProgressFact } from '#shared/model/facts.ts';

/** Whether a build or a drop of it is running now: then it is not invalid, only not done. */
export function isBeingChanged(
  index: IndexFact,
  progress: readonly ProgressFact[],
  activity: readonly ActivityFact[],
): boolean {
  const isBuilt = progress.some(
    (p) => p.command === 'create-index' && (p.indexOid === index.oid || p.relationOid === index.tableOid),
  );
  // DROP INDEX CONCURRENTLY reports no progress: it marks the index invalid, then waits.
  return isBuilt || activity.some((a) => a.state === 'active' && changes(a.query ?? '', index));
}

function changes(query: string, index: IndexFact): boolean {
  const text = query.toLowerCase();
  return (
    text.includes('concurrently') &&
    /\b(?:drop|create|reindex)\b/.test(text) &&
    text.includes(index.name.toLowerCase().replace(/_cc(?:new|old)\d*$/, ''))
  );
}

/** REINDEX CONCURRENTLY names its new copy …_ccnew and the old one …_ccold, with a number where the name is taken. */
export function leftoverOf(index: IndexFact): 'failed copy' | 'old copy' | null {
  if (/_ccnew\d*$/.test(index.name)) return 'failed copy';
  return /_ccold\d*$/.test(index.name) ? 'old copy' : null;
}
