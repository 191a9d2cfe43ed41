import type { BackupFacts, Facts, ServerFact } from '#shared/model/facts.ts';
import type { ObjectRef } from '#shared/model/finding.ts';

/** What the checks about backups share. */

export function databaseRef({ database, databaseOid }: ServerFact): ObjectRef {
  return { kind: 'database', oid: databaseOid, schema: null, name: database, table: null };
}

/**
 * Our own session came through a socket or the loopback address: a server on the machine of who looks, as a rule a copy
 * to work with. A tunnel looks the same.
 */
export function isLocalServer({ activity = [] }: Partial<Facts>): boolean {
  const own = activity.find(({ isOwn }) => isOwn);
  return own !== undefined && (own.isLoopback || own.clientAddress === null);
}

/** By the clock of the machine that keeps the list: the server's may differ. Never negative. */
export function ageMsOf(at: string, { readAt }: BackupFacts): number {
  return Math.max(0, Date.parse(readAt) - Date.parse(at));
}

export const NO_TABLES = 'This database has no tables: there is nothing to back up.';
