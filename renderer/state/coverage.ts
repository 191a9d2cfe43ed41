import type { SkippedCheck } from '#shared/model/audit.ts';

export interface Cause {
  readonly reason: string;
  readonly grant: string | null;
  readonly checks: readonly SkippedCheck[];
}

/** One entry per reason: the same GRANT is asked for once, however many checks wait for it. */
export function groupByCause(skipped: readonly SkippedCheck[]): Cause[] {
  const causes = Map.groupBy(skipped, ({ reason, grant }) => JSON.stringify([reason, grant]));
  return [...causes.values()]
    .flatMap((checks) => checks.slice(0, 1).map(({ reason, grant }) => ({ reason, grant, checks })))
    .sort((a, b) => b.checks.length - a.checks.length);
}

/** The GRANT that most checks wait for; null where no GRANT would help. */
export function mostWantedGrant(skipped: readonly SkippedCheck[]): { grant: string; checks: number } | null {
  const byGrant = Map.groupBy(
    skipped.filter((entry) => entry.grant !== null),
    (entry) => entry.grant,
  );
  const [best] = [...byGrant]
    .map(([grant, entries]) => ({ grant, checks: new Set(entries.map((entry) => entry.check)).size }))
    .sort((a, b) => b.checks - a.checks);
  return best && best.grant !== null ? { grant: best.grant, checks: best.checks } : null;
}
