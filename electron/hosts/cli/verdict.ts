import type { Audit } from '#shared/model/audit.ts';
import { SEVERITIES, type Finding } from '#shared/model/finding.ts';
import { LETTERS } from '#shared/model/grade.ts';
import { EXIT } from './exit-codes.ts';
import type { AuditFlags } from './options.ts';

/** The threshold changes the exit code and never hides findings. An interrupted or cut-off run is never a pass. */
export function exitCodeFor(audit: Audit, flags: AuditFlags, interrupted: boolean): number {
  if (interrupted) return EXIT.interrupted;
  if (!audit.isComplete) return EXIT.connection;
  if (failsOn(audit, flags)) return EXIT.findings;
  if (flags.requireComplete && audit.coverage.skipped.length > 0) return EXIT.incomplete;
  return EXIT.ok;
}

function failsOn(audit: Audit, flags: AuditFlags): boolean {
  const counted = audit.findings.filter(
    (f) => isOpen(f) && (!flags.newOnly || f.status === 'new' || f.status === 'regressed'),
  );
  const limit = flags.failOn === 'never' ? -1 : SEVERITIES.indexOf(flags.failOn);
  if (counted.some((f) => SEVERITIES.indexOf(f.severity) <= limit)) return true;
  if (flags.minGrade && LETTERS.indexOf(audit.grade.overall) > LETTERS.indexOf(flags.minGrade)) return true;
  return (
    flags.maxFindings !== undefined && counted.filter((f) => f.severity !== 'info').length > flags.maxFindings
  );
}

function isOpen(finding: Finding): boolean {
  return finding.status !== 'fixed' && finding.status !== 'waived';
}
