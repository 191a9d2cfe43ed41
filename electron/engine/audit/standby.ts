import type { ServerFact } from '#shared/model/facts.ts';
import type { Fix } from '#shared/model/finding.ts';
import { guidedFix } from './fixes.ts';

/** The fix as it is on a primary; on a standby, which takes no writes, the same statements as advice. */
export function onPrimary(fix: Fix, server: ServerFact): Fix {
  if (!server.isStandby || fix.sql.length === 0) return fix;
  return guidedFix(fix.title, [
    `This server is a standby: run it on the primary: ${fix.sql.join('; ')};`,
    ...fix.notes,
  ]);
}
