import type { Abortable } from '#engine/engine.ts';
import { EngineError } from '#engine/errors.ts';
import type { ReadSession } from '#engine/postgres/read-session.ts';

/** The query of a view; null while somebody holds ACCESS EXCLUSIVE on a table of it, which deparsing waits for. */
export async function readDefinition(
  session: ReadSession,
  oid: number,
  { signal }: Abortable,
): Promise<string | null> {
  try {
    const [row] = await session.read(
      'matview definition',
      (t) => t.rows('SELECT pg_catalog.pg_get_viewdef($1::pg_catalog.oid, true)', [oid]),
      { signal },
    );
    return typeof row?.[0] === 'string' ? row[0] : null;
  } catch (error) {
    if (error instanceof EngineError && error.code === 'LOCK_TIMEOUT') return null;
    throw error;
  }
}
