import type { Fix } from '#shared/model/finding.ts';
import type { PreflightItem } from '#shared/model/plan.ts';
import { statementFix } from '#engine/audit/fixes.ts';
import { text } from '#engine/collect/decode.ts';
import { quoteIdentifier } from '#engine/postgres/quote.ts';
import { stop } from '../preflight.ts';
import { gainers, heldRights, losers } from './access-effect.ts';
import { type AclEntry, type Grantable, grantableOf, privilegesOf, type RightsRequest } from './acl.ts';
import { type ActionBuilder, type BuildContext, type Built, missing, refused } from './action.ts';

/** Rights are given in the owner's name, or with the grant option of the role that is connected. */
export const grant: ActionBuilder<'grant'> = {
  needs: [],
  build: async (request, context): Promise<Built> => {
    const { object, privileges, who, acting } = await readRequest(request, context);
    const held = object.entries.filter((entry) => isOf(entry, request.role) && entry.column === null);
    const fresh = privileges.filter((privilege) => !held.some((entry) => entry.privilege === privilege));
    if (fresh.length === 0)
      throw refused(`${who} has ${privileges.join(', ')} on ${object.label} already.`, null);
    const grantor = acting.isOwner ? object.owner : acting.name;
    const may = (privilege: string): boolean =>
      acting.isOwner ||
      object.entries.some((e) => e.grantee === acting.name && e.privilege === privilege && e.isGrantable);
    const forbidden = fresh.filter((privilege) => !may(privilege));
    // REVOKE of a right on the whole takes it from the columns too.
    const columns = object.entries.filter(
      (e) =>
        e.column !== null && isOf(e, request.role) && e.grantor === grantor && fresh.includes(e.privilege),
    );
    return {
      title: `Grant ${fresh.join(', ')} on ${object.label} to ${who}`,
      verb: 'Grant',
      leftOut: privileges
        .filter((privilege) => !fresh.includes(privilege))
        .map((privilege) => ({ name: privilege, reason: `${who} has it already` })),
      drafts: [
        {
          fix: rightsFix({
            title: `Grant ${fresh.join(', ')} on ${object.label} to ${who}`,
            sql: [`GRANT ${fresh.join(', ')} ON ${object.target} TO ${roleSql(request.role)}`],
            undo: [
              `REVOKE ${fresh.join(', ')} ON ${object.target} FROM ${roleSql(request.role)}`,
              ...grantsOf(columns, object, request.role),
            ],
            lockInWords: 'No table is locked. It holds for every session from the next statement on.',
          }),
          object: object.ref,
          measures: [heldRights(object, request.role)],
          preflight: [
            ...(forbidden.length === 0
              ? []
              : [
                  stop(
                    `The role that you are connected as may not grant ${forbidden.join(', ')} on ${object.label}.`,
                    `Connect as its owner ${object.owner}.`,
                  ),
                ]),
            ...(await gainers(object, request.role, context)),
          ],
        },
      ],
    };
  },
};

/** Each right is taken back in the name of the role that gave it; what hangs on it is not taken along. */
export const revoke: ActionBuilder<'revoke'> = {
  needs: ['activity'],
  build: async (request, context): Promise<Built> => {
    const { object, privileges, who, acting } = await readRequest(request, context);
    const held = object.entries.filter((e) => isOf(e, request.role) && privileges.includes(e.privilege));
    if (held.length === 0)
      throw refused(
        `${who} holds no ${privileges.join(', ')} on ${object.label} of its own.`,
        'It may have it from PUBLIC, from a role that it is a member of, or as the owner.',
      );
    if (request.role === object.owner && acting.isOwner)
      throw refused(
        `${who} owns ${object.label}, and can give itself every right again.`,
        'Change the owner, if that is what you want.',
      );
    const passedOn = object.entries.filter(
      (e) =>
        request.role !== null &&
        e.grantor === request.role &&
        e.grantee !== request.role &&
        privileges.includes(e.privilege),
    );
    if (passedOn.length > 0)
      throw refused(
        `${who} has passed ${passedOn[0]?.privilege ?? ''} on ${object.label} on to ${[...new Set(passedOn.map((e) => e.grantee ?? 'PUBLIC'))].join(', ')}.`,
        'Revoke it from them first: PgVitals does not use CASCADE.',
      );
    const groups = [...Map.groupBy(held, ({ grantor }) => grantor)];
    const sql: string[] = [];
    const undo: string[] = [];
    const stops: PreflightItem[] = [];
    for (const [grantor, entries] of groups) {
      const inTheirName = actAs(grantor, object, acting);
      if (inTheirName === null)
        stops.push(
          stop(
            `${grantor} has granted it: only in the name of ${grantor} can it be taken back.`,
            `Connect as ${grantor}.`,
          ),
        );
      else {
        // A right on the whole is revoked from all columns at once; those of columns alone by name.
        sql.push(...inTheirName(revokesOf(entries, object, request.role)));
        undo.unshift(...inTheirName(grantsOf(entries, object, request.role)));
      }
    }
    const taken = [...new Set(held.map(({ privilege }) => privilege))];
    return {
      title: `Revoke ${taken.join(', ')} on ${object.label} from ${who}`,
      verb: 'Revoke',
      leftOut: privileges
        .filter((privilege) => !taken.includes(privilege))
        .map((privilege) => ({ name: privilege, reason: `${who} does not hold it` })),
      drafts: [
        {
          fix: rightsFix({
            title: `Revoke ${taken.join(', ')} on ${object.label} from ${who}`,
            sql,
            undo,
            lockInWords:
              'No table is locked. It holds for every session from the next statement on: who has lost it gets an error.',
          }),
          object: object.ref,
          measures: [heldRights(object, request.role)],
          preflight: [...stops, ...(await losers(object, request.role, taken, context))],
        },
      ],
    };
  },
};

interface Acting {
  readonly name: string;
  /** Has the rights of the owner of the object. */
  readonly isOwner: boolean;
  /** Roles that it may SET ROLE to. */
  readonly canBecome: ReadonlySet<string>;
  /** Of those: which have the owner's rights, so that what they grant is granted in the owner's name. */
  readonly owners: ReadonlySet<string>;
}

interface ReadRequest {
  readonly object: Grantable;
  readonly privileges: readonly string[];
  /** "PUBLIC" or the role's name. */
  readonly who: string;
  readonly acting: Acting;
}

async function readRequest(request: RightsRequest, context: BuildContext): Promise<ReadRequest> {
  const privileges = privilegesOf(request, context);
  const object = await grantableOf(request, context);
  const rows = await context.read(
    `SELECT r.rolname, r.rolname = current_user,
       pg_catalog.pg_has_role(me.oid, r.oid, ${context.snapshot.facts.server.versionNum >= 160_000 ? "'SET'" : "'MEMBER'"}),
       r.rolsuper OR pg_catalog.pg_has_role(r.oid, o.oid, 'USAGE')
     FROM pg_catalog.pg_roles r
     JOIN pg_catalog.pg_roles me ON me.rolname = current_user
     JOIN pg_catalog.pg_roles o ON o.rolname = $1`,
    [object.owner],
  );
  if (request.role !== null && !rows.some(([name]) => name === request.role))
    throw missing(`The role ${request.role}`);
  const me = rows.find(([, isMe]) => isMe === true);
  const names = (chosen: typeof rows): ReadonlySet<string> => new Set(chosen.map(([name]) => text(name)));
  return {
    object,
    privileges,
    who: request.role ?? 'PUBLIC',
    acting: {
      name: text(me?.[0]),
      isOwner: me?.[3] === true,
      canBecome: names(rows.filter(([, , canSet]) => canSet === true)),
      owners: names(rows.filter(([, , , hasRights]) => hasRights === true)),
    },
  };
}

/** Wraps statements so that they run in the name of this grantor; null where that cannot be done. */
function actAs(
  grantor: string,
  object: Grantable,
  acting: Acting,
): ((statements: readonly string[]) => readonly string[]) | null {
  if (grantor === object.owner && acting.isOwner) return (statements) => statements;
  if (grantor === acting.name && !acting.isOwner) return (statements) => statements;
  // Who has the owner's rights acts in the owner's name, whatever role granted it once.
  if (grantor !== object.owner && acting.owners.has(grantor)) return null;
  if (!acting.canBecome.has(grantor)) return null;
  return (statements) => [`SET ROLE ${quoteIdentifier(grantor)}`, ...statements, 'RESET ROLE'];
}

function isOf({ grantee }: AclEntry, role: string | null): boolean {
  return grantee === role;
}

function roleSql(role: string | null): string {
  return role === null ? 'PUBLIC' : quoteIdentifier(role);
}

function revokesOf(entries: readonly AclEntry[], { target }: Grantable, role: string | null): string[] {
  const whole = entries.filter(({ column }) => column === null).map(({ privilege }) => privilege);
  const parts = entries.filter((e) => e.column !== null && !whole.includes(e.privilege));
  return [
    ...(whole.length === 0 ? [] : [`REVOKE ${whole.join(', ')} ON ${target} FROM ${roleSql(role)}`]),
    ...(parts.length === 0
      ? []
      : [`REVOKE ${parts.map(rightSql).join(', ')} ON ${target} FROM ${roleSql(role)}`]),
  ];
}

/** Those with the grant option in a statement of their own. */
function grantsOf(entries: readonly AclEntry[], { target }: Grantable, role: string | null): string[] {
  return [false, true].flatMap((isGrantable) => {
    const chosen = entries.filter((entry) => entry.isGrantable === isGrantable);
    if (chosen.length === 0) return [];
    const option = isGrantable ? ' WITH GRANT OPTION' : '';
    return [`GRANT ${chosen.map(rightSql).join(', ')} ON ${target} TO ${roleSql(role)}${option}`];
  });
}

function rightSql({ privilege, column }: AclEntry): string {
  return column === null ? privilege : `${privilege} (${quoteIdentifier(column)})`;
}

function rightsFix(fix: Pick<Fix, 'title' | 'sql' | 'undo' | 'lockInWords'>): Fix {
  return statementFix({ ...fix, risk: 'R4', lock: 'none' });
}
