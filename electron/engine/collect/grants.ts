import { quoteIdentifier } from '#engine/postgres/quote.ts';
import type { Capabilities } from '#engine/postgres/capabilities.ts';

/** `GRANT pg_monitor TO "role"`: sees other sessions' statements, all settings and all sizes. */
export function grantMonitor({ role }: Capabilities): string {
  return `GRANT pg_monitor TO ${quoteIdentifier(role)}`;
}

/**
 * SELECT on a catalog view that only superusers may read, and EXECUTE on the function behind it. Null on services that
 * give nobody the rights to grant them.
 */
export function grantSuperuserView(
  capabilities: Capabilities,
  view: string,
  signature: string,
): string | null {
  if (!hasReachableSuperuser(capabilities)) return null;
  const role = quoteIdentifier(capabilities.role);
  return `GRANT EXECUTE ON FUNCTION pg_catalog.${signature} TO ${role}; GRANT SELECT ON pg_catalog.${view} TO ${role}`;
}

/** On most services the customer's administrator is no superuser, and what only superusers may grant stays shut. */
export function hasReachableSuperuser({ isSuperuser, provider }: Capabilities): boolean {
  return isSuperuser || provider === 'self-managed' || provider === 'crunchy';
}

/** True where statements, states and sizes of others are not hidden: pg_monitor contains both roles. */
export function seesAllStatistics({ isSuperuser, memberOf }: Capabilities): boolean {
  return isSuperuser || memberOf.has('pg_read_all_stats') || memberOf.has('pg_monitor');
}

export function seesAllSettings({ isSuperuser, memberOf }: Capabilities): boolean {
  return isSuperuser || memberOf.has('pg_read_all_settings') || memberOf.has('pg_monitor');
}
