import type { Check } from '#engine/audit/check.ts';
import { extensionOutdated } from '#engine/audit/checks/extension-outdated.ts';
import { hbaWeakAuth } from '#engine/audit/checks/hba-weak-auth.ts';
import { md5Passwords } from '#engine/audit/checks/md5-passwords.ts';
import { plaintextSessions } from '#engine/audit/checks/plaintext-sessions.ts';
import { publicCanCreate } from '#engine/audit/checks/public-can-create.ts';
import { publicTableGrants } from '#engine/audit/checks/public-table-grants.ts';
import { rlsAlwaysTrueWrite } from '#engine/audit/checks/rls-always-true-write.ts';
import { rlsPolicyDisabled } from '#engine/audit/checks/rls-policy-disabled.ts';
import { secdefSearchPath } from '#engine/audit/checks/secdef-search-path.ts';
import { superuserSprawl } from '#engine/audit/checks/superuser-sprawl.ts';
import { viewBypassesRls } from '#engine/audit/checks/view-bypasses-rls.ts';
import { weakPassword } from '#engine/audit/checks/weak-password.ts';

/** The checks that judge what the Security page shows. */
export const SECURITY_CHECKS: readonly Check[] = [
  superuserSprawl,
  weakPassword,
  md5Passwords,
  publicCanCreate,
  publicTableGrants,
  secdefSearchPath,
  rlsPolicyDisabled,
  rlsAlwaysTrueWrite,
  viewBypassesRls,
  plaintextSessions,
  hbaWeakAuth,
  extensionOutdated,
];
