import type { CronFacts, CronJob, CronRun } from '#shared/model/facts.ts';
import type { Unread } from '#shared/model/snapshot.ts';
import { quoteIdentifier } from '#engine/postgres/quote.ts';
import type { Row } from '#engine/postgres/read-session.ts';
import { instant, numberOrNull, text, textOrNull } from './decode.ts';
import type { CollectContext, FamilyResult, OwnFamily } from './family.ts';
import { schemasInSearchPath } from './search-path.ts';
import { unreadFact, unreadPart } from './unread.ts';

/**
 * What pg_cron recorded about refreshes (https://github.com/citusdata/pg_cron). Its schema is always called cron, its
 * tables are under row security: a role sees its own jobs only.
 */
export const cronFamily: OwnFamily = {
  facts: ['cron'],
  label: 'the records of pg_cron',
  isForPagesOnly: true,
  async run(context) {
    const { session, signal, capabilities } = context;
    if (!capabilities.extensions.has('pg_cron')) {
      const [row] = await session.read('pg_cron database', (t) => t.rows(PLACE_SQL), { signal });
      const database = textOrNull(row?.[0]);
      return found(database === null || database === capabilities.database ? null : { database });
    }
    const rights = await session.read('pg_cron rights', (t) => t.rows(RIGHTS_SQL), { signal });
    const tables = rights.map(toRights);
    const refused = refusal(context, tables);
    if (refused) return refused;
    const values = [capabilities.database];
    const [runs, jobs] = await session.read(
      'pg_cron runs',
      async (t) => [
        tables.some(({ name }) => name === RUNS) ? await t.rows(RUNS_SQL, [...values, MOST_RUNS]) : [],
        await t.rows(JOBS_SQL, values),
      ],
      { signal },
    );
    return {
      ...found('here', runs?.map(toRun), jobs?.map(toJob)),
      unread: hidden(context, tables),
    };
  },
};

/** Records are never purged by default, and only their number is indexed: a month of a job each minute. */
const MOST_RUNS = 50_000;
const RUNS = 'job_run_details';

interface TableRights {
  readonly name: string;
  readonly isReadable: boolean;
  readonly isSchemaUsable: boolean;
  readonly hasRowSecurity: boolean;
}

function found(
  place: CronFacts['place'],
  runs: readonly CronRun[] = [],
  jobs: readonly CronJob[] = [],
): FamilyResult {
  return { facts: { cron: { place, runs, jobs } } };
}

function refusal({ capabilities }: CollectContext, tables: readonly TableRights[]): FamilyResult | null {
  if (!tables.some((table) => table.name === RUNS)) {
    const reason = 'pg_cron keeps no record of its runs before version 1.3: update the extension.';
    return { facts: {}, unread: [unreadFact('cron', 'version', reason, 'ALTER EXTENSION pg_cron UPDATE')] };
  }
  const role = quoteIdentifier(capabilities.role);
  const grants = [
    ...(tables.every((table) => table.isSchemaUsable) ? [] : [`GRANT USAGE ON SCHEMA cron TO ${role}`]),
    ...tables
      .filter((table) => !table.isReadable)
      .map((table) => `GRANT SELECT ON cron.${table.name} TO ${role}`),
  ];
  if (grants.length === 0) return null;
  const reason =
    'pg_cron is here, but its records are not readable by this role: last refreshes are unknown.';
  return { facts: {}, unread: [unreadFact('cron', 'privilege', reason, grants.join('; '))] };
}

function hidden({ capabilities }: CollectContext, tables: readonly TableRights[]): Unread[] {
  const under = tables.filter((table) => table.hasRowSecurity);
  if (under.length === 0) return [];
  const role = quoteIdentifier(capabilities.role);
  const policies = under.map(
    ({ name }) => `CREATE POLICY pgvitals_reads ON cron.${name} FOR SELECT TO ${role} USING (true)`,
  );
  const reason =
    'Row security of pg_cron shows this role only its own jobs: refreshes by jobs of other roles are not known here.';
  return [unreadPart('cron', 'privilege', reason, policies.join('; '))];
}

function toRights([name, isReadable, isSchemaUsable, hasRowSecurity]: Row): TableRights {
  return {
    name: text(name),
    isReadable: isReadable === true,
    isSchemaUsable: isSchemaUsable === true,
    hasRowSecurity: hasRowSecurity === true,
  };
}

function toRun([role, path, command, hasSucceeded, endedAt, durationMs, message]: Row): CronRun {
  return {
    role: text(role),
    searchPath: pathOf(role, path),
    command: text(command),
    hasSucceeded: hasSucceeded === true,
    endedAt: instant(endedAt),
    durationMs: numberOrNull(durationMs),
    message: textOrNull(message),
  };
}

function toJob([role, path, command, schedule, isActive]: Row): CronJob {
  return {
    role: text(role),
    searchPath: pathOf(role, path),
    command: text(command),
    schedule: text(schedule),
    isActive: isActive === true,
  };
}

function pathOf(role: unknown, path: unknown): readonly string[] {
  return schemasInSearchPath(text(path), text(role));
}

// Superuser-only: hidden from most roles, and not set where the library is not loaded.
const PLACE_SQL = "SELECT setting FROM pg_catalog.pg_settings WHERE name = 'cron.database_name'";

const RIGHTS_SQL = `
  SELECT c.relname, pg_catalog.has_table_privilege(c.oid, 'SELECT'),
    pg_catalog.has_schema_privilege(n.oid, 'USAGE'), pg_catalog.row_security_active(c.oid)
  FROM pg_catalog.pg_namespace n JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid
  WHERE n.nspname = 'cron' AND c.relname IN ('job', '${RUNS}') AND c.relkind = 'r' ORDER BY 1`;

/**
 * What a new session of this role would look names up in: https://www.postgresql.org/docs/current/sql-alterrole.html.
 * The reset value comes from our own role where that has a setting of its own.
 */
function searchPathOf(role: string): string {
  const set = (roles: string): string => `
    SELECT pg_catalog.substr(e, 13) FROM pg_catalog.pg_db_role_setting s, pg_catalog.unnest(s.setconfig) e
    WHERE pg_catalog.starts_with(e, 'search_path=')
      AND s.setdatabase IN (0, (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()))
      AND s.setrole IN (${roles})
    ORDER BY s.setrole <> 0 DESC, s.setdatabase <> 0 DESC LIMIT 1`;
  const own = 'SELECT oid FROM pg_catalog.pg_roles WHERE rolname = SESSION_USER';
  return `coalesce(
    (${set(`0, (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = ${role})`)}),
    (SELECT CASE WHEN EXISTS (${set(own)}) THEN boot_val ELSE reset_val END
      FROM pg_catalog.pg_settings WHERE name = 'search_path'))`;
}

const RUNS_SQL = `
  SELECT r.username, ${searchPathOf('r.username')}, r.command, r.has_succeeded, r.end_time::text, r.duration_ms, r.message
  FROM (
    SELECT DISTINCT ON (username, command, status = 'succeeded')
      username, command, status = 'succeeded' AS has_succeeded, end_time,
      (extract(epoch FROM end_time - start_time) * 1000)::float8 AS duration_ms,
      CASE WHEN status = 'failed' THEN pg_catalog.left(return_message, 1000) END AS message
    FROM (SELECT * FROM cron.${RUNS} ORDER BY runid DESC LIMIT $2) latest
    WHERE database = $1 AND status IN ('succeeded', 'failed') AND command ILIKE '%refresh%'
    ORDER BY username, command, status = 'succeeded', end_time DESC NULLS LAST) r`;

const JOBS_SQL = `
  SELECT j.username, ${searchPathOf('j.username')}, j.command, j.schedule, j.active
  FROM cron.job j WHERE j.database = $1 AND j.command ILIKE '%refresh%' ORDER BY j.jobid`;
