import type { RoleFact, RolePassword } from '#shared/model/facts.ts';
import type { Evidence, Fix } from '#shared/model/finding.ts';
import type { Draft } from '#engine/audit/check.ts';
import { defineCheck } from '#engine/audit/check.ts';
import { guidedFix } from '#engine/audit/fixes.ts';
import { roleRef } from '#engine/audit/object-refs.ts';

const WORDS: Readonly<Record<NonNullable<RolePassword['weakness']>, string>> = {
  default: 'is in the list of default passwords',
  'role-name': "is the role's own name",
  'database-name': "is the database's name",
};

export const weakPassword = defineCheck({
  id: 'weak-password',
  title: 'A password can be guessed at the first try',
  category: 'security',
  topic: 'authentication',
  severity: 'critical',
  why: 'Default passwords and names are what attackers try first, and PostgreSQL does not slow them down. With the password of an owner or superuser they can read, change and delete everything.',
  rule: 'Critical for a login role whose password is a well-known default, its own name or the name of the database; medium where the password has expired. The password of the connection in use is looked at too. Guesses are compared offline with the stored verifiers; no login is tried.',
  remedy:
    'Rotate to a long random password. Send only a SCRAM verifier to the server, so that the text reaches neither its log nor its statistics.',
  docs: 'https://www.postgresql.org/docs/current/sql-alterrole.html',
  needs: ['server'],
  wants: ['rolePasswords', 'roles'],
  thresholds: {},
  evaluate({ server, rolePasswords, roles }, { nowMs }) {
    const byName = new Map((roles ?? []).map((r) => [r.name, r]));
    const findings = (rolePasswords ?? []).flatMap((p): Draft[] => {
      if (p.weakness === null) return [];
      const role = byName.get(p.role);
      return role?.canLogin === false ? [] : [stored(p, p.weakness, role, nowMs)];
    });
    // The stored verifier is the authority: under trust any password is taken, so the URL proves nothing then.
    const isOwnKnown = rolePasswords?.some((p) => p.role === server.role) ?? false;
    if (server.ownPasswordIsDefault && !isOwnKnown)
      findings.push(fromUrl(server.role, byName.get(server.role)));
    return findings;
  },
});

function stored(
  password: RolePassword,
  weakness: NonNullable<RolePassword['weakness']>,
  role: RoleFact | undefined,
  nowMs: number,
): Draft {
  const validUntilMs = Date.parse(role?.validUntil ?? '');
  const hasExpired = validUntilMs < nowMs;
  return {
    severity: hasExpired ? 'medium' : 'critical',
    confidence: 'certain',
    confidenceReason: 'A guess matched the stored verifier; the comparison was made offline.',
    object: roleRef(password.role, password.roleOid),
    message: `The password of ${password.role} ${WORDS[weakness]}${hasExpired ? ', but it has expired' : ''}.`,
    evidence: { ...roleEvidence(role), weakness, storedAs: password.kind, foundIn: 'stored verifier' },
    gain: { text: 'Guessing no longer opens the database' },
    fix: rotate(password.role),
  };
}

function fromUrl(name: string, role: RoleFact | undefined): Draft {
  return {
    severity: 'critical',
    confidence: 'likely',
    confidenceReason:
      'The password of the connection in use is a known default. Where pg_hba.conf trusts this address the server may not have looked at it.',
    object: roleRef(name, role?.oid),
    message: `The password that ${name} connects with ${WORDS.default}.`,
    evidence: { ...roleEvidence(role), weakness: 'default', storedAs: null, foundIn: 'connection string' },
    gain: { text: 'Guessing no longer opens the database' },
    fix: rotate(name),
  };
}

/** No end is something known; only of a role that could not be read it is not. */
function roleEvidence(role: RoleFact | undefined): Evidence {
  const isSuperuser = role?.isSuperuser ?? null;
  return role?.validUntil === null
    ? { isSuperuser, validUntil: 'no end' }
    : { isSuperuser, validUntilAt: role?.validUntil ?? null };
}

function rotate(name: string): Fix {
  return guidedFix(`Rotate the password of ${name}`, [
    'Generate a password of 48 random characters and put it into the secret store of every application that uses the role.',
    "Hash it on your side and send only the SCRAM verifier: psql's \\password does that. A plain ALTER ROLE … PASSWORD leaves the text in the server's log.",
    'Sessions that are open stay open; new ones need the new password. Until the applications have it, keep the old one at hand: setting it again is the undo.',
  ]);
}
