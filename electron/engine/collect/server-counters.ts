import type { IoFact, ServerCounters } from '#shared/model/facts.ts';
import type { Unread } from '#shared/model/snapshot.ts';
import type { Row } from '#engine/postgres/read-session.ts';
import type { Capabilities } from '#engine/postgres/capabilities.ts';
import { quoteIdentifier } from '#engine/postgres/quote.ts';
import { instant, number, numberOrNull, text } from './decode.ts';
import type { SharedFamily } from './family.ts';
import { unreadPart } from './unread.ts';

/** Checkpoints, WAL and I/O of the whole server: three small views of shared memory, each shown to whoever may see it. */
export const serverCountersFamily: SharedFamily = {
  facts: ['serverCounters'],
  label: 'counters of the server',
  isForPagesOnly: true,
  async read(transaction, { capabilities }) {
    const rowsOf = async (query: Query | null): Promise<Row[] | null> =>
      query !== null && capabilities.canSelect(query.view) ? transaction.rows(query.sql) : null;
    const queries = {
      checkpoints: checkpointsQuery(capabilities),
      wal: walQuery(capabilities),
      walWrites: walWritesQuery(capabilities),
      io: ioQuery(capabilities),
    };
    const [clock = []] = await transaction.rows('SELECT pg_catalog.clock_timestamp()::text');
    const checkpoints = await rowsOf(queries.checkpoints);
    const wal = await rowsOf(queries.wal);
    const walWrites = await rowsOf(queries.walWrites);
    const io = await rowsOf(queries.io);
    return () => ({
      facts: {
        serverCounters: {
          countedAt: instant(clock[0]),
          checkpoints: checkpoints === null ? null : toCheckpoints(checkpoints[0] ?? []),
          wal: wal === null ? null : toWal(wal[0] ?? []),
          walWrites: walWrites === null ? null : toWalWrites(walWrites[0] ?? []),
          io: io === null ? null : io.map(toIo),
          ioResetAt: instant(io?.[0]?.[8]),
        },
      },
      unread: hiddenViews(Object.values(queries), capabilities),
    });
  },
};

interface Query {
  readonly view: string;
  readonly sql: string;
}

/** Everybody may read these views, unless somebody took the right away. */
function hiddenViews(queries: readonly (Query | null)[], capabilities: Capabilities): Unread[] {
  const views = new Set(queries.flatMap((query) => (query === null ? [] : [query.view])));
  return [...views]
    .filter((view) => !capabilities.canSelect(view))
    .map((view) =>
      unreadPart(
        'serverCounters',
        'privilege',
        `${view} is hidden from this role.`,
        `GRANT SELECT ON pg_catalog.${view} TO ${quoteIdentifier(capabilities.role)}`,
      ),
    );
}

function toCheckpoints([timed, requested, writeMs, syncMs, buffers, resetAt]: Row): NonNullable<
  ServerCounters['checkpoints']
> {
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

function toWalWrites([writes, syncs, writeMs, syncMs, isTimed, resetAt]: Row): NonNullable<
  ServerCounters['walWrites']
> {
  return {
    writes: number(writes ?? 0),
    syncs: number(syncs ?? 0),
    writeMs: isTimed === true ? number(writeMs ?? 0) : null,
    syncMs: isTimed === true ? number(syncMs ?? 0) : null,
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
function checkpointsQuery({ has }: Capabilities): Query {
  const [columns, view] = has('pg_stat_checkpointer', 'num_timed')
    ? (['num_timed, num_requested, write_time, sync_time, buffers_written', 'pg_stat_checkpointer'] as const)
    : ([
        'checkpoints_timed, checkpoints_req, checkpoint_write_time, checkpoint_sync_time, buffers_checkpoint',
        'pg_stat_bgwriter',
      ] as const);
  return { view, sql: `SELECT ${columns}, stats_reset::text FROM pg_catalog.${view}` };
}

function walQuery({ has }: Capabilities): Query | null {
  if (!has('pg_stat_wal', 'wal_bytes')) return null;
  return {
    view: 'pg_stat_wal',
    sql: `SELECT wal_records, wal_fpi, wal_bytes::float8, wal_buffers_full, stats_reset::text
      FROM pg_catalog.pg_stat_wal`,
  };
}

/** 18 moved them to pg_stat_io, as an object beside relations. */
function walWritesQuery({ has }: Capabilities): Query | null {
  const isTimed = "pg_catalog.current_setting('track_wal_io_timing')::boolean";
  if (has('pg_stat_wal', 'wal_write'))
    return {
      view: 'pg_stat_wal',
      sql: `SELECT wal_write, wal_sync, wal_write_time, wal_sync_time, ${isTimed}, stats_reset::text
        FROM pg_catalog.pg_stat_wal`,
    };
  if (!has('pg_stat_io', 'write_bytes')) return null;
  return {
    view: 'pg_stat_io',
    sql: `SELECT pg_catalog.sum(writes)::int8, pg_catalog.sum(fsyncs)::int8, pg_catalog.sum(write_time),
        pg_catalog.sum(fsync_time), ${isTimed}, pg_catalog.min(stats_reset)::text
      FROM pg_catalog.pg_stat_io WHERE object = 'wal'`,
  };
}

/** 18 counts bytes; before, operations of op_bytes each. */
function ioQuery({ has }: Capabilities): Query | null {
  if (!has('pg_stat_io', 'reads')) return null;
  const bytes = (operation: string): string =>
    has('pg_stat_io', `${operation}_bytes`)
      ? `${operation}_bytes::float8`
      : `(${operation}s * op_bytes)::float8`;
  return {
    view: 'pg_stat_io',
    sql: `SELECT backend_type, object, context, ${bytes('read')}, ${bytes('write')}, ${bytes('extend')}, hits, evictions,
        stats_reset::text
      FROM pg_catalog.pg_stat_io
      WHERE coalesce(reads, 0) + coalesce(writes, 0) + coalesce(extends, 0) + coalesce(hits, 0) > 0`,
  };
}
