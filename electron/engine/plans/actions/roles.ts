import type { ObjectRef } from '#shared/model/finding.ts';
import type { RoleSetting } from '#shared/model/facts.ts';
import { describeSession, setRoleSetting } from '#engine/audit/session-fixes.ts';
import { quoteLiteral } from '#engine/postgres/quote.ts';
import type { ActionDraft, MeasureSpec } from '../plan.ts';
import { note, stop } from '../preflight.ts';
import { type ActionBuilder, type BuildContext, type Built, missing, refused } from './action.ts';

export const roleSetting: ActionBuilder<'role-setting'> = {
  needs: ['activity', 'roleSettings'],
  build: async ({ role, name, value }, context): Promise<Built> => {
    const target = await roleOf(role, context);
    await assertSettable(name, context);
    const settings = (context.snapshot.facts.roleSettings ?? []).filter((entry) => entry.role === role);
    const own = settings.find(({ database }) => database === null);
    // As it is stored: the server compares names of settings without case.
    const known = spellingOf(name, own) ?? name;
    if (value === null && own?.settings[known] === undefined)
      throw refused(
        `The role ${role} has no setting of its own for ${name}: there is nothing to reset.`,
        null,
      );
    const overridden = settings.filter((entry) => entry !== own && spellingOf(name, entry) !== undefined);
    const draft: ActionDraft = {
      fix: fixOf(role, known, value, settings),
      object: target.ref,
      measures: [storedValue(role, known)],
      preflight: [
        ...mayChange(target),
        ...openSessions(role, context, 'keep the old value until they end'),
        ...overridden.map(({ database }) =>
          note(
            `In the database ${database ?? ''} the role has a value of its own for ${name}, which goes first there.`,
          ),
        ),
      ],
    };
    return { title: draft.fix.title, verb: value === null ? 'Reset' : 'Set', drafts: [draft] };
  },
};

export interface ChosenRole {
  readonly ref: ObjectRef;
  readonly canLogin: boolean;
  readonly isExpired: boolean;
  /** The role that PgVitals is connected as may ALTER it. */
  readonly mayAlter: boolean;
  readonly isSelf: boolean;
}

/** Throws NOT_FOUND. */
export async function roleOf(name: string, { read, snapshot }: BuildContext): Promise<ChosenRole> {
  const isNewer = snapshot.facts.server.versionNum >= 160_000;
  const [row] = await read(roleSql(isNewer), [name]);
  if (!row) throw missing(`The role ${name}`);
  const [oid, canLogin, isExpired, isSelf, mayAlter] = row;
  return {
    ref: { kind: 'role', oid: Number(oid), schema: null, name, table: null },
    canLogin: canLogin === true,
    isExpired: isExpired === true,
    isSelf: isSelf === true,
    mayAlter: mayAlter === true,
  };
}

export function mayChange({ ref, mayAlter }: ChosenRole): ReturnType<typeof stop>[] {
  return mayAlter
    ? []
    : [
        stop(
          `The role that you are connected as may not change ${ref.name}.`,
          `Connect as a superuser, as a role with CREATEROLE and ADMIN OPTION on it, or as ${ref.name} itself.`,
        ),
      ];
}

const MOST_NAMED = 3;

/** The role's sessions of this moment: a change of the role does not reach them. */
export function openSessions(
  role: string,
  { snapshot }: BuildContext,
  effect: string,
): ReturnType<typeof note>[] {
  const sessions = (snapshot.facts.activity ?? []).filter(
    (session) => session.role === role && !session.isOwn,
  );
  if (sessions.length === 0) return [];
  const named = sessions.slice(0, MOST_NAMED).map(describeSession).join('; ');
  const more = sessions.length > MOST_NAMED ? ` and ${sessions.length - MOST_NAMED} more` : '';
  return [
    note(
      `${sessions.length} open ${sessions.length === 1 ? 'session' : 'sessions'} of ${role} ${effect}: ${named}${more}.`,
    ),
  ];
}

/** From 16 on CREATEROLE alone does not reach other roles. */
function roleSql(isNewer: boolean): string {
  const admin = isNewer
    ? `r.rolname <> me.rolname AND pg_catalog.pg_has_role(me.oid, r.oid, 'USAGE WITH ADMIN OPTION')`
    : 'NOT r.rolreplication';
  return `SELECT r.oid::pg_catalog.int8, r.rolcanlogin, coalesce(r.rolvaliduntil <= pg_catalog.now(), false), r.oid = me.oid,
      me.rolsuper OR r.oid = me.oid OR (me.rolcreaterole AND NOT r.rolsuper AND ${admin})
    FROM pg_catalog.pg_roles r JOIN pg_catalog.pg_roles me ON me.rolname = current_user
    WHERE r.rolname = $1`;
}

/** Some are of the server as a whole, and unknown ones are refused by the server unless they have a prefix. */
async function assertSettable(name: string, { read }: BuildContext): Promise<void> {
  const [row] = await read(
    'SELECT context FROM pg_catalog.pg_settings WHERE pg_catalog.lower(name) = pg_catalog.lower($1)',
    [name],
  );
  if (!row) {
    if (name.includes('.')) return;
    throw refused(`This server has no setting called ${name}.`, 'Check its name in the Settings page.');
  }
  if (['internal', 'postmaster', 'sighup'].includes(String(row[0])))
    throw refused(
      `${name} is a setting of the whole server: a role cannot have its own.`,
      'Change it for the server.',
    );
}

function spellingOf(name: string, entry: RoleSetting | undefined): string | undefined {
  return Object.keys(entry?.settings ?? {}).find((known) => known.toLowerCase() === name.toLowerCase());
}

function fixOf(
  role: string,
  name: string,
  value: string | null,
  settings: readonly RoleSetting[],
): ActionDraft['fix'] {
  try {
    return setRoleSetting(role, name, value, settings);
  } catch (error) {
    if (error instanceof RangeError)
      throw refused(error.message, 'Write names with capitals or commas in double quotes.');
    throw error;
  }
}

function storedValue(role: string, name: string): MeasureSpec {
  return {
    label: `${name} of ${role}`,
    unit: 'text',
    sql: `SELECT pg_catalog.substr(c, pg_catalog.strpos(c, '=') + 1)
      FROM pg_catalog.pg_db_role_setting s JOIN pg_catalog.pg_roles r ON r.oid = s.setrole
      CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) AS c
      WHERE s.setdatabase = 0 AND r.rolname = ${quoteLiteral(role)}
        AND pg_catalog.starts_with(pg_catalog.lower(c), ${quoteLiteral(`${name.toLowerCase()}=`)})`,
  };
}
