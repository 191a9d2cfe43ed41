import type { HbaRule } from '#shared/model/facts.ts';
import type { HbaRow, Verdict } from '#shared/model/security.ts';
import { hbaLine, reachOf, shadowedBy } from '#engine/audit/hba-rules.ts';
import type { Judge } from './verdicts.ts';

/** Rules of pg_hba.conf in the order in which they are tried. */
export function hbaRows(rules: readonly HbaRule[], judge: Judge): readonly HbaRow[] {
  return rules.map((rule, at) => {
    const line = hbaLine(rule);
    const before = rules[shadowedBy(rules, at)];
    const broken = `${rule.fileName ?? 'pg_hba.conf'}: ${rule.error}`;
    return {
      key: `${rule.fileName ?? ''}:${rule.lineNumber}:${at}`,
      name: line,
      turn: at + 1,
      line: rule.lineNumber,
      file: rule.fileName,
      method: rule.method,
      reach: reachOf(rule),
      error: rule.error,
      shadowedByLine: before?.lineNumber ?? null,
      // Equal lines share a name; only the one that counts has a verdict.
      verdicts: before ? NONE : judge.named('hba-rule', rule.error === null ? line : broken),
    };
  });
}

const NONE: readonly Verdict[] = [];
