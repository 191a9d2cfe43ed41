import type { VacuumLog } from '#shared/model/vacuum.ts';
import { EngineError } from '#engine/errors.ts';
import { LOG_FUNCTIONS } from '#engine/collect/own-rights.ts';
import { isManaged, PROVIDER_WORDS } from '#engine/postgres/provider-words.ts';
import { quoteIdentifier } from '#engine/postgres/quote.ts';
import type { ReadSession } from '#engine/postgres/read-session.ts';
import { type LogFormat, parseVacuumLog } from './log-lines.ts';

/** Of the log only its end is read. */
const MOST_BYTES = 1_000_000;
/** In the order of how sure they are to be taken apart. */
const FORMATS: readonly LogFormat[] = ['jsonlog', 'csvlog', 'stderr'];
const MOST_RUNS = 1_000;

/**
 * What autovacuum wrote into the end (1 MB) of the server's current log file. Where that cannot be read, says why and
 * what would change it. Rejects like a read where the connection fails.
 */
export async function readVacuumLog(
  session: ReadSession,
  signal: AbortSignal | undefined,
): Promise<VacuumLog> {
  const { capabilities } = session;
  const { name: service, log, settings } = PROVIDER_WORDS[capabilities.provider];
  const isElsewhere = isManaged(capabilities.provider);
  const missing = LOG_FUNCTIONS.filter((signature) => !capabilities.canExecute(signature));
  if (missing.length > 0 && isElsewhere)
    return unreadable(
      `The role ${capabilities.role} may not read files of the server, of which the log is one. ${service} shows it in ${log}.`,
      [],
    );
  if (missing.length > 0) {
    return unreadable(
      `The role ${capabilities.role} may not read files of the server, of which the log is one. These grants open every file that the server itself can read, passwords in its configuration included: reading the log on the machine is the safer way.`,
      missing.map(
        (signature) =>
          `GRANT EXECUTE ON FUNCTION pg_catalog.${signature} TO ${quoteIdentifier(capabilities.role)}`,
      ),
    );
  }
  const [row = []] = await session.read('log settings', (t) => t.rows(LOG_SQL), { signal });
  const [collector, minDuration, ...files] = row;
  if (Number(minDuration) === -1) {
    return unreadable(
      `The server does not log what autovacuum does: log_autovacuum_min_duration is -1. A minute catches what matters${isElsewhere ? `: set it in ${settings}` : ''}.`,
      isElsewhere
        ? []
        : ["ALTER SYSTEM SET log_autovacuum_min_duration = '1min'", 'SELECT pg_catalog.pg_reload_conf()'],
    );
  }
  const at = files.findIndex((file) => typeof file === 'string');
  const [file, format] = [files[at], FORMATS[at]];
  if (typeof file !== 'string' || format === undefined) {
    return unreadable(
      collector === 'on'
        ? 'The server names no log file: log_destination has neither stderr nor csvlog nor jsonlog.'
        : `The server keeps no log files of its own (logging_collector is off, and turning it on takes a restart): look where its output goes, ${isElsewhere ? log : 'such as journald or a container'}.`,
      [],
    );
  }
  try {
    const [end = []] = await session.read('server log', (t) => t.rows(END_SQL, [file]), { signal });
    const bytes = Buffer.from(String(end[1]), 'base64');
    return {
      state: 'read',
      file,
      readBytes: bytes.length,
      fileBytes: Number(end[0]),
      minDurationMs: minDuration === null ? null : Number(minDuration),
      runs: parseVacuumLog(bytes.toString('utf8'), format, capabilities.database).slice(0, MOST_RUNS),
    };
  } catch (error) {
    if (!(error instanceof EngineError) || !REFUSALS.has(error.code)) throw error;
    return unreadable(error.message, []);
  }
}

/** The file was rotated away, lies elsewhere, or is closed to this role. */
const REFUSALS: ReadonlySet<EngineError['code']> = new Set(['QUERY_FAILED', 'PERMISSION_DENIED']);

function unreadable(reason: string, sql: readonly string[]): VacuumLog {
  return { state: 'unreadable', reason, sql };
}

// A format that the version does not know is an error to pg_current_logfile.
const LOG_SQL = `
  SELECT pg_catalog.current_setting('logging_collector'),
    (SELECT setting::int8 FROM pg_catalog.pg_settings WHERE name = 'log_autovacuum_min_duration'),
    ${FORMATS.map(
      (format) => `CASE WHEN pg_catalog.current_setting('log_destination') LIKE '%${format}%'
        THEN pg_catalog.pg_current_logfile('${format}') END`,
    ).join(', ')}`;

// As bytes: the first character of a piece may be cut in two, which would not be text.
const END_SQL = `
  SELECT s.size, pg_catalog.encode(
    pg_catalog.pg_read_binary_file($1, greatest(0, s.size - ${MOST_BYTES}), ${MOST_BYTES}), 'base64')
  FROM pg_catalog.pg_stat_file($1) s`;
