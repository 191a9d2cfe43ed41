import type { ActivityFact, PreparedTransaction, ProgressFact } from '#shared/model/facts.ts';
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

/** Maintenance that runs in this database, as far as this role may see it. */
export const progressFamily: SharedFamily = {
  facts: ['progress'],
  label: 'progress of maintenance',
  async read(transaction, { capabilities }) {
    const rows = await transaction.rows(progressSql(capabilities), [capabilities.databaseOid]);
    return () => {
      const visible = rows.filter(([, , , , phase]) => phase !== null);
      const facts = { progress: visible.map(toProgress) };
      if (visible.length === rows.length) return { facts };
      const reason = 'Maintenance that other roles run now is hidden from this role.';
      return { facts, unread: [unreadPart('progress', 'privilege', reason, grantMonitor(capabilities))] };
    };
  },
};

/** Nobody reads a list of more sessions; reliability.md §4.2. */
const MOST_SESSIONS = 10_000;
/** reliability.md §4.2. */
const QUERY_CHARACTERS = 8_192;

function toActivity(row: Row): ActivityFact {
  const [pid, startedAt, database, role, application, address, isLoopback, backendType, state, ...rest] = row;
  const [waitType, waitEvent, xactAge, stateAge, queryAge, xidAge, xminAge, blockedBy, ...locks] = rest;
  const [lockWait, lockMode, lockRelation, usesTls, query, isOwn] = locks;
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

function toProgress([pid, command, relation, index, phase]: Row): ProgressFact {
  return {
    pid: number(pid),
    command: text(command) as ProgressFact['command'],
    relationOid: numberOrNull(relation),
    indexOid: numberOrNull(index),
    phase: text(phase),
  };
}

/** Milliseconds between an instant and now, by the server's clock. */
function ageMs(instantSql: string): string {
  return `greatest(0, pg_catalog.floor(extract(epoch FROM pg_catalog.clock_timestamp() - ${instantSql}) * 1000))::int8`;
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
      ${ageMs('w.waitstart')}, w.mode, w.relation, s.ssl,
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

function progressSql({ has }: Capabilities): string {
  const one = (view: string, command: string, relation: string, index: string): string =>
    has(view, 'pid')
      ? `SELECT pid, '${command}', ${relation}, ${index}, phase FROM pg_catalog.${view} WHERE datid = $1::pg_catalog.oid`
      : '';
  return [
    one('pg_stat_progress_vacuum', 'vacuum', 'relid', 'NULL::pg_catalog.oid'),
    one('pg_stat_progress_analyze', 'analyze', 'relid', 'NULL'),
    one('pg_stat_progress_create_index', 'create-index', 'relid', 'index_relid'),
    one('pg_stat_progress_cluster', 'cluster', 'relid', 'cluster_index_relid'),
    // 19: VACUUM FULL and CLUSTER are forms of REPACK.
    one('pg_stat_progress_repack', 'cluster', 'relid', 'NULL'),
    has('pg_stat_progress_copy', 'pid')
      ? `SELECT pid, 'copy', relid, NULL, command FROM pg_catalog.pg_stat_progress_copy WHERE datid = $1::pg_catalog.oid`
      : '',
    // A base backup belongs to no database.
    `SELECT pid, 'basebackup', NULL, NULL, phase FROM pg_catalog.pg_stat_progress_basebackup
      WHERE $1::pg_catalog.oid IS NOT NULL`,
  ]
    .filter((sql) => sql !== '')
    .join(' UNION ALL ');
}
