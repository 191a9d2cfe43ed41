import type { IoFact, ServerCounters } from '#shared/model/facts.ts';
import type { Row } from '#engine/postgres/read-session.ts';
import type { Capabilities } from '#engine/postgres/capabilities.ts';
import { instant, number, numberOrNull, text } from './decode.ts';
import type { SharedFamily } from './family.ts';

/** Checkpoints, WAL and I/O of the whole server: three small views of shared memory. */
export const serverCountersFamily: SharedFamily = {
  facts: ['serverCounters'],
  label: 'counters of the server',
  isForPagesOnly: true,
  async read(transaction, { capabilities }) {
    const { has } = capabilities;
    const [checkpoints = []] = await transaction.rows(checkpointsSql(capabilities));
    const wal = has('pg_stat_wal', 'wal_bytes') ? await transaction.rows(WAL_SQL) : null;
    const io = has('pg_stat_io', 'reads') ? await transaction.rows(ioSql(capabilities)) : null;
    return () => ({
      facts: {
        serverCounters: {
          countedAt: instant(checkpoints[6]),
          checkpoints: toCheckpoints(checkpoints),
          wal: wal === null ? null : toWal(wal[0] ?? []),
          io: io === null ? null : io.map(toIo),
          ioResetAt: instant(io?.[0]?.[8]),
        },
      },
    });
  },
};

function toCheckpoints([
  timed,
  requested,
  writeMs,
  syncMs,
  buffers,
  resetAt,
]: Row): ServerCounters['checkpoints'] {
  return {
    timed: number(timed ?? 0),
    requested: number(requested ?? 0),
    writeMs: number(writeMs ?? 0),
    syncMs: number(syncMs ?? 0),
    buffersWritten: number(buffers ?? 0),
    resetAt: instant(resetAt),
  };
}

function toWal([records, images, bytes, full, resetAt]: Row): NonNullable<ServerCounters['wal']> {
  return {
    records: number(records ?? 0),
    fullPageImages: number(images ?? 0),
    bytes: number(bytes ?? 0),
    buffersFull: number(full ?? 0),
    resetAt: instant(resetAt),
  };
}

function toIo([backendType, object, context, read, written, extended, hits, evictions]: Row): IoFact {
  return {
    backendType: text(backendType),
    object: text(object),
    context: text(context),
    readBytes: numberOrNull(read) ?? 0,
    writtenBytes: numberOrNull(written) ?? 0,
    extendedBytes: numberOrNull(extended) ?? 0,
    hits: numberOrNull(hits) ?? 0,
    evictions: numberOrNull(evictions) ?? 0,
  };
}

/** 17 moved the checkpointer's counters to a view of their own. */
function checkpointsSql({ has }: Capabilities): string {
  const [columns, view] = has('pg_stat_checkpointer', 'num_timed')
    ? ['num_timed, num_requested, write_time, sync_time, buffers_written', 'pg_stat_checkpointer']
    : [
        'checkpoints_timed, checkpoints_req, checkpoint_write_time, checkpoint_sync_time, buffers_checkpoint',
        'pg_stat_bgwriter',
      ];
  return `SELECT ${columns}, stats_reset::text, pg_catalog.clock_timestamp()::text FROM pg_catalog.${view}`;
}

const WAL_SQL = `SELECT wal_records, wal_fpi, wal_bytes::float8, wal_buffers_full, stats_reset::text
  FROM pg_catalog.pg_stat_wal`;

/** 18 counts bytes; before, operations of op_bytes each. */
function ioSql({ has }: Capabilities): string {
  const bytes = (operation: string): string =>
    has('pg_stat_io', `${operation}_bytes`)
      ? `${operation}_bytes::float8`
      : `(${operation}s * op_bytes)::float8`;
  return `SELECT backend_type, object, context, ${bytes('read')}, ${bytes('write')}, ${bytes('extend')}, hits, evictions, stats_reset::text
    FROM pg_catalog.pg_stat_io
    WHERE coalesce(reads, 0) + coalesce(writes, 0) + coalesce(extends, 0) + coalesce(hits, 0) > 0`;
}
