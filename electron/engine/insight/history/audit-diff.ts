import { type Finding, SEVERITIES } from '#shared/model/finding.ts';
import type { AuditDiff, AuditRecord } from '#shared/model/history.ts';

/** What changed from one audit to a later one, by the fingerprints of their open findings. */
export function auditDiff(older: AuditRecord, newer: AuditRecord): AuditDiff {
  const before = byFingerprint(older);
  const after = byFingerprint(newer);
  const both = [...after.values()].flatMap((now) => {
    const then = before.get(now.fingerprint);
    return then ? [{ now, change: rank(then) - rank(now) }] : [];
  });
  return {
    older: summaryOf(older),
    newer: summaryOf(newer),
    added: [...after.values()].filter((f) => !before.has(f.fingerprint)),
    fixed: [...before.values()].filter((f) => !after.has(f.fingerprint)),
    worse: both.filter(({ change }) => change > 0).map(({ now }) => now),
    better: both.filter(({ change }) => change < 0).map(({ now }) => now),
    unchanged: both.filter(({ change }) => change === 0).length,
  };
}

function byFingerprint({ audit }: AuditRecord): Map<string, Finding> {
  const open = audit.findings.filter((f) => f.status !== 'fixed' && f.status !== 'waived');
  return new Map(open.map((f) => [f.fingerprint, f]));
}

/** 0 = critical. */
function rank(finding: Finding): number {
  return SEVERITIES.indexOf(finding.severity);
}

function summaryOf({ audit: _audit, ...summary }: AuditRecord): AuditDiff['older'] {
  return summary;
}
