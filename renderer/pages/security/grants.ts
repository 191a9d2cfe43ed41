import type { PublicGrantRow, RoleRow } from '#shared/model/security.ts';

/** Not what every database has; that everybody may run a function with its owner's rights is of interest all the same. */
export function isOfInterest({ isBuiltIn, kind }: PublicGrantRow): boolean {
  return !isBuiltIn || kind === 'function';
}

/** Roles that rights are usually given to: those that somebody made. */
export function grantees(roles: readonly RoleRow[]): readonly string[] {
  return roles.filter(({ isSystem }) => !isSystem).map(({ name }) => name);
}
