import { PROBE_SETTING } from '#engine/postgres/pooler.ts';
import { COMMENT_PREFIX, OWN_TAG } from '#engine/postgres/read-only.ts';
import type { ReadSession } from '#engine/postgres/read-session.ts';

/**
 * A session whose statements also end with a comment of ours. The one that the session puts in front serves
 * pg_stat_activity, which cuts long texts at the end; but from 18 on pg_stat_statements keeps a statement only from its
 * first word on, and what stands at the end of a text is kept by all versions.
 */
export function tagStatements(session: ReadSession): ReadSession {
  return {
    get capabilities() {
      return session.capabilities;
    },
    get isLost() {
      return session.isLost;
    },
    read: (label, work, options) =>
      session.read(
        label,
        (transaction) =>
          work({
            rows: (sql, values) => transaction.rows(`${sql}\n${OWN_TAG}`, values),
            foreign: (sql) => transaction.foreign(`${sql}\n${OWN_TAG}`),
          }),
        options,
      ),
    look: (options) => session.look(options),
    rest: () => session.rest(),
    wake: () => session.wake(),
    close: () => session.close(),
  };
}

/** True for the text of a statement that PgVitals ran. */
export function isOwnStatement(query: string): boolean {
  return (
    query.startsWith(`/* ${COMMENT_PREFIX}`) ||
    query.endsWith(OWN_TAG) ||
    // From 18 on utility statements are normalised, and lose what stands behind their value.
    query.startsWith(`SET ${PROBE_SETTING} =`)
  );
}
