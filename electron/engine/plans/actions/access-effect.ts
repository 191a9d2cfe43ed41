import type { PreflightItem } from '#shared/model/plan.ts';
import { describeSession } from '#engine/audit/session-fixes.ts';
import { text } from '#engine/collect/decode.ts';
import { quoteLiteral } from '#engine/postgres/quote.ts';
import type { MeasureSpec } from '../plan.ts';
import { note, ok, warning } from '../preflight.ts';
import { type AclEntry, entriesSql, type Grantable, type RightsRequest } from './acl.ts';
import type { BuildContext } from './action.ts';

const MOST_NAMED = 10;
const MOST_SESSIONS = 3;

/** Who cannot do it any more once these rights are gone, and which of their sessions are open. */
export async function losers(
  object: Grantable,
  role: string | null,
  taken: readonly string[],
  { read, snapshot }: BuildContext,
): Promise<PreflightItem[]> {
  const concerned = object.entries.filter(({ privilege }) => taken.includes(privilege));
  const gone = concerned.filter(({ grantee }) => grantee === role);
  const left = concerned.filter(({ grantee }) => grantee !== role);
  const lists = (entries: readonly AclEntry[]) => [
    entries.map(({ privilege }) => privilege),
    entries.map(({ column }) => column ?? ''),
    entries.map(({ grantee }) => grantee),
  ];
  const rows = await read(LOSERS_SQL, [
    ...lists(gone),
    gone.map(({ privilege }) => predefinedRole(object.on, privilege)),
    ...lists(left),
    object.owner,
  ]);
  if (rows.length === 0)
    return [
      ok('Nobody loses anything: whoever had it has it in another way too, or is a superuser or the owner.'),
    ];
  const names = rows.map(([name]) => text(name));
  const listed = rows
    .slice(0, MOST_NAMED)
    .map(([name, privileges]) => (taken.length === 1 ? text(name) : `${text(name)} (${text(privileges)})`));
  const more = rows.length > MOST_NAMED ? ` and ${rows.length - MOST_NAMED} more` : '';
  const what = taken.length === 1 ? taken[0] : 'rights';
  const items = [
    warning(`Roles that lose ${what ?? ''} on ${object.label}: ${listed.join(', ')}${more}.`, null),
  ];
  const lost = new Set(names);
  const { role: ownRole } = snapshot.facts.server;
  if (lost.has(ownRole))
    items.push(
      warning(
        `You are connected as ${ownRole}: you lose it yourself.`,
        `Keep a way in as ${object.owner} or as a superuser, to take it back.`,
      ),
    );
  const sessions = (snapshot.facts.activity ?? []).filter(
    (session) =>
      !session.isOwn &&
      session.role !== null &&
      lost.has(session.role) &&
      session.database === snapshot.facts.server.database,
  );
  if (sessions.length > 0) {
    const shown = sessions.slice(0, MOST_SESSIONS).map(describeSession).join('; ');
    const others = sessions.length > MOST_SESSIONS ? ` and ${sessions.length - MOST_SESSIONS} more` : '';
    items.push(
      warning(
        `${sessions.length} of their sessions ${sessions.length === 1 ? 'is' : 'are'} open now: ${shown}${others}.`,
        'They get an error at their next statement that needs it.',
      ),
    );
  }
  return items;
}

/** Who gets it besides the role itself, and what it still lacks. */
export async function gainers(
  object: Grantable,
  role: string | null,
  { read }: BuildContext,
): Promise<PreflightItem[]> {
  const items: PreflightItem[] = [];
  if (role === null) items.push(warning('PUBLIC is every role of the server, also those to come.', null));
  else {
    const members = await read(
      `SELECT r.rolname FROM pg_catalog.pg_roles r
       WHERE r.rolname <> $1 AND NOT r.rolsuper AND pg_catalog.pg_has_role(r.oid, $1::pg_catalog.name, 'USAGE') ORDER BY 1`,
      [role],
    );
    if (members.length > 0) {
      const more = members.length > MOST_NAMED ? ` and ${members.length - MOST_NAMED} more` : '';
      const names = members.slice(0, MOST_NAMED).map(([name]) => text(name));
      items.push(note(`Members of ${role} get it too: ${names.join(', ')}${more}.`));
    }
  }
  const { schema } = object.ref;
  if (schema === null) return items;
  const [[canUse] = []] = await read(
    `SELECT pg_catalog.has_schema_privilege(coalesce($1, 'public'), n.oid, 'USAGE')
     FROM pg_catalog.pg_namespace n WHERE n.nspname = $2`,
    [role, schema],
  );
  if (canUse === false)
    items.push(
      warning(
        `${role ?? 'PUBLIC'} may not use the schema ${schema}: the right has no effect until it may.`,
        `Grant USAGE on the schema ${schema} too.`,
      ),
    );
  return items;
}

/** "INSERT, SELECT (email) by owner": what the role holds of its own. */
export function heldRights(object: Grantable, role: string | null): MeasureSpec {
  return {
    label: `Rights of ${role ?? 'PUBLIC'}`,
    unit: 'text',
    sql: `SELECT coalesce(pg_catalog.string_agg(h.privilege || coalesce(' (' || h.part || ')', '')
        || CASE WHEN h.grantable THEN ' with grant option' ELSE '' END, ', ' ORDER BY h.part NULLS FIRST, h.privilege), 'none')
      FROM (${entriesSql(object.on, String(object.oid))}) AS h (part, grantor, grantee, privilege, grantable)
      WHERE h.grantee ${role === null ? 'IS NULL' : `= ${quoteLiteral(role)}`}`,
  };
}

/** Members of these have the right on everything of its kind. */
function predefinedRole(on: RightsRequest['on'], privilege: string): string | null {
  if ((on === 'table' || on === 'sequence') && privilege === 'SELECT') return 'pg_read_all_data';
  if (on === 'schema' && privilege === 'USAGE') return 'pg_read_all_data';
  if (on === 'table' && ['INSERT', 'UPDATE', 'DELETE'].includes(privilege)) return 'pg_write_all_data';
  return privilege === 'MAINTAIN' ? 'pg_maintain' : null;
}

/** A right on the whole covers every column; `part` is '' for the whole. */
const LOSERS_SQL = `SELECT r.rolname, pg_catalog.string_agg(DISTINCT g.privilege, ', ')
  FROM pg_catalog.pg_roles r
  JOIN ROWS FROM (pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.text[]),
      pg_catalog.unnest($3::pg_catalog.name[]), pg_catalog.unnest($4::pg_catalog.name[])) AS g (privilege, part, grantee, predefined)
    ON coalesce(pg_catalog.pg_has_role(r.oid, g.grantee, 'USAGE'), true)
  WHERE NOT r.rolsuper AND r.rolname !~ '^pg_' AND NOT pg_catalog.pg_has_role(r.oid, $8::pg_catalog.name, 'USAGE')
    AND NOT coalesce(pg_catalog.pg_has_role(r.oid, g.predefined, 'USAGE'), false)
    AND NOT EXISTS (SELECT FROM ROWS FROM (pg_catalog.unnest($5::pg_catalog.text[]), pg_catalog.unnest($6::pg_catalog.text[]),
        pg_catalog.unnest($7::pg_catalog.name[])) AS l (privilege, part, grantee)
      WHERE l.privilege = g.privilege AND l.part IN (g.part, '') AND coalesce(pg_catalog.pg_has_role(r.oid, l.grantee, 'USAGE'), true))
  GROUP BY r.rolname, r.rolcanlogin ORDER BY r.rolcanlogin DESC, r.rolname`;
