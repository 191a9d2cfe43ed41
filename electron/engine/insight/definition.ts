import type { Abortable } from '#engine/engine.ts';
import { EngineError } from '#engine/errors.ts';
import type { ReadSession } from '#engine/postgres/read-session.ts';

const DEPARSERS = {
  matview: 'pg_catalog.pg_get_viewdef($1::pg_catalog.oid, true)',
  constraint: 'pg_catalog.pg_get_constraintdef($1::pg_catalog.oid, true)',
} as const;

/**
 * The definition of one object as the server prints it; null while somebody holds ACCESS EXCLUSIVE on a table of it,
 * which printing waits for.
 */
export async function readDefinition(
  session: ReadSession,
  kind: keyof typeof DEPARSERS,
  oid: number,
  { signal }: Abortable,
): Promise<string | null> {
  try {
    const [row] = await session.read(
      `${kind} definition`,
      (t) => t.rows(`SELECT ${DEPARSERS[kind]}`, [oid]),
      { signal },
    );
    return typeof row?.[0] === 'string' ? row[0] : null;
  } catch (error) {
    if (error instanceof EngineError && error.code === 'LOCK_TIMEOUT') return null;
    throw error;
  }
}
