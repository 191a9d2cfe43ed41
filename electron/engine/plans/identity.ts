import { describeAddress, type ConnectionTarget } from '#engine/postgres/target.ts';
import type { WriteSession } from '#engine/postgres/write-session.ts';

/** The key of `DatabaseIdentity` as this connection sees it: is it still the database that the plan was made for? */
export async function identityKeyOf(session: WriteSession, target: ConnectionTarget): Promise<string> {
  const { database, databaseOid, canExecute } = session.capabilities;
  if (canExecute('pg_control_system()')) {
    const [[identifier] = []] = await session.rows(
      'SELECT system_identifier::pg_catalog.text FROM pg_catalog.pg_control_system()',
    );
    if (typeof identifier === 'string') return `${identifier}/${databaseOid}`;
  }
  return `${database} on ${describeAddress(target)}`;
}
