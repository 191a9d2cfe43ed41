import type { DatabaseFact } from '#shared/model/facts.ts';
import type { Row } from '#engine/postgres/read-session.ts';
import type { Capabilities } from '#engine/postgres/capabilities.ts';
import { instant, number, numberOrNull, text, textOrNull } from './decode.ts';
import type { CollectContext, OwnFamily } from './family.ts';
import { grantMonitor, seesAllStatistics } from './grants.ts';
import { MEASURE_UNCOUNTED, uncountedTables } from './sizes.ts';
import { causeOf, endsCollection, unreadPart } from './unread.ts';

/**
 * Every database of the cluster; the sizes in a transaction of their own, because the server looks at each file of
 * each database for them. Our own, where it has tens of thousands of files, is added up from the catalog instead.
 * Also fills in `server.databaseSizeBytes`.
 */
export const databasesFamily: OwnFamily = {
  facts: ['databases'],
  label: 'databases',
  async run(context) {
    const { session, signal, capabilities } = context;
    const { databaseOid } = capabilities;
    const correction = estimateCorrection(context);
    const rows = await session.read('databases', (t) => t.rows(databasesSql(capabilities)), { signal });
    const sizes = new Map<number, number | null>();
    try {
      const found = await session.read(
        'database sizes',
        (t) => t.rows(SIZES_SQL, [seesAllStatistics(capabilities), correction === null ? null : databaseOid]),
        { signal, statementTimeoutMs: SIZE_TIMEOUT_MS },
      );
      for (const [oid, size] of found) {
        const sizeBytes = numberOrNull(size);
        const isOwn = number(oid) === databaseOid;
        sizes.set(number(oid), isOwn && sizeBytes !== null ? sizeBytes + (correction ?? 0) : sizeBytes);
      }
    } catch (error) {
      noteSizes(context, error);
      if (endsCollection(error)) {
        context.facts.databases = rows.map((row) => toDatabase(row, sizes));
        throw error;
      }
    }
    const ownSize = sizes.get(databaseOid) ?? null;
    const { server } = context.facts;
    const databases = rows.map((row) => toDatabase(row, sizes));
    if (sizes.size > 0 && databases.some((d) => d.sizeBytes === null)) {
      context.unread.push(
        unreadPart(
          'databases',
          'privilege',
          'The sizes of databases that this role may not connect to are hidden.',
          grantMonitor(capabilities),
          databases.filter((d) => d.sizeBytes === null).map((d) => d.oid),
        ),
      );
    }
    return { facts: { databases, ...(server && { server: { ...server, databaseSizeBytes: ownSize } }) } };
  },
};

/**
 * What the pages of pg_class leave out, in bytes, as far as tables and indexes were measured; null where our database
 * is to be measured exactly: it is small enough (20,000 relations have some 40,000 files, 50 ms), or many tables were
 * never counted, as after a restore.
 */
function estimateCorrection({ facts: { server, tables, indexes } }: CollectContext): number | null {
  if (!server || !tables || !indexes || tables.length + indexes.length < ESTIMATE_FROM_RELATIONS) return null;
  if (uncountedTables(tables).length > MEASURE_UNCOUNTED) return null;
  let missing = 0;
  for (const relation of [...tables, ...indexes]) {
    if (relation.sizeIsExact) missing += relation.sizeBytes - relation.pages * server.blockSizeBytes;
  }
  return missing;
}

const ESTIMATE_FROM_RELATIONS = 20_000;

function noteSizes({ unread }: CollectContext, error: unknown): void {
  const cause = causeOf(error);
  const why = cause === 'timeout' ? 'the server needs too long to measure them' : 'measuring them failed';
  unread.push(unreadPart('databases', cause, `The sizes of the databases are missing: ${why}.`));
}

function toDatabase(row: Row, sizes: ReadonlyMap<number, number | null>): DatabaseFact {
  const [oid, name, isTemplate, allowsConnections, xidAge, mxidAge, ...rest] = row;
  const [commits, rollbacks, read, hit, deadlocks, tempFiles, tempBytes, failures, failedAt, resetAt] = rest;
  const [countedAt, collation, version, actualVersion] = rest.slice(10);
  return {
    oid: number(oid),
    name: text(name),
    sizeBytes: sizes.get(number(oid)) ?? null,
    isTemplate: isTemplate === true,
    allowsConnections: allowsConnections === true,
    frozenXidAge: number(xidAge),
    minMxidAge: number(mxidAge),
    xactCommit: number(commits),
    xactRollback: number(rollbacks),
    blocksRead: number(read),
    blocksHit: number(hit),
    deadlocks: number(deadlocks),
    tempFiles: number(tempFiles),
    tempBytes: number(tempBytes),
    checksumFailures: numberOrNull(failures),
    checksumLastFailureAt: instant(failedAt),
    statisticsResetAt: instant(resetAt),
    countedAt: instant(countedAt),
    collation: textOrNull(collation),
    collationVersion: textOrNull(version),
    collationActualVersion: textOrNull(actualVersion),
  };
}

const SIZE_TIMEOUT_MS = 10_000;

/** The locale of an ICU or built-in default collation has its own column: daticulocale in 15 and 16, datlocale since. */
function databasesSql({ has }: Capabilities): string {
  const locale = ['datlocale', 'daticulocale'].find((column) => has('pg_database', column));
  const versions = has('pg_database', 'datcollversion')
    ? 'd.datcollversion, pg_catalog.pg_database_collation_actual_version(d.oid)'
    : 'NULL, NULL';
  return `SELECT d.oid, d.datname, d.datistemplate, d.datallowconn,
      pg_catalog.age(d.datfrozenxid), pg_catalog.mxid_age(d.datminmxid),
      coalesce(s.xact_commit, 0), coalesce(s.xact_rollback, 0), coalesce(s.blks_read, 0), coalesce(s.blks_hit, 0),
      coalesce(s.deadlocks, 0), coalesce(s.temp_files, 0), coalesce(s.temp_bytes, 0),
      s.checksum_failures, s.checksum_last_failure::text, s.stats_reset::text, pg_catalog.clock_timestamp()::text,
      ${locale ? `coalesce(d.${locale}, d.datcollate::text)` : 'd.datcollate'}, ${versions}
    FROM pg_catalog.pg_database d LEFT JOIN pg_catalog.pg_stat_database s ON s.datid = d.oid`;
}

// Without CONNECT or pg_read_all_stats pg_database_size fails, and with it the whole statement.
const SIZES_SQL = `SELECT d.oid, CASE
    WHEN d.oid = $2::pg_catalog.oid THEN (SELECT pg_catalog.sum(c.relpages::int8)
      * pg_catalog.current_setting('block_size')::int8 FROM pg_catalog.pg_class c)::int8
    WHEN $1::boolean OR pg_catalog.has_database_privilege(d.oid, 'CONNECT') THEN pg_catalog.pg_database_size(d.oid) END
  FROM pg_catalog.pg_database d`;
