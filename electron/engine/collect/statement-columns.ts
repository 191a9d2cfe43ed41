import type { StatementFact } from '#shared/model/facts.ts';
import type { Row } from '#engine/postgres/read-session.ts';
import { instant, number, numberOrNull, text, textOrNull } from './decode.ts';
import { isOwnStatement } from './tagged-session.ts';

/** Columns of pg_stat_statements as this version of the extension has them, in the order that `toStatement` reads. */
export function statementColumns(has: (column: string) => boolean): string {
  // Before 1.8 (server 13) there was only one kind of time.
  const time = (name: string): string => `${name}${has(`${name}_exec_time`) ? '_exec_time' : '_time'}`;
  const either = (...names: readonly string[]): string => names.find(has) ?? 'NULL';
  const sum = (...names: readonly string[]): string => names.filter(has).join(' + ') || 'NULL';
  return [
    'queryid::text',
    'pg_catalog.pg_get_userbyid(userid)',
    'calls',
    time('total'),
    time('mean'),
    time('min'),
    time('max'),
    time('stddev'),
    'rows',
    'shared_blks_hit',
    'shared_blks_read',
    'shared_blks_dirtied',
    'shared_blks_written',
    'temp_blks_read',
    'temp_blks_written',
    either('plans'),
    either('total_plan_time'),
    // 17 split the times by kind of block.
    `${either('shared_blk_read_time', 'blk_read_time')} + ${either('shared_blk_write_time', 'blk_write_time')}`,
    sum('temp_blk_read_time', 'temp_blk_write_time'),
    sum(
      'jit_generation_time',
      'jit_inlining_time',
      'jit_optimization_time',
      'jit_emission_time',
      'jit_deform_time',
    ),
    `${either('wal_bytes')}::float8`,
    either('wal_buffers_full'),
    either('parallel_workers_to_launch'),
    either('parallel_workers_launched'),
    `${either('stats_since')}::text`,
    `${either('minmax_stats_since')}::text`,
    either('toplevel'),
    `nullif(pg_catalog.left(query, ${QUERY_CHARACTERS}), '<insufficient privilege>')`,
  ]
    .map((expression, at) => `${expression} AS c${at}`)
    .join(', ');
}

/** reliability.md §4.2. */
const QUERY_CHARACTERS = 8_192;
/** The default of pg_stat_statements.max: all of them, on most servers. */
const HEAVIEST = 5_000;

/**
 * The heaviest statements that `where` lets through, each with the sum over all of them and the columns that `extra`
 * names, before its own. One scan: the function behind the view reads the file with all texts each time.
 */
export function heaviestStatements(parts: {
  readonly view: string;
  readonly columns: string;
  readonly where: string;
  readonly extra?: string;
}): string {
  const count = parts.columns.match(/ AS c\d+/g)?.length ?? 0;
  const names = Array.from({ length: count }, (_, at) => `c${at}`).join(', ');
  return `
    WITH wanted AS MATERIALIZED (
      SELECT ${parts.extra ?? 'NULL'} AS extra, ${parts.columns} FROM ${parts.view} WHERE ${parts.where}),
    ranked AS (
      SELECT *, pg_catalog.sum(c3) OVER () AS everything,
        pg_catalog.row_number() OVER (ORDER BY c3 DESC) AS by_total,
        pg_catalog.row_number() OVER (ORDER BY c4 DESC) AS by_mean,
        pg_catalog.row_number() OVER (ORDER BY c2 DESC) AS by_calls
      FROM wanted)
    SELECT everything, extra, ${names} FROM ranked
    WHERE least(by_total, by_mean, by_calls) <= ${HEAVIEST} ORDER BY c3 DESC`;
}

/** One row of `heaviestStatements`, after its first two columns. */
export function toStatement(row: Row): StatementFact {
  const [queryId, role, calls, total, mean, min, max, deviation, rows, hit, read, dirtied, ...more] = row;
  const [written, tempRead, tempWritten, plans, planMs, ioMs, tempIoMs, jitMs, wal, ...rest] = more;
  const [buffersFull, planned, launched, since, extremesSince, isTopLevel, query] = rest;
  const statement = textOrNull(query);
  return {
    queryId: textOrNull(queryId) ?? '',
    role: text(role),
    calls: number(calls),
    totalMs: number(total),
    meanMs: number(mean),
    minMs: number(min),
    maxMs: number(max),
    stddevMs: number(deviation),
    rows: number(rows),
    sharedBlocksHit: number(hit),
    sharedBlocksRead: number(read),
    sharedBlocksDirtied: number(dirtied),
    sharedBlocksWritten: number(written),
    tempBlocksRead: number(tempRead),
    tempBlocksWritten: number(tempWritten),
    plans: numberOrNull(plans),
    planMs: numberOrNull(planMs),
    ioMs: numberOrNull(ioMs),
    tempIoMs: numberOrNull(tempIoMs),
    jitMs: numberOrNull(jitMs),
    walBytes: numberOrNull(wal),
    walBuffersFull: numberOrNull(buffersFull),
    workersPlanned: numberOrNull(planned),
    workersLaunched: numberOrNull(launched),
    countedSince: instant(since),
    extremesSince: instant(extremesSince),
    isTopLevel: isTopLevel !== false,
    query: statement,
    isOwn: statement !== null && isOwnStatement(statement),
  };
}
