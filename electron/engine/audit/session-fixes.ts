import type { ActivityFact, PreparedTransaction, ReplicationSlot, RoleSetting } from '#shared/model/facts.ts';
import type { Fix, ObjectRef } from '#shared/model/finding.ts';
import { quoteIdentifier, quoteLiteral } from '#engine/postgres/quote.ts';
import { guidedFix, statementFix } from './fixes.ts';
import { settingValueSql } from './setting-lists.ts';

/** Fixes that act on what runs now: sessions, slots, prepared transactions, and settings of roles. */

export function sessionRef(session: Pick<ActivityFact, 'pid'>): ObjectRef {
  return { kind: 'session', oid: 0, schema: null, name: `pid ${session.pid}`, table: null };
}

/** "pid 4711 (api, role app)": whatever of it is known. */
export function describeSession(session: ActivityFact): string {
  const who = [
    session.application,
    session.role === null ? '' : `role ${session.role}`,
    session.clientAddress ?? '',
  ];
  const known = who.filter((part) => part !== '').join(', ');
  return known ? `pid ${session.pid} (${known})` : `pid ${session.pid}`;
}

/** `queryStartedAt`: only this query, not whatever the session runs by then. */
export function cancelQuery(
  session: ActivityFact,
  notes: readonly string[] = [],
  queryStartedAt: string | null = null,
): Fix {
  const same =
    queryStartedAt === null ? '' : ` AND query_start = ${quoteLiteral(queryStartedAt)}::timestamptz`;
  return statementFix({
    title: `Cancel the query of pid ${session.pid}`,
    sql: [signal('pg_cancel_backend', session) + same],
    undo: [],
    risk: 'R2',
    lock: 'none',
    lockInWords: 'No table is locked. The query ends with an error; its session stays.',
    notes,
  });
}

export function terminateSession(session: ActivityFact, notes: readonly string[] = []): Fix {
  return statementFix({
    title: `End the session of pid ${session.pid}`,
    sql: [signal('pg_terminate_backend', session)],
    undo: [],
    risk: 'R4',
    lock: 'none',
    lockInWords:
      'No table is locked. The session is cut off and its open transaction is rolled back, which releases its locks.',
    notes: [...notes, 'What the open transaction did is lost: the application has to do it again.'],
  });
}

export function rollbackPrepared(
  transaction: PreparedTransaction,
  database: string,
  notes: readonly string[] = [],
): Fix {
  const elsewhere = transaction.database !== database;
  return statementFix({
    title: `Roll back the prepared transaction ${transaction.gid}`,
    sql: [`ROLLBACK PREPARED ${quoteLiteral(transaction.gid)}`],
    undo: [],
    risk: 'R4',
    lock: 'none',
    lockInWords: 'No further table is locked; the locks that the transaction holds are released.',
    inTransaction: false,
    notes: [
      ...(elsewhere ? [`Run it in the database ${transaction.database}, where it was prepared.`] : []),
      'Ask the transaction manager first: where it has decided to commit, COMMIT PREPARED is the right end.',
      ...notes,
    ],
  });
}

/** Dropping is refused while a consumer is connected, so an active slot gets words instead. */
export function dropSlot(slot: ReplicationSlot, notes: readonly string[] = []): Fix {
  if (slot.isActive) {
    return guidedFix(`Speed up the consumer of the slot ${slot.name}`, [
      'The slot is in use: find out why its consumer is slow or stuck before anything is dropped.',
      ...notes,
    ]);
  }
  return statementFix({
    title: `Drop the replication slot ${slot.name}`,
    sql: [`SELECT pg_drop_replication_slot(${quoteLiteral(slot.name)})`],
    undo: [],
    risk: 'R4',
    lock: 'none',
    lockInWords: 'No table is locked. Its consumer can no longer continue and has to be set up again.',
    notes: [...notes, 'The position is lost: standby or subscriber must be rebuilt from a fresh copy.'],
  });
}

/** `value` as SHOW prints it, null resets; the undo restores what the role had, if anything. */
export function setRoleSetting(
  role: string,
  name: string,
  value: string | null,
  roleSettings: readonly RoleSetting[],
  notes: readonly string[] = [],
): Fix {
  const before = roleSettings.find((s) => s.role === role && s.database === null)?.settings[name];
  const target = `ALTER ROLE ${quoteIdentifier(role)}`;
  const to = (text: string | null | undefined): string =>
    text === null || text === undefined
      ? `${target} RESET ${quoteIdentifier(name)}`
      : `${target} SET ${quoteIdentifier(name)} = ${settingValueSql(name, text)}`;
  return statementFix({
    title: `${value === null ? 'Reset' : 'Set'} ${name} for the role ${role}`,
    sql: [to(value)],
    undo: [to(before)],
    risk: 'R4',
    lock: 'none',
    lockInWords: 'No table is locked. New sessions of the role get the value; open ones keep the old one.',
    notes,
  });
}

/** Pids are reused: the start time makes sure that nobody else is hit. A second of slack covers rounding. */
function signal(action: 'pg_cancel_backend' | 'pg_terminate_backend', session: ActivityFact): string {
  const started = quoteLiteral(session.backendStartedAt);
  return (
    `SELECT ${action}(pid) FROM pg_stat_activity WHERE pid = ${session.pid}` +
    ` AND abs(extract(epoch FROM backend_start - ${started}::timestamptz)) < 1`
  );
}
