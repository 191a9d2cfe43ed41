import type { Acceptance, PreflightItem } from '#shared/model/plan.ts';
import { formatCountOf } from '#shared/model/format.ts';
import { list } from '#engine/collect/decode.ts';
import { EngineError } from '#engine/errors.ts';
import { ok, stop, warning } from '#engine/plans/preflight.ts';
import type { WriteSession } from '#engine/postgres/write-session.ts';
import type { Unsettable } from './database-properties.ts';
import type { BackupContext } from './restore-context.ts';
import { onServer } from './server-session.ts';
import { sessionsIn } from './sessions-elsewhere.ts';
import type { FoundDatabase } from './side-database.ts';

export function lookAtLive(live: FoundDatabase, session: WriteSession): PreflightItem[] {
  if (live.isTemplate)
    return [
      stop(`${live.name} is a template: other databases are made from it.`, 'Take the mark off first.'),
    ];
  return [
    ok(`This is ${live.name} (oid ${live.oid}) on a primary, PostgreSQL ${session.capabilities.version}.`),
  ];
}

/** Renaming is for owners that may create databases. */
export async function mayAlter(
  session: WriteSession,
  { name, owner }: FoundDatabase,
): Promise<PreflightItem[]> {
  const [[may] = []] = await session.rows(
    `SELECT me.rolsuper OR (me.rolcreatedb AND pg_catalog.pg_has_role(o.oid, 'USAGE'))
     FROM pg_catalog.pg_roles me, pg_catalog.pg_roles o WHERE me.rolname = current_user AND o.rolname = $1`,
    [owner],
  );
  return may === true
    ? []
    : [
        stop(
          `Only its owner ${owner}, with the right to create databases, or a superuser may rename ${name}.`,
          'Connect as such a role.',
        ),
      ];
}

/** A database cannot be renamed from within. */
export async function canStandAside(
  { place, previewId, signal }: Pick<BackupContext, 'place' | 'previewId' | 'signal'>,
  avoid: readonly string[],
): Promise<PreflightItem[]> {
  try {
    return await onServer(place, { jobId: previewId, avoid, signal }, async (session) => [
      ok(`The names are changed from ${session.capabilities.database}.`),
    ]);
  } catch (error) {
    if (error instanceof EngineError && error.code === 'PLAN_REFUSED')
      return [stop(error.message, error.nextStep)];
    throw error;
  }
}

export function scopeOf({ backup: { manifest } }: BackupContext): PreflightItem[] {
  return manifest.scope.kind === 'database'
    ? []
    : [
        stop(
          'This backup holds only a part of a database: everything else would be gone.',
          'Restore its tables into a database of their own instead.',
        ),
      ];
}

/** After a swap the database has another oid: the name on the same server counts as the same, too. */
export function otherSource({ backup, identity, place }: BackupContext, live: FoundDatabase): Acceptance[] {
  const { server } = backup.manifest;
  const isSame =
    server.key === identity.key ||
    (server.database === live.name && server.systemIdentifier === place.systemIdentifier);
  return isSame
    ? []
    : [
        {
          id: 'other-database',
          text: `The backup is of ${server.label}, which is another database than ${identity.label}.`,
        },
      ];
}

export function lostProperties(lost: readonly Unsettable[], labels: readonly string[]): Acceptance[] {
  const texts = [
    ...lost.map(({ text }) => text),
    ...(labels.length > 0 ? [`security labels (${labels.join(', ')})`] : []),
  ];
  return texts.length === 0
    ? []
    : [
        {
          id: 'properties',
          text: `This role cannot carry over: ${texts.join('; ')}. The new database goes without.`,
        },
      ];
}

/** Who is cut off when the database changes its name, and what keeps it from doing so. */
export async function lookAtSessions(
  session: WriteSession,
  database: { readonly name: string; readonly oid: number },
): Promise<PreflightItem[]> {
  const items: PreflightItem[] = [];
  const all = await sessionsIn(session, [database.oid]);
  const others = all.filter(({ isOurs }) => !isOurs);
  const forbidden = others.filter(({ mayEnd }) => !mayEnd);
  const shown = others.slice(0, MOST_NAMED).map(({ who }) => who);
  const more = others.length > MOST_NAMED ? ` and ${others.length - MOST_NAMED} more` : '';
  if (others.length === 0) items.push(ok(`Nobody else is connected to ${database.name}.`));
  else
    items.push(
      warning(
        `${formatCountOf(others.length, 'session')} in ${database.name} will be ended: ${shown.join(', ')}${more}. What their open transactions did is rolled back.`,
        'Stop the applications first if they cannot take that. Whoever connects until then is ended, too.',
      ),
    );
  if (forbidden.length > 0)
    items.push(
      stop(
        `This role may not end ${forbidden.map(({ who }) => who).join(', ')}.`,
        'Ask for them to be ended, or connect as a member of pg_signal_backend; sessions of superusers need a superuser.',
      ),
    );
  const [[prepared, subscriptions, slots] = []] = await session.rows(
    `SELECT ARRAY(SELECT p.gid FROM pg_catalog.pg_prepared_xacts p WHERE p.database = $1),
       ARRAY(SELECT s.subname::pg_catalog.text FROM pg_catalog.pg_subscription s WHERE s.subdbid = $2 AND s.subenabled),
       ARRAY(SELECT s.slot_name::pg_catalog.text FROM pg_catalog.pg_replication_slots s WHERE s.datoid = $2)`,
    [database.name, database.oid],
  );
  if (list(prepared).length > 0)
    items.push(
      stop(
        `${database.name} has prepared transactions (${list(prepared).join(', ')}): it cannot be renamed before they end.`,
        'Ask their transaction manager to commit them or to roll them back.',
      ),
    );
  if (list(subscriptions).length > 0)
    items.push(
      stop(
        `${database.name} subscribes to changes (${list(subscriptions).join(', ')}): the subscription stays with the database whatever its name, and would go on writing into the old one.`,
        'Disable and drop it first, and make it anew in the restored database.',
      ),
    );
  if (list(slots).length > 0)
    items.push(
      warning(
        `Replication slots read from ${database.name} (${list(slots).join(', ')}): they stay with the old database, and their consumers see no more changes.`,
        'Set the consumers up again on the restored database.',
      ),
    );
  return items;
}

const MOST_NAMED = 5;
