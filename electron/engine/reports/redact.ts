import type { Audit } from '#shared/model/audit.ts';
import type { Evidence, EvidenceValue } from '#shared/model/finding.ts';

/** Evidence under these keys names people, hosts or programs, or quotes a statement. */
const PERSONAL_KEY = /role|user|owner|grantee|reader|address|host|client|application|holder|member/i;
const QUERY_KEY = /query|statement|sql|command/i;

/**
 * A copy that can be handed on: roles, hosts, addresses and applications become numbered aliases, statement texts and
 * everything quoted from them are left out. Names of tables and indexes stay: without them a report says nothing.
 */
export function redactAudit(audit: Audit): Audit {
  const replace = replacer(aliasesOf(audit));
  const evidence = (entries: Evidence): Evidence =>
    Object.fromEntries(
      Object.entries(entries).map(([key, value]) => [key, redactValue(key, value, replace)]),
    );
  return {
    ...audit,
    server: { ...audit.server, role: replace(audit.server.role), systemIdentifier: null },
    interruption: audit.interruption === null ? null : replace(audit.interruption),
    coverage: {
      ...audit.coverage,
      skipped: audit.coverage.skipped.map((s) => ({
        ...s,
        reason: replace(s.reason),
        grant: s.grant === null ? null : replace(s.grant),
      })),
    },
    findings: audit.findings.map((finding) => ({
      ...finding,
      object: {
        ...finding.object,
        name: finding.object.kind === 'statement' ? '[statement]' : replace(finding.object.name),
      },
      message: replace(finding.message),
      confidenceReason: replace(finding.confidenceReason),
      evidence: evidence(finding.evidence),
      fix: finding.fix && {
        ...finding.fix,
        title: replace(finding.fix.title),
        sql: finding.fix.sql.map(replace),
        undo: finding.fix.undo.map(replace),
        notes: finding.fix.notes.map(replace),
        lockInWords: replace(finding.fix.lockInWords),
      },
    })),
    goodPractices: audit.goodPractices.map((p) => ({
      ...p,
      message: replace(p.message),
      evidence: evidence(p.evidence),
    })),
  };
}

function redactValue(key: string, value: EvidenceValue, replace: (text: string) => string): EvidenceValue {
  if (typeof value === 'string') return QUERY_KEY.test(key) ? '[redacted]' : replace(value);
  if (typeof value === 'object' && value !== null)
    return value.map((v) => (QUERY_KEY.test(key) ? '[redacted]' : replace(v)));
  return value;
}

/** Longest first, so that "app" does not eat part of "app_owner". */
function aliasesOf(audit: Audit): ReadonlyMap<string, string> {
  const names = new Set<string>([audit.server.role]);
  for (const finding of audit.findings) {
    if (['role', 'session', 'standby'].includes(finding.object.kind)) names.add(finding.object.name);
    for (const [key, value] of Object.entries(finding.evidence)) {
      if (!PERSONAL_KEY.test(key)) continue;
      if (typeof value === 'string') names.add(value);
      else if (typeof value === 'object' && value !== null) for (const name of value) names.add(name);
    }
  }
  const sorted = [...names]
    .filter((n) => n.length > 1 && n.toLowerCase() !== 'public')
    .sort((a, b) => b.length - a.length || a.localeCompare(b));
  return new Map(sorted.map((name, at) => [name, `redacted_${at + 1}`]));
}

function replacer(aliases: ReadonlyMap<string, string>): (text: string) => string {
  if (aliases.size === 0) return (text) => text;
  const names = [...aliases.keys()].map((name) => name.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|');
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}_])(?:${names})(?![\\p{L}\\p{N}_])`, 'gu');
  return (text) => text.replaceAll(pattern, (name) => aliases.get(name) ?? name);
}
