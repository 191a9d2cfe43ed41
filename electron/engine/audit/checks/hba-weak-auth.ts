import type { HbaRule, Provider } from '#shared/model/facts.ts';
import type { Severity } from '#shared/model/finding.ts';
import type { Draft } from '#engine/audit/check.ts';
import { defineCheck } from '#engine/audit/check.ts';
import { guidedFix } from '#engine/audit/fixes.ts';
import { isManaged, PROVIDER_WORDS } from '#engine/postgres/provider-words.ts';
import { hbaLine, listensLocallyOnly, reachOf, shadowedBy } from '#engine/audit/hba-rules.ts';

/** Not an error but a warning about a rule without effect: a hostssl line while ssl is off (parse_hba_line in hba.c). */
const CANNOT_MATCH = / record cannot match because /;

interface Weakness {
  readonly severity: Severity;
  readonly problem: string;
  readonly advice: string;
}

export const hbaWeakAuth = defineCheck({
  id: 'hba-weak-auth',
  title: 'pg_hba.conf lets people in too easily',
  category: 'security',
  topic: 'authentication',
  severity: 'critical',
  why: 'pg_hba.conf decides who may connect and how they prove who they are. trust asks for nothing, so anyone who reaches the port is a superuser; password and md5 can be listened to or cracked; rules without TLS send data in clear.',
  rule: 'Critical for trust on host rules, high where such a rule reaches loopback addresses only. High for password, and for md5 unless every stored password is known to be SCRAM (then low). High for rules open to every address that do not demand TLS. Medium for lines with an error. Info for trust on a local socket that every user of the machine may open. Rules that can never match, or that an earlier one always overrides, are left out.',
  remedy:
    'Use hostssl with scram-sha-256, name the databases, roles and networks that need access, and reload.',
  docs: 'https://www.postgresql.org/docs/current/auth-pg-hba-conf.html',
  needs: ['hbaRules'],
  // Without settings every address counts as reachable; without the stored passwords md5 counts as used.
  wants: ['rolePasswords'],
  thresholds: {},
  evaluate({ hbaRules, rolePasswords, server }, { catalog }) {
    const isLocalOnly = listensLocallyOnly(catalog.setting('listen_addresses')?.setting);
    const socketMode = catalog.setting('unix_socket_permissions')?.setting ?? null;
    const hasOnlyScram = rolePasswords ? rolePasswords.every((p) => p.kind !== 'md5') : null;
    return hbaRules.flatMap((rule, at): Draft[] => {
      if (rule.error !== null)
        return CANNOT_MATCH.test(rule.error) ? [] : [brokenLine(rule, server.provider)];
      const weaknesses = weaknessesOf(rule, { isLocalOnly, socketMode, hasOnlyScram });
      const [worst] = weaknesses;
      if (!worst || shadowedBy(hbaRules, at) >= 0) return [];
      return [
        {
          severity: worst.severity,
          confidence: 'certain',
          confidenceReason: 'Read from the file as it is now; a change counts after the next reload.',
          object: { kind: 'hba-rule', oid: 0, schema: null, name: hbaLine(rule), table: null },
          message: `Line ${rule.lineNumber} of ${rule.fileName ?? 'pg_hba.conf'}, "${hbaLine(rule)}": ${worst.problem}.`,
          evidence: {
            ...placeOf(rule),
            rule: hbaLine(rule),
            method: rule.method,
            reach: isLocalOnly && rule.type !== 'local' ? 'loopback (listen_addresses)' : reachOf(rule),
            problems: weaknesses.map((w) => w.problem),
          },
          gain: { text: 'Only those who prove who they are get in' },
          fix: editFile(rule, weaknesses, server.provider),
        },
      ];
    });
  },
});

/** Worst first. */
function weaknessesOf(
  rule: HbaRule,
  server: { isLocalOnly: boolean; socketMode: string | null; hasOnlyScram: boolean | null },
): Weakness[] {
  const found: Weakness[] = [];
  const reach = reachOf(rule);
  const isRemote = !server.isLocalOnly && (reach === 'network' || reach === 'anywhere');
  // clientcert=verify-full makes the certificate's name prove the role, whatever the method.
  const hasCertificate = rule.options.includes('clientcert=verify-full');
  if (rule.method === 'reject') return [];
  if (rule.method === 'trust' && !hasCertificate) {
    if (reach === 'socket') {
      if (isOpenToAll(server.socketMode)) {
        found.push({
          severity: 'info',
          problem: 'every user of the machine can connect as any role without a password',
          advice: 'Use peer or scram-sha-256 instead of trust, or set unix_socket_permissions to 0770.',
        });
      }
    } else {
      found.push({
        severity: isRemote ? 'critical' : 'high',
        problem: isRemote
          ? 'anyone who reaches the port can connect as any role without a password'
          : 'every program on the machine can connect as any role without a password',
        advice: 'Replace trust with scram-sha-256.',
      });
    }
  }
  if (rule.method === 'password' && reach !== 'socket') {
    found.push({
      severity: 'high',
      problem: 'the client sends its password as plain text',
      advice: 'Replace password with scram-sha-256.',
    });
  }
  if (rule.method === 'md5' && reach !== 'socket') found.push(md5Weakness(server.hasOnlyScram));
  if (reach === 'anywhere' && !server.isLocalOnly && (rule.type === 'host' || rule.type === 'hostnossl')) {
    found.push({
      severity: 'high',
      problem: 'every address may connect without TLS',
      advice: 'Use hostssl, and the networks of your clients instead of every address.',
    });
  }
  const rank: readonly Severity[] = ['critical', 'high', 'medium', 'low', 'info'];
  return found.sort((a, b) => rank.indexOf(a.severity) - rank.indexOf(b.severity));
}

/** The md5 method negotiates SCRAM for passwords stored as SCRAM (auth-password): then only the name is old. */
function md5Weakness(hasOnlyScram: boolean | null): Weakness {
  const advice = 'Set password_encryption to scram-sha-256, re-set the passwords, then replace md5 here.';
  if (hasOnlyScram === true)
    return {
      severity: 'low',
      problem: 'md5 is allowed, although every stored password is SCRAM and does not need it',
      advice: 'Replace md5 with scram-sha-256: no password has to change.',
    };
  const problem =
    hasOnlyScram === false
      ? 'MD5 passwords are accepted, and some are stored'
      : 'MD5 passwords are accepted; how they are stored could not be read';
  return { severity: 'high', problem, advice };
}

function brokenLine(rule: HbaRule, provider: Provider): Draft {
  return {
    severity: 'medium',
    confidence: 'certain',
    confidenceReason: 'PostgreSQL itself reports the error.',
    object: {
      kind: 'hba-rule',
      oid: 0,
      schema: null,
      name: `${rule.fileName ?? 'pg_hba.conf'}: ${rule.error}`,
      table: null,
    },
    message: `Line ${rule.lineNumber} of ${rule.fileName ?? 'pg_hba.conf'} has an error (${rule.error}): no change to the file takes effect until it is mended.`,
    evidence: { ...placeOf(rule), error: rule.error },
    fix: guidedFix('Mend the line in pg_hba.conf', [
      ...elsewhere(provider),
      'While a line has an error a reload keeps the old rules, and a restart of the server fails.',
      'Check with: SELECT * FROM pg_hba_file_rules WHERE error IS NOT NULL, then SELECT pg_reload_conf().',
    ]),
  };
}

function editFile(
  rule: HbaRule,
  weaknesses: readonly Weakness[],
  provider: Provider,
): ReturnType<typeof guidedFix> {
  if (isManaged(provider))
    return guidedFix('Let fewer people in', [
      ...elsewhere(provider),
      ...new Set(weaknesses.map((w) => w.advice)),
    ]);
  return guidedFix(`Change line ${rule.lineNumber} of ${rule.fileName ?? 'pg_hba.conf'}`, [
    ...new Set(weaknesses.map((w) => w.advice)),
    'Keep a copy of the file: putting it back and reloading is the undo.',
    'Check with SELECT * FROM pg_hba_file_rules WHERE error IS NOT NULL, then SELECT pg_reload_conf(). Sessions that are open stay open.',
  ]);
}

function elsewhere(provider: Provider): readonly string[] {
  return isManaged(provider) ? [PROVIDER_WORDS[provider].access] : [];
}

function placeOf(rule: HbaRule): { file: string | null; line: number } {
  return { file: rule.fileName, line: rule.lineNumber };
}

/** unix_socket_permissions prints octal; the last digit is for everyone else, and write permission (2) is what counts. */
function isOpenToAll(mode: string | null): boolean {
  return mode === null || (Number.parseInt(mode.slice(-1), 8) & 2) !== 0;
}
