import { formatInstant } from '#shared/model/format.ts';
import { EngineError } from '../errors.ts';
import type { WriteSession } from './write-session.ts';

/** One advisory lock for all work of PgVitals on a database, whoever does it; "PgVt" in ASCII. */
const LOCK_KEY = 0x50_67_56_74;

/** Held until the session closes. JOB_RUNNING where another PgVitals, or another job of this one, has the database. */
export async function lockDatabase(session: WriteSession): Promise<void> {
  const [[isOurs] = []] = await session.rows(
    `SELECT pg_catalog.pg_try_advisory_lock($1::pg_catalog.int4, d.oid::pg_catalog.int8::pg_catalog.bit(32)::pg_catalog.int4)
     FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()`,
    [LOCK_KEY],
  );
  if (isOurs === true) return;
  const [[pid, application, address, since] = []] = await session.rows(
    `SELECT a.pid, a.application_name, pg_catalog.host(a.client_addr),
       pg_catalog.to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
     FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
     JOIN pg_catalog.pg_database d ON d.oid = l.database
     WHERE l.locktype = 'advisory' AND l.classid::pg_catalog.int8 = $1 AND l.granted AND d.datname = pg_catalog.current_database()`,
    [LOCK_KEY],
  );
  const name = typeof application === 'string' ? application : '';
  // Address and start are null where this role may not see sessions of others, the address also of a local one.
  const where = typeof address === 'string' ? `, from ${address}` : '';
  const when = typeof since === 'string' ? `, since ${formatInstant(since)}` : '';
  const holder = typeof pid === 'number' ? ` (pid ${pid}, ${name}${where}${when})` : '';
  const work = name.startsWith('pgvitals/snapshot') ? 'backing up' : 'changing something in';
  throw new EngineError(
    'JOB_RUNNING',
    `PgVitals is ${work} this database already${holder}.`,
    'Wait until that is over, or cancel it; then confirm again.',
  );
}
