import { setTimeout as delay } from 'node:timers/promises';
import { number, text, textOrNull } from '#engine/collect/decode.ts';
import { EngineError } from '#engine/errors.ts';
import { quoteLiteral } from '#engine/postgres/quote.ts';
import type { WriteSession } from '#engine/postgres/write-session.ts';
import { CATALOG_LIMITS } from './side-database.ts';

/** A session in a database that is about to change its name. */
export interface OtherSession {
  readonly pid: number;
  /** As the server writes it: a pid that is used again belongs to another session. */
  readonly startedAt: string;
  /** "pid 4711 (psql, role app, 10.0.0.7)". */
  readonly who: string;
  readonly isOurs: boolean;
  /** This role may end it. */
  readonly mayEnd: boolean;
}

/** Everything that keeps a database from being renamed, but autovacuum, which the server stops for that by itself. */
export async function sessionsIn(session: WriteSession, oids: readonly number[]): Promise<OtherSession[]> {
  const rows = await session.rows(
    `SELECT a.pid, a.backend_start::pg_catalog.text, a.application_name, a.usename, a.client_addr::pg_catalog.text, a.backend_type,
       me.rolsuper OR (NOT coalesce(o.rolsuper, true)
         AND (pg_catalog.pg_has_role(a.usesysid, 'USAGE') OR pg_catalog.pg_has_role('pg_signal_backend', 'USAGE')))
     FROM pg_catalog.pg_stat_activity a
     JOIN pg_catalog.pg_roles me ON me.rolname = current_user
     LEFT JOIN pg_catalog.pg_roles o ON o.oid = a.usesysid
     WHERE a.datid = ANY($1::pg_catalog.oid[]) AND a.pid <> pg_catalog.pg_backend_pid()
       AND a.backend_type IS DISTINCT FROM 'autovacuum worker' ORDER BY a.backend_start`,
    [oids],
  );
  return rows.map(([pid, startedAt, application, role, address, type, mayEnd]) => {
    const known = [
      textOrNull(application) ?? '',
      type === null || type === 'client backend' ? '' : text(type),
      role === null ? '' : `role ${text(role)}`,
      textOrNull(address)?.replace(/\/\d+$/, '') ?? '',
    ].filter((part) => part !== '');
    return {
      pid: number(pid),
      startedAt: textOrNull(startedAt) ?? '',
      who: known.length > 0 ? `pid ${number(pid)} (${known.join(', ')})` : `pid ${number(pid)}`,
      isOurs: (textOrNull(application) ?? '').startsWith('pgvitals/'),
      // Hidden from roles that may not read statistics: then it cannot be told from a later one with its pid.
      mayEnd: mayEnd === true && startedAt !== null,
    };
  });
}

export function endSessionSql({ pid, startedAt }: Pick<OtherSession, 'pid' | 'startedAt'>): string {
  return (
    `SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity` +
    ` WHERE pid = ${pid} AND backend_start = ${quoteLiteral(startedAt)}::pg_catalog.timestamptz`
  );
}

const GONE_WITHIN_MS = 5_000;
const LOOK_EVERY_MS = 50;

/**
 * Ends the sessions in these databases, which let nobody in any more, and waits until they are gone. Returns those that
 * it ended. PLAN_REFUSED with their names where some stay: not ours to end, or deaf.
 */
export async function endSessions(session: WriteSession, oids: readonly number[]): Promise<OtherSession[]> {
  const ended = new Map<string, OtherSession>();
  const untilMs = performance.now() + GONE_WITHIN_MS;
  for (;;) {
    const there = await sessionsIn(session, oids);
    if (there.length === 0) return [...ended.values()];
    const isLate = performance.now() > untilMs;
    if (isLate || there.every(({ mayEnd }) => !mayEnd)) throw stillThere(there);
    for (const other of there) {
      const key = `${other.pid} ${other.startedAt}`;
      if (!other.mayEnd || ended.has(key)) continue;
      await session.run(endSessionSql(other), CATALOG_LIMITS);
      ended.set(key, other);
    }
    await delay(LOOK_EVERY_MS);
  }
}

function stillThere(sessions: readonly OtherSession[]): EngineError {
  const names = sessions.map(({ who }) => who).join(', ');
  const isForbidden = sessions.some(({ mayEnd }) => !mayEnd);
  return new EngineError(
    'PLAN_REFUSED',
    `${names} ${sessions.length === 1 ? 'is' : 'are'} still connected${isForbidden ? ', and this role may not end that' : ''}.`,
    isForbidden
      ? 'Ask its user to disconnect, or connect as a role that may end it (a member of pg_signal_backend; sessions of superusers need a superuser).'
      : 'Find out what it does, end it, then try again.',
  );
}
