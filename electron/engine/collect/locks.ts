import type { ReadTransaction } from '#engine/postgres/read-session.ts';
import type { FactName } from '#shared/model/facts.ts';
import type { UnreadCause } from '#shared/model/snapshot.ts';
import { EngineError } from '#engine/errors.ts';
import { number } from './decode.ts';
import type { CollectContext } from './family.ts';
import { causeOf, endsCollection, unreadPart } from './unread.ts';

/**
 * Tables whose deparse and size functions would wait: under ACCESS EXCLUSIVE, or with somebody queueing for it (we
 * would queue behind). An index under it counts for its table. Blocking is documented for pg_get_indexdef & co. at
 * https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-CATALOG only in passing; it was measured.
 */
export async function readLockedTables(
  transaction: ReadTransaction,
  databaseOid: number,
  modes: readonly string[] = AGAINST_ACCESS_SHARE,
): Promise<number[]> {
  const rows = await transaction.rows(LOCKED_SQL, [databaseOid, modes]);
  return rows.map(([oid]) => number(oid));
}

/** An object that is read through its table, or through several. */
export interface Lockable {
  readonly oid: number;
  readonly tableOids: readonly number[];
}

/**
 * Runs `read` for the objects whose tables are free. When it runs into a lock all the same, looks at the locks again
 * and tries once more without the new ones: so locks delay a collection by at most two lock timeouts. What had to be
 * left out goes to `context.unread` under `fact`; rejects only where the whole collection has to end.
 */
export async function readUnlocked<T extends Lockable>(
  context: CollectContext,
  objects: readonly T[],
  options: {
    readonly fact: FactName;
    readonly label: string;
    /** For the user, at the start of a sentence: "The definition". */
    readonly what: string;
    readonly statementTimeoutMs?: number;
    /** Lock modes that `read` would wait for. Default: ACCESS EXCLUSIVE. */
    readonly waitsFor?: readonly string[];
  },
  read: (transaction: ReadTransaction, free: readonly T[]) => Promise<void>,
): Promise<void> {
  const { session, signal, capabilities, lockedTables } = context;
  const { fact, label, what, statementTimeoutMs, waitsFor } = options;
  const leaveOut = (cause: UnreadCause, left: readonly T[]): void => {
    if (left.length === 0) return;
    const oids = left.map((o) => o.oid);
    context.unread.push(unreadPart(fact, cause, sentence(cause, what, left), null, oids));
  };
  const timeout = statementTimeoutMs === undefined ? {} : { statementTimeoutMs };
  for (let attempt = 1; ; attempt += 1) {
    const isLocked = (o: T): boolean => o.tableOids.some((oid) => lockedTables.has(oid));
    const free = objects.filter((o) => !isLocked(o));
    try {
      if (free.length > 0) await session.read(label, (t) => read(t, free), { signal, ...timeout });
      leaveOut('lock', objects.filter(isLocked));
      return;
    } catch (error) {
      const code = error instanceof EngineError ? error.code : null;
      if (code === 'LOCK_TIMEOUT' && attempt === 1) {
        const concerned = new Set(objects.flatMap((o) => o.tableOids));
        const found = await session.read(
          'locks',
          (t) => readLockedTables(t, capabilities.databaseOid, waitsFor),
          { signal },
        );
        for (const oid of found) if (concerned.has(oid)) lockedTables.add(oid);
        continue;
      }
      leaveOut(causeOf(error), objects);
      if (endsCollection(error)) throw error;
      return;
    }
  }
}

function sentence(cause: UnreadCause, what: string, left: readonly Lockable[]): string {
  const tables = new Set(left.flatMap((o) => o.tableOids[0] ?? [])).size;
  const objects = `${what} of ${left.length === 1 ? 'one object' : `${left.length} objects`}`;
  if (cause === 'lock') {
    const where = tables === 1 ? 'on it or its table' : `on ${tables} of their tables`;
    return `${objects} could not be read: another session holds a lock ${where} that keeps readers out, or waits for one.`;
  }
  if (cause === 'timeout') return `${objects} took too long to read and was left out.`;
  if (cause === 'connection') return `${objects} could not be read before the connection ended.`;
  return `${objects} could not be read: the server refused.`;
}

/** https://www.postgresql.org/docs/current/explicit-locking.html#TABLE-LOCK-COMPATIBILITY */
const AGAINST_ACCESS_SHARE: readonly string[] = ['AccessExclusiveLock'];
export const AGAINST_ROW_EXCLUSIVE: readonly string[] = [
  'ShareLock',
  'ShareRowExclusiveLock',
  'ExclusiveLock',
  'AccessExclusiveLock',
];

// A relation can be locked before its pg_class row is visible to us; those are not in our lists either.
const LOCKED_SQL = `
  SELECT DISTINCT coalesce(x.indrelid, l.relation)
  FROM pg_catalog.pg_locks l
  LEFT JOIN pg_catalog.pg_index x ON x.indexrelid = l.relation
  WHERE l.locktype = 'relation' AND l.mode = ANY ($2::pg_catalog.text[])
    AND l.database = $1::pg_catalog.oid AND l.pid <> pg_catalog.pg_backend_pid()`;
