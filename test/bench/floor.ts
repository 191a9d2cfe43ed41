import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { EmbeddedPostgres } from '#engine/embedded/server.ts';

/**
 * The catalog floor of `performance.md`: the time psql takes to fetch four row sets in one session, unordered and
 * unprocessed, in ms. Connecting is not counted. Needs a psql on the PATH.
 */
export async function measureFloor(server: EmbeddedPostgres, database: string): Promise<number> {
  const { host, port, user, password } = server;
  const address = `host=${host} port=${port} user=${user} dbname=${database}`;
  const commands = ['\\timing on', '\\o /dev/null', ...FLOOR_SQL].flatMap((command) => ['-c', command]);
  const { stdout } = await promisify(execFile)('psql', ['-X', '-q', address, ...commands], {
    env: { ...process.env, PGPASSWORD: password, LC_ALL: 'C.UTF-8' },
    maxBuffer: 1 << 20,
  });
  const times = [...stdout.matchAll(/^Time: ([\d.]+) ms/gm)].map(([, ms]) => Number(ms));
  if (times.length !== FLOOR_SQL.length) throw new Error(`psql printed no times:\n${stdout}`);
  return times.reduce((sum, ms) => sum + ms, 0);
}

const FLOOR_SQL = [
  'SELECT oid, relname, relnamespace, relkind, relpages, reltuples, reltoastrelid, relam, reloptions, relfrozenxid FROM pg_class',
  'SELECT indexrelid, indrelid, indnkeyatts, indkey, indclass, indcollation, indoption, indisunique, indisvalid FROM pg_index',
  `SELECT attrelid, attnum, attname, atttypid, atttypmod, attnotnull FROM pg_attribute a
   JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE attnum > 0 AND NOT attisdropped AND relkind IN ('r', 'p', 'm', 'f')
     AND nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'`,
  'SELECT schemaname, tablename, attname, null_frac, avg_width FROM pg_stats',
];
