import type { Abortable } from '#engine/engine.ts';
import { quoteIdentifier } from '#engine/postgres/quote.ts';
import type { ReadSession } from '#engine/postgres/read-session.ts';
import type { Refreshed } from './views.ts';

export interface Surroundings {
  readonly definition: string | null;
  readonly dependants: readonly string[];
  readonly reads: readonly string[];
}

/** Definition of one view and its neighbours over any number of views in between; null definition = it is locked. */
export async function readSurroundings(
  session: ReadSession,
  oid: number,
  { signal }: Abortable,
): Promise<Surroundings> {
  const [above, below] = await session.read(
    'matview neighbours',
    async (t) => [await t.rows(NEIGHBOURS('up'), [oid]), await t.rows(NEIGHBOURS('down'), [oid])] as const,
    { signal },
  );
  // Deparsing waits for whoever holds ACCESS EXCLUSIVE on a table of the view: it may fail alone.
  const definition = await session
    .read(
      'matview definition',
      (t) => t.rows('SELECT pg_catalog.pg_get_viewdef($1::pg_catalog.oid, true)', [oid]),
      {
        signal,
      },
    )
    .then(
      ([row]) => (typeof row?.[0] === 'string' ? row[0] : null),
      () => null,
    );
  const names = (rows: readonly (readonly unknown[])[]): string[] => rows.map(([name]) => String(name));
  return { definition, dependants: names(above), reads: names(below) };
}

/** Relations linked by rules; the rule of a view depends on what the view reads. */
function NEIGHBOURS(direction: 'up' | 'down'): string {
  const [from, to] = direction === 'up' ? ['d.refobjid', 'r.ev_class'] : ['r.ev_class', 'd.refobjid'];
  return `
    WITH RECURSIVE link AS (
      SELECT DISTINCT ${from} AS source, ${to} AS target
      FROM pg_catalog.pg_rewrite r JOIN pg_catalog.pg_depend d
        ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objid = r.oid
        AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
      WHERE r.ev_class <> d.refobjid),
    reached(oid) AS (
      SELECT target FROM link WHERE source = $1::pg_catalog.oid
      UNION SELECT l.target FROM link l JOIN reached ON l.source = reached.oid)
    SELECT CASE n.nspname WHEN 'public' THEN c.relname::text ELSE n.nspname || '.' || c.relname END
    FROM reached JOIN pg_catalog.pg_class c ON c.oid = reached.oid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.oid <> $1::pg_catalog.oid ORDER BY 1`;
}

const REFRESH =
  /refresh\s+materialized\s+view\s+(?:concurrently\s+)?(?<name>(?:"[^"]+"|[\w$]+)(?:\.(?:"[^"]+"|[\w$]+))?)/i;

/**
 * Last successful refresh of each view by pg_cron's own records (https://github.com/citusdata/pg_cron), by name as
 * shown; null where the extension is not there or its tables are not readable.
 */
export async function readCronRefreshes(
  session: ReadSession,
  { signal }: Abortable,
): Promise<ReadonlyMap<string, Refreshed> | null> {
  const extension = session.capabilities.extensions.get('pg_cron');
  if (!extension) return null;
  const rows = await session
    .read('pg_cron runs', (t) => t.rows(CRON_SQL('cron'), [session.capabilities.database]), { signal })
    .catch(() => null);
  if (rows === null) return null;
  const refreshed = new Map<string, Refreshed>();
  for (const [command, at, durationMs] of rows) {
    const name = REFRESH.exec(String(command))?.groups?.['name'];
    if (name === undefined) continue;
    const label = name.replaceAll('"', '').replace(/^public\./, '');
    if (!refreshed.has(label))
      refreshed.set(label, { at: String(at), durationMs: durationMs === null ? null : Number(durationMs) });
  }
  return refreshed;
}

/** Its schema is always called cron. */
function CRON_SQL(schema: string): string {
  return `
    SELECT command, to_char(end_time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
      (extract(epoch FROM end_time - start_time) * 1000)::float8
    FROM ${quoteIdentifier(schema)}.job_run_details
    WHERE status = 'succeeded' AND database = $1 AND command ILIKE '%refresh%' ORDER BY end_time DESC LIMIT 2000`;
}
