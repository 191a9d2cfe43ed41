import type { PublicGrantRow } from '#shared/model/security.ts';

/** Not what every database has; that everybody may run a function with its owner's rights is of interest all the same. */
export function isOfInterest({ isBuiltIn, kind }: PublicGrantRow): boolean {
  return !isBuiltIn || kind === 'function';
}
