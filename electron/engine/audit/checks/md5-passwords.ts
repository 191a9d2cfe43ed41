import type { Draft } from '#engine/audit/check.ts';
import { defineCheck } from '#engine/audit/check.ts';
import { guidedFix } from '#engine/audit/fixes.ts';
import { setServerSetting } from '#engine/audit/setting-fixes.ts';
import { roleRef, settingRef } from '#engine/audit/object-refs.ts';
import { serverWideSetting } from '#engine/audit/server-settings.ts';

export const md5Passwords = defineCheck({
  id: 'md5-passwords',
  title: 'Passwords are stored as MD5',
  category: 'security',
  topic: 'authentication',
  severity: 'medium',
  why: 'A stolen MD5 hash is enough to log in, without the password, and modern hardware tries billions of guesses a second. PostgreSQL 18 marks MD5 as deprecated, and 19 warns at each such login.',
  rule: 'Medium for each login role whose stored password is MD5, and where password_encryption is md5, so that new passwords would be.',
  remedy:
    'Set password_encryption to scram-sha-256, then have every role with an MD5 password set its password again.',
  docs: 'https://www.postgresql.org/docs/current/auth-password.html',
  needs: ['settings'],
  // The stored hashes need pg_authid; where that is closed the audit says "could not check", not "fine".
  wants: ['rolePasswords'],
  thresholds: {},
  evaluate({ server, rolePasswords }, { catalog }) {
    const encryption = catalog.setting('password_encryption');
    const isMd5 = serverWideSetting(encryption) === 'md5';
    const findings: Draft[] = (rolePasswords ?? [])
      .filter((p) => p.kind === 'md5')
      .map((p) => ({
        severity: 'medium',
        confidence: 'certain',
        confidenceReason: 'Read from pg_authid; the hash itself was not kept.',
        object: roleRef(p.role, p.roleOid),
        message: `The password of ${p.role} is stored as MD5.`,
        evidence: { storedAs: 'md5', passwordEncryption: encryption?.setting ?? null },
        gain: { text: 'A stolen copy of the hash no longer opens the door' },
        fix: guidedFix(`Set the password of ${p.role} again`, [
          ...(isMd5
            ? ['First set password_encryption to scram-sha-256, or the new password is MD5 again.']
            : []),
          "Use psql's \\password: it hashes on your side, so that the text does not reach the server's log. The same password may be used.",
          'The client library has to know SCRAM (libpq 10 or newer). The md5 method of pg_hba.conf accepts SCRAM passwords too.',
          'To go back, set password_encryption to md5 and set the password once more.',
        ]),
      }));
    if (isMd5) {
      findings.push({
        severity: 'medium',
        confidence: 'certain',
        confidenceReason: 'Read from the running server.',
        object: settingRef('password_encryption'),
        message: 'password_encryption is md5: every new password will be stored as MD5.',
        evidence: {
          setting: encryption?.setting ?? null,
          source: encryption?.source ?? null,
          storedHashesRead: rolePasswords !== undefined,
        },
        gain: { text: 'New passwords are stored as SCRAM-SHA-256' },
        fix: setServerSetting('password_encryption', 'scram-sha-256', catalog, server.provider, [
          'Passwords that are stored now keep their form until they are set again.',
        ]),
      });
    }
    return findings;
  },
});
