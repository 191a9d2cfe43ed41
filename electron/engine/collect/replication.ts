import type {
  ArchiverFact,
  CheckpointFact,
  ReplicationClient,
  ReplicationSlot,
} from '#shared/model/facts.ts';
import type { Row } from '#engine/postgres/read-session.ts';
import type { Capabilities } from '#engine/postgres/capabilities.ts';
import { instant, number, numberOrNull, text, textOrNull } from './decode.ts';
import type { SharedFamily } from './family.ts';
import { grantMonitor, seesAllStatistics } from './grants.ts';
import { unreadPart } from './unread.ts';

export const replicationSlotsFamily: SharedFamily = {
  facts: ['replicationSlots'],
  label: 'replication slots',
  async read(transaction, { capabilities }) {
    const rows = await transaction.rows(slotsSql(capabilities));
    return () => ({ facts: { replicationSlots: rows.map(toSlot) } });
  },
};

export const replicationClientsFamily: SharedFamily = {
  facts: ['replicationClients'],
  label: 'replication clients',
  async read(transaction, { capabilities }) {
    const rows = await transaction.rows(clientsSql(capabilities));
    const facts = { replicationClients: rows.map(toClient) };
    const isHidden = !seesAllStatistics(capabilities) && rows.some(([, , , state]) => state === null);
    if (!isHidden) return () => ({ facts });
    const reason = 'State and lag of replication clients are hidden from this role.';
    return () => ({
      facts,
      unread: [unreadPart('replicationClients', 'privilege', reason, grantMonitor(capabilities))],
    });
  },
};

export const archiverFamily: SharedFamily = {
  facts: ['archiver'],
  label: 'the WAL archiver',
  async read(transaction) {
    const [row] = await transaction.rows(ARCHIVER_SQL);
    return () => ({ facts: { archiver: toArchiver(row ?? []) } });
  },
};

export const checkpointsFamily: SharedFamily = {
  facts: ['checkpoints'],
  label: 'checkpoints',
  async read(transaction, { capabilities }) {
    const [row] = await transaction.rows(checkpointsSql(capabilities));
    return () => ({ facts: { checkpoints: toCheckpoints(row ?? []) } });
  },
};

function toSlot(row: Row): ReplicationSlot {
  const [name, plugin, type, database, isActive, isTemporary, xminAge, catalogXminAge, retained, ...rest] =
    row;
  const [walStatus, safeSize, inactiveMs, invalidation] = rest;
  return {
    name: text(name),
    plugin: textOrNull(plugin),
    type: text(type),
    database: textOrNull(database),
    isActive: isActive === true,
    isTemporary: isTemporary === true,
    xminAge: numberOrNull(xminAge),
    catalogXminAge: numberOrNull(catalogXminAge),
    retainedBytes: numberOrNull(retained),
    walStatus: textOrNull(walStatus),
    safeWalSizeBytes: numberOrNull(safeSize),
    inactiveMs: numberOrNull(inactiveMs),
    invalidationReason: textOrNull(invalidation),
  };
}

function toClient([
  pid,
  application,
  address,
  state,
  sync,
  lagBytes,
  lagMs,
  xminAge,
]: Row): ReplicationClient {
  return {
    pid: number(pid),
    application: text(application),
    clientAddress: textOrNull(address),
    state: textOrNull(state),
    syncState: textOrNull(sync),
    replayLagBytes: numberOrNull(lagBytes),
    replayLagMs: numberOrNull(lagMs),
    backendXminAge: numberOrNull(xminAge),
  };
}

function toArchiver([archived, lastWal, lastAt, failed, failedWal, failedAt]: Row): ArchiverFact {
  return {
    archivedCount: number(archived ?? 0),
    lastArchivedWal: textOrNull(lastWal),
    lastArchivedAt: instant(lastAt),
    failedCount: number(failed ?? 0),
    lastFailedWal: textOrNull(failedWal),
    lastFailedAt: instant(failedAt),
  };
}

function toCheckpoints([timed, requested, resetAt]: Row): CheckpointFact {
  return {
    timed: number(timed ?? 0),
    requested: number(requested ?? 0),
    statisticsResetAt: instant(resetAt),
  };
}

/** pg_current_wal_lsn() fails on a standby, where "now" is what has been received. */
function currentLsn({ isStandby }: Capabilities): string {
  return isStandby
    ? 'coalesce(pg_catalog.pg_last_wal_receive_lsn(), pg_catalog.pg_last_wal_replay_lsn())'
    : 'pg_catalog.pg_current_wal_lsn()';
}

function slotsSql(capabilities: Capabilities): string {
  const { has } = capabilities;
  const inactive = has('pg_replication_slots', 'inactive_since')
    ? 'pg_catalog.floor(extract(epoch FROM pg_catalog.clock_timestamp() - inactive_since) * 1000)::int8'
    : 'NULL';
  const invalidation = has('pg_replication_slots', 'invalidation_reason') ? 'invalidation_reason' : 'NULL';
  return `SELECT slot_name, plugin, slot_type, database, active, temporary,
      pg_catalog.age(xmin), pg_catalog.age(catalog_xmin),
      pg_catalog.pg_wal_lsn_diff(${currentLsn(capabilities)}, restart_lsn)::int8,
      wal_status, safe_wal_size, ${inactive}, ${invalidation}
    FROM pg_catalog.pg_replication_slots ORDER BY slot_name`;
}

function clientsSql(capabilities: Capabilities): string {
  return `SELECT pid, coalesce(application_name, ''), pg_catalog.host(client_addr), state, sync_state,
      greatest(0, pg_catalog.pg_wal_lsn_diff(${currentLsn(capabilities)}, replay_lsn))::int8,
      pg_catalog.floor(extract(epoch FROM replay_lag) * 1000)::int8, pg_catalog.age(backend_xmin)
    FROM pg_catalog.pg_stat_replication ORDER BY pid`;
}

const ARCHIVER_SQL = `SELECT archived_count, last_archived_wal, last_archived_time::text, failed_count,
  last_failed_wal, last_failed_time::text FROM pg_catalog.pg_stat_archiver`;

/** 17 moved the checkpointer's counters to a view of their own. */
function checkpointsSql({ has }: Capabilities): string {
  return has('pg_stat_checkpointer', 'num_timed')
    ? 'SELECT num_timed, num_requested, stats_reset::text FROM pg_catalog.pg_stat_checkpointer'
    : 'SELECT checkpoints_timed, checkpoints_req, stats_reset::text FROM pg_catalog.pg_stat_bgwriter';
}
