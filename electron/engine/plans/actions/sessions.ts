import type { ActivityFact } from '#shared/model/facts.ts';
import { formatDuration } from '#shared/model/format.ts';
import type { PreflightItem } from '#shared/model/plan.ts';
import { cancelQuery, describeSession, sessionRef, terminateSession } from '#engine/audit/session-fixes.ts';
import { quoteLiteral } from '#engine/postgres/quote.ts';
import type { MeasureSpec } from '../plan.ts';
import { note, warning } from '../preflight.ts';
import { type ActionBuilder, type BuildContext, type Built, missing, refused } from './action.ts';

export const cancelSessionQuery: ActionBuilder<'cancel-query'> = {
  needs: ['activity'],
  build: async (request, context): Promise<Built> => {
    const { session, queryStartedAt } = await chosen(request, context);
    if (session.state !== null && !/^(active|fastpath function call)$/.test(session.state))
      throw refused(
        `${describeSession(session)} runs no query now: it is ${session.state}.`,
        session.state.startsWith('idle in transaction') ? 'End its session to release its locks.' : null,
      );
    return {
      title: `Cancel the query of pid ${session.pid}`,
      verb: 'Cancel query',
      drafts: [
        {
          fix: cancelQuery(
            session,
            ['Cannot be undone: the application gets an error and has to run the query again.'],
            queryStartedAt,
          ),
          object: sessionRef(session),
          measures: [
            {
              label: 'Query',
              unit: 'text',
              sql: `SELECT CASE WHEN EXISTS (SELECT ${SAME_SESSION(session)}
                AND a.state = 'active' AND a.query_start = ${quoteLiteral(queryStartedAt ?? '-infinity')}::pg_catalog.timestamptz)
                THEN 'running' ELSE 'ended' END`,
              settled: {
                value: 'ended',
                otherwise:
                  'It still runs: it does not look at cancel requests where it is, for example while it waits for a disk or for another server.',
              },
            },
          ],
          preflight: [...about(session), ...lost(session, 'query')],
        },
      ],
    };
  },
};

export const endSession: ActionBuilder<'end-session'> = {
  needs: ['activity'],
  build: async (request, context): Promise<Built> => {
    const { session } = await chosen(request, context);
    return {
      title: `End the session of pid ${session.pid}`,
      verb: 'End session',
      drafts: [
        {
          fix: terminateSession(session, ['Cannot be undone.']),
          object: sessionRef(session),
          measures: [openSession(session)],
          preflight: [...about(session), ...lost(session, 'session')],
        },
      ],
    };
  },
};

interface Chosen {
  readonly session: ActivityFact;
  /** As the server writes it; null where it is hidden or there was none. */
  readonly queryStartedAt: string | null;
}

/** Pids are used again: the session has to be the one that was seen. Throws NOT_FOUND, PLAN_REFUSED. */
async function chosen(
  { pid, backendStartedAt }: { readonly pid: number; readonly backendStartedAt: string },
  { snapshot, read }: BuildContext,
): Promise<Chosen> {
  const session = (snapshot.facts.activity ?? []).find((candidate) => candidate.pid === pid);
  if (!session || Math.abs(Date.parse(session.backendStartedAt) - Date.parse(backendStartedAt)) >= 1_000)
    throw missing(`The session of pid ${pid}`);
  if (session.isOwn)
    throw refused(
      `pid ${pid} is a session of PgVitals itself.`,
      'Cancel its job where it was started, or close its connection.',
    );
  if (session.backendType !== null && !ENDS_ON_REQUEST.test(session.backendType))
    throw refused(
      `pid ${pid} is the ${session.backendType} of the server: it belongs to PostgreSQL and takes no such request.`,
      null,
    );
  const [[startedAt, mayIt] = []] = await read(
    `SELECT a.query_start::pg_catalog.text,
       me.rolsuper OR pg_catalog.pg_has_role(a.usesysid, 'USAGE')
         OR (NOT coalesce(o.rolsuper, true) AND pg_catalog.pg_has_role('pg_signal_backend', 'USAGE'))
     FROM pg_catalog.pg_stat_activity a
     JOIN pg_catalog.pg_roles me ON me.rolname = current_user
     LEFT JOIN pg_catalog.pg_roles o ON o.oid = a.usesysid WHERE a.pid = $1`,
    [pid],
  );
  if (mayIt === false)
    throw refused(
      `The role that you are connected as may not signal sessions of ${session.role ?? 'the server'}.`,
      'Connect as that role or as a member of pg_signal_backend; sessions of superusers are for superusers.',
    );
  return { session, queryStartedAt: typeof startedAt === 'string' ? startedAt : null };
}

const ENDS_ON_REQUEST =
  /client backend|autovacuum worker|parallel worker|walsender|logical replication|background worker/;

/** Who it is and since when: what the user has to recognise. */
function about(session: ActivityFact): PreflightItem[] {
  const since =
    session.xactAgeMs === null
      ? 'has no transaction open'
      : `has had a transaction open for ${formatDuration(session.xactAgeMs)}`;
  const where = session.database === null ? '' : ` in ${session.database}`;
  return [note(`${describeSession(session)}${where} ${since}; state: ${session.state ?? 'hidden'}.`)];
}

function lost(session: ActivityFact, what: 'query' | 'session'): PreflightItem[] {
  const items: PreflightItem[] = [];
  const type = session.backendType ?? '';
  if (type === 'autovacuum worker') {
    const isForced = /\(to prevent wraparound\)/.test(session.query ?? '');
    items.push(
      isForced
        ? warning(
            'This autovacuum prevents the wraparound of transaction ids. It starts again at once and from the beginning.',
            'Let it run, and end what holds it up instead.',
          )
        : note('Autovacuum comes back to this table at one of its next rounds.'),
    );
    return items;
  }
  if (type === 'walsender')
    items.push(
      warning(
        'It sends WAL to a standby, a subscriber or a backup: replication breaks off and has to connect again; a backup is lost.',
        'Ask who runs it.',
      ),
    );
  if (session.xactAgeMs !== null && session.backendXidAge !== null)
    items.push(
      warning(
        what === 'query'
          ? 'Its transaction has written: the error ends it, and what it wrote is rolled back.'
          : 'Its transaction has written: all of that is rolled back and lost.',
        'The application has to do it again.',
      ),
    );
  else if (what === 'session' && session.xactAgeMs !== null)
    items.push(note('Its transaction has written nothing yet; what it has read is lost.'));
  if (what === 'session')
    items.push(
      note('Temporary tables, prepared statements and advisory locks of the session are gone with it.'),
    );
  return items;
}

function openSession(session: ActivityFact): MeasureSpec {
  return {
    label: 'Session',
    unit: 'text',
    sql: `SELECT CASE WHEN EXISTS (SELECT ${SAME_SESSION(session)}) THEN 'open' ELSE 'gone' END`,
    settled: {
      value: 'gone',
      otherwise:
        'The session is still there: it has been told to end, and does so as soon as it looks; rolling back much takes long.',
    },
  };
}

const SAME_SESSION = ({ pid, backendStartedAt }: ActivityFact): string =>
  `FROM pg_catalog.pg_stat_activity a WHERE a.pid = ${pid}
   AND a.backend_start = ${quoteLiteral(backendStartedAt)}::pg_catalog.timestamptz`;
