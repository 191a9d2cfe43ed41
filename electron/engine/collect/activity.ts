import type { ActivityFact, PreparedTransaction } from '#shared/model/facts.ts';
import type { Row } from '#engine/postgres/read-session.ts';
import type { Capabilities } from '#engine/postgres/capabilities.ts';
import { instant, number, numberList, numberOrNull, text, textOrNull } from './decode.ts';
import type { SharedFamily } from './family.ts';
import { grantMonitor, seesAllStatistics } from './grants.ts';
import { unreadPart } from './unread.ts';

/** All sessions of the cluster, with who waits for whom. */
export const activityFamily: SharedFamily = {
  facts: ['activity'],
  label: 'activity',
  async read(transaction, { capabilities }) {
    const rows = await transaction.rows(activitySql(capabilities));
    return () => {
      const activity = rows.map(toActivity);
      const hidden = seesAllStatistics(capabilities)
        ? 0
        : activity.filter((a) => a.backendType === null).length;
      if (hidden === 0) return { facts: { activity } };
      const reason = `What ${hidden} ${hidden === 1 ? 'session does is' : 'sessions do is'} hidden from this role: state, age and statement.`;
      return {
        facts: { activity },
        unread: [unreadPart('activity', 'privilege', reason, grantMonitor(capabilities))],
      };
    };
  },
};

export const preparedTransactionsFamily: SharedFamily = {
  facts: ['preparedTransactions'],
  label: 'prepared transactions',
  async read(transaction) {
    const rows = await transaction.rows(PREPARED_SQL);
    return () => ({ facts: { preparedTransactions: rows.map(toPrepared) } });
  },
};

/** Nobody reads a list of more sessions; reliability.md §4.2. */
const MOST_SESSIONS = 10_000;
/** reliability.md §4.2. */
const QUERY_CHARACTERS = 8_192;

function toActivity(row: Row): ActivityFact {
  const [pid, startedAt, database, role, application, address, isLoopback, backendType, state, ...rest] = row;
  const [waitType, waitEvent, xactAge, stateAge, queryAge, xidAge, xminAge, blockedBy, ...locks] = rest;
  const [lockWait, lockMode, lockRelation, usesTls, tlsVersion, tlsCipher, query, isOwn] = locks;
  return {
    pid: number(pid),
    backendStartedAt: instant(startedAt) ?? '',
    database: textOrNull(database),
    role: textOrNull(role),
    application: text(application),
    clientAddress: textOrNull(address),
    isLoopback: isLoopback === true,
    backendType: textOrNull(backendType),
    state: textOrNull(state),
    waitEventType: textOrNull(waitType),
    waitEvent: textOrNull(waitEvent),
    xactAgeMs: numberOrNull(xactAge),
    stateAgeMs: numberOrNull(stateAge),
    queryAgeMs: numberOrNull(queryAge),
    backendXidAge: numberOrNull(xidAge),
    backendXminAge: numberOrNull(xminAge),
    blockedBy: numberList(blockedBy),
    lockWaitMs: numberOrNull(lockWait),
    lockMode: textOrNull(lockMode),
    lockRelation: textOrNull(lockRelation),
    usesTls: usesTls === null ? null : usesTls === true,
    tlsVersion: textOrNull(tlsVersion),
    tlsCipher: textOrNull(tlsCipher),
    query: textOrNull(query),
    isOwn: isOwn === true,
  };
}

function toPrepared([gid, owner, database, ageMs, xidAge]: Row): PreparedTransaction {
  return {
    gid: text(gid),
    owner: text(owner),
    database: text(database),
    ageMs: number(ageMs),
    xidAge: number(xidAge),
  };
}

/** Milliseconds between an instant and now, by the server's clock; null where there is no instant (greatest() would say 0). */
function ageMs(instantSql: string): string {
  return `CASE WHEN ${instantSql} IS NOT NULL THEN
    greatest(0, pg_catalog.floor(extract(epoch FROM pg_catalog.clock_timestamp() - ${instantSql}) * 1000))::int8 END`;
}

/*
 * pg_blocking_pids() stops the lock manager for a moment, so it is asked only about sessions that wait. A name is
 * given to locks in this database only: other databases have relations of their own under the same oids.
 */
function activitySql({ has, databaseOid }: Capabilities): string {
  const waitStart = has('pg_locks', 'waitstart') ? 'waitstart' : 'NULL::timestamptz';
  return `
    WITH waiting AS MATERIALIZED (
      SELECT DISTINCT ON (pid) pid, mode, ${waitStart} AS waitstart,
        CASE WHEN database = ${databaseOid} THEN relation::pg_catalog.regclass::text END AS relation
      FROM pg_catalog.pg_locks WHERE NOT granted ORDER BY pid)
    SELECT a.pid, a.backend_start::text, a.datname, a.usename, coalesce(a.application_name, ''),
      pg_catalog.host(a.client_addr),
      a.client_addr <<= '127.0.0.0/8' OR a.client_addr = '::1' OR a.client_addr <<= '::ffff:127.0.0.0/104',
      a.backend_type, a.state, a.wait_event_type, a.wait_event,
      ${ageMs('a.xact_start')}, ${ageMs('a.state_change')}, ${ageMs('a.query_start')},
      pg_catalog.age(a.backend_xid), pg_catalog.age(a.backend_xmin),
      CASE WHEN w.pid IS NOT NULL THEN pg_catalog.pg_blocking_pids(a.pid) END,
      ${ageMs('w.waitstart')}, w.mode, w.relation, s.ssl, s.version, s.cipher,
      nullif(pg_catalog.left(a.query, ${QUERY_CHARACTERS}), '<insufficient privilege>'),
      a.pid = pg_catalog.pg_backend_pid()
        OR (pg_catalog.starts_with(a.application_name, 'pgvitals/') AND a.usename = current_user)
    FROM pg_catalog.pg_stat_activity a
    LEFT JOIN pg_catalog.pg_stat_ssl s ON s.pid = a.pid
    LEFT JOIN waiting w ON w.pid = a.pid
    ORDER BY a.xact_start NULLS LAST, a.pid LIMIT ${MOST_SESSIONS}`;
}

const PREPARED_SQL = `SELECT gid, owner, database, ${ageMs('prepared')}, pg_catalog.age(transaction)
  FROM pg_catalog.pg_prepared_xacts ORDER BY prepared LIMIT ${MOST_SESSIONS}`;
