import type { Audit } from '#shared/model/audit.ts';
import type { Finding } from '#shared/model/finding.ts';

/** A finding that someone has accepted: one object, or a whole check. Matches check **and** object, never a global switch. */
export interface Waiver {
  readonly check: string;
  /** Finding fingerprint; absent = every object of the check. */
  readonly fingerprint?: string;
  readonly reason: string;
  /** ISO date after which the waiver no longer holds. */
  readonly until?: string;
}

/**
 * Status is derived, never typed in: `new` was not there in the previous audit, `open` was, `regressed` had been
 * fixed, `fixed` is gone although its check ran again. Fixed findings stay in the list, so that a relapse is seen.
 */
export function deriveStatuses(
  findings: readonly Finding[],
  ran: ReadonlySet<string>,
  previous: Audit | null,
  waivers: readonly Waiver[],
  now: string,
): Finding[] {
  const before = new Map((previous?.findings ?? []).map((f) => [f.fingerprint, f]));
  const present = new Set(findings.map((f) => f.fingerprint));
  const current = findings.map((finding): Finding => {
    if (isWaived(finding, waivers, now)) return { ...finding, status: 'waived' };
    const earlier = before.get(finding.fingerprint);
    if (!earlier) return finding;
    return { ...finding, status: earlier.status === 'fixed' ? 'regressed' : 'open' };
  });
  const gone = [...before.values()]
    .filter((f) => !present.has(f.fingerprint) && (f.status === 'fixed' || ran.has(f.check)))
    .map((f): Finding => ({ ...f, status: 'fixed' }));
  return [...current, ...gone];
}

function isWaived(finding: Finding, waivers: readonly Waiver[], now: string): boolean {
  return waivers.some(
    (w) =>
      w.check === finding.check &&
      (w.fingerprint === undefined || w.fingerprint === finding.fingerprint) &&
      (w.until === undefined || now.slice(0, 10) <= w.until),
  );
}
