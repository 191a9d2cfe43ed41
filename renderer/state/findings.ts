import { type Finding, SEVERITIES, type Severity } from '#shared/model/finding.ts';

/** Open means: still there and not accepted by anyone. */
export function isOpenFinding(finding: Finding): boolean {
  return finding.status !== 'fixed' && finding.status !== 'waived';
}

/** Worst first, then what one gains most by fixing; ties keep a fixed order. */
export function byImpact(a: Finding, b: Finding): number {
  return (
    SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
    CONFIDENCE_ORDER[a.confidence] - CONFIDENCE_ORDER[b.confidence] ||
    (b.gain?.bytes ?? 0) - (a.gain?.bytes ?? 0) ||
    (b.gain?.msPerDay ?? 0) - (a.gain?.msPerDay ?? 0) ||
    a.check.localeCompare(b.check) ||
    a.fingerprint.localeCompare(b.fingerprint)
  );
}

export function countBySeverity(findings: readonly Finding[]): Record<Severity, number> {
  const counts: Record<Severity, number> = { critical: 0, high: 0, medium: 0, low: 0, info: 0 };
  for (const finding of findings) counts[finding.severity] += 1;
  return counts;
}

/** Findings of one rule: the row of the list and of the top issues. */
export interface FindingGroup {
  readonly check: string;
  /** By impact. */
  readonly findings: readonly Finding[];
  readonly worst: Finding;
  /** Bytes that all of them together would free; 0 where no finding says. */
  readonly gainBytes: number;
}

/** One group per check, worst first. */
export function groupByCheck(findings: readonly Finding[]): FindingGroup[] {
  const groups: FindingGroup[] = [];
  for (const [check, members] of Map.groupBy(findings, (finding) => finding.check)) {
    const sorted = members.toSorted(byImpact);
    const [worst] = sorted;
    if (!worst) continue;
    const gainBytes = sorted.reduce((sum, finding) => sum + (finding.gain?.bytes ?? 0), 0);
    groups.push({ check, findings: sorted, worst, gainBytes });
  }
  return groups.sort(
    (a, b) =>
      SEVERITIES.indexOf(a.worst.severity) - SEVERITIES.indexOf(b.worst.severity) ||
      CONFIDENCE_ORDER[a.worst.confidence] - CONFIDENCE_ORDER[b.worst.confidence] ||
      b.gainBytes - a.gainBytes ||
      b.findings.length - a.findings.length ||
      a.check.localeCompare(b.check),
  );
}

const CONFIDENCE_ORDER = { certain: 0, likely: 1, review: 2 } as const;
