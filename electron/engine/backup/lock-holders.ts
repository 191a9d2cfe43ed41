import { text } from '#engine/collect/decode.ts';
import { EngineError } from '#engine/errors.ts';
import { quoteServer } from '#engine/postgres/failures.ts';
import type { WriteSession } from '#engine/postgres/write-session.ts';

/**
 * The same error, with who holds what pg_dump waited for; unchanged where nobody does any more, or nobody can be asked.
 * Asked of the server, because pg_dump says what it wanted to lock only, from 16 on hundreds of tables at once.
 */
export async function withHolders(error: EngineError, session: WriteSession): Promise<EngineError> {
  const holders = await session.rows(HOLDERS).catch(() => []);
  if (holders.length === 0) return error;
  const list = holders.map(
    ([table, pid, application]) =>
      `${quoteServer(text(table))} by pid ${text(pid)}${application === '' ? '' : ` (${quoteServer(text(application))})`}`,
  );
  return new EngineError(
    error.code,
    `pg_dump waited 10 s for a lock and gave up. Locked: ${list.join(', ')}.`,
    error.nextStep,
    { cause: error },
  );
}

/** The only mode that ACCESS SHARE waits for. */
const HOLDERS = `SELECT pg_catalog.format('%I.%I', n.nspname, c.relname), l.pid::pg_catalog.text, coalesce(a.application_name, '')
  FROM pg_catalog.pg_locks l
    JOIN pg_catalog.pg_class c ON c.oid = l.relation
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
  WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock' AND l.granted AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
    AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
  ORDER BY 1 LIMIT 5`;
