import { list, number, text, textOrNull } from '#engine/collect/decode.ts';
import { settingValueSql } from '#engine/audit/setting-lists.ts';
import { quoteIdentifier } from '#engine/postgres/quote.ts';
import type { WriteSession } from '#engine/postgres/write-session.ts';

/**
 * What belongs to a database as a whole and stands outside of it, so that no restore of its contents brings it back:
 * pg_dump has it in the DATABASE PROPERTIES of an archive, which pg_restore leaves out unless it creates the database.
 */
export interface DatabaseProperties {
  readonly owner: string;
  readonly connectionLimit: number;
  /** `ALTER DATABASE … SET`, and `ALTER ROLE … IN DATABASE … SET` with the role. */
  readonly settings: readonly PropertySetting[];
  /** With the default rights spelled out. */
  readonly grants: readonly DatabaseGrant[];
  /** Providers of security labels, which are not carried over. */
  readonly labels: readonly string[];
}

export interface PropertySetting {
  readonly role: string | null;
  readonly name: string;
  readonly value: string;
}

export interface DatabaseGrant {
  readonly grantor: string;
  /** Null = PUBLIC. */
  readonly grantee: string | null;
  readonly privilege: string;
  readonly isGrantable: boolean;
}

/** Reads them of the database with this oid; null where there is none. */
export async function readProperties(session: WriteSession, oid: number): Promise<DatabaseProperties | null> {
  const [row] = await session.rows(
    `SELECT pg_catalog.pg_get_userbyid(d.datdba), d.datconnlimit,
       ARRAY(SELECT l.provider FROM pg_catalog.pg_shseclabel l WHERE l.objoid = d.oid AND l.classoid = 'pg_catalog.pg_database'::pg_catalog.regclass)
     FROM pg_catalog.pg_database d WHERE d.oid = $1`,
    [oid],
  );
  if (!row) return null;
  const [owner, limit, labels] = row;
  const settings = await session.rows(
    `SELECT r.rolname, s.setconfig FROM pg_catalog.pg_db_role_setting s
     LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.setrole WHERE s.setdatabase = $1 ORDER BY r.rolname NULLS FIRST`,
    [oid],
  );
  const grants = await session.rows(
    `SELECT pg_catalog.pg_get_userbyid(a.grantor), CASE WHEN a.grantee <> 0 THEN pg_catalog.pg_get_userbyid(a.grantee) END,
       a.privilege_type, a.is_grantable
     FROM pg_catalog.pg_database d
     CROSS JOIN LATERAL pg_catalog.aclexplode(coalesce(d.datacl, pg_catalog.acldefault('d', d.datdba))) a
     WHERE d.oid = $1 ORDER BY 1, 2 NULLS FIRST, 4, 3`,
    [oid],
  );
  return {
    owner: text(owner),
    connectionLimit: number(limit),
    settings: settings.flatMap(([role, config]) =>
      list(config).map((entry) => {
        const at = entry.indexOf('=');
        return { role: textOrNull(role), name: entry.slice(0, at), value: entry.slice(at + 1) };
      }),
    ),
    grants: grants.map(([grantor, grantee, privilege, isGrantable]) => ({
      grantor: text(grantor),
      grantee: textOrNull(grantee),
      privilege: text(privilege),
      isGrantable: isGrantable === true,
    })),
    labels: list(labels),
  };
}

/** What makes the database of this name, whose properties are `actual`, have the wanted ones; to run in one transaction. */
export function propertyStatements(
  name: string,
  wanted: DatabaseProperties,
  actual: DatabaseProperties,
): string[] {
  const database = quoteIdentifier(name);
  const sql: string[] = [];
  if (wanted.owner !== actual.owner)
    sql.push(`ALTER DATABASE ${database} OWNER TO ${quoteIdentifier(wanted.owner)}`);
  // A new owner takes the place of the old one in the rights, too.
  const owned = actual.grants.map((grant) => renamed(grant, actual.owner, wanted.owner));
  if (!isSameSet(owned.map(grantKey), wanted.grants.map(grantKey)))
    sql.push(...grantStatements(database, wanted));
  for (const { role, name: setting, value } of wanted.settings) {
    const of = role === null ? 'DATABASE' : `ROLE ${quoteIdentifier(role)} IN DATABASE`;
    sql.push(`ALTER ${of} ${database} SET ${quoteIdentifier(setting)} TO ${settingValueSql(setting, value)}`);
  }
  if (wanted.connectionLimit !== actual.connectionLimit)
    sql.push(`ALTER DATABASE ${database} CONNECTION LIMIT ${wanted.connectionLimit}`);
  return sql;
}

/** One sentence for each property in which the database is not as it should be. */
export function propertyDifferences(wanted: DatabaseProperties, actual: DatabaseProperties): string[] {
  const found: string[] = [];
  if (wanted.owner !== actual.owner) found.push(`The owner is ${actual.owner} instead of ${wanted.owner}.`);
  if (wanted.connectionLimit !== actual.connectionLimit)
    found.push(`The connection limit is ${actual.connectionLimit} instead of ${wanted.connectionLimit}.`);
  for (const text of missingFrom(wanted.settings.map(settingKey), actual.settings.map(settingKey)))
    found.push(`A setting is missing: ${text}.`);
  for (const text of missingFrom(actual.settings.map(settingKey), wanted.settings.map(settingKey)))
    found.push(`There is a setting too many: ${text}.`);
  for (const text of missingFrom(wanted.grants.map(grantKey), actual.grants.map(grantKey)))
    found.push(`A right is missing: ${text}.`);
  for (const text of missingFrom(actual.grants.map(grantKey), wanted.grants.map(grantKey)))
    found.push(`There is a right too many: ${text}.`);
  return found;
}

/**
 * What this role cannot set for a database of its own, each as a phrase: settings that are for superusers, settings and
 * rights of other roles, an owner that it is no member of. Empty for a superuser.
 */
export async function unsettable(session: WriteSession, wanted: DatabaseProperties): Promise<Unsettable[]> {
  const { isSuperuser, role, versionNum } = session.capabilities;
  if (isSuperuser) return [];
  const names = [...new Set(wanted.settings.map(({ name }) => name))];
  const mayByGrant = versionNum >= 150_000 ? `pg_catalog.has_parameter_privilege(s.name, 'SET')` : 'false';
  const forbidden = await session.rows(
    `SELECT s.name FROM pg_catalog.pg_settings s WHERE s.name = ANY($1::pg_catalog.text[])
       AND s.context IN ('superuser', 'superuser-backend') AND NOT ${mayByGrant}`,
    [names],
  );
  const forSuperusers = new Set(forbidden.map(([name]) => text(name)));
  const [[isRoleAdmin] = []] = await session.rows(
    'SELECT rolcreaterole FROM pg_catalog.pg_roles WHERE rolname = $1',
    [role],
  );
  const reachable = new Set(
    (
      await session.rows(
        `SELECT r.rolname FROM pg_catalog.pg_roles r WHERE r.rolname = ANY($1::pg_catalog.text[]) AND pg_catalog.pg_has_role(r.oid, 'MEMBER')`,
        [[wanted.owner, ...wanted.grants.map(({ grantor }) => grantor)]],
      )
    ).map(([name]) => text(name)),
  );
  const found: Unsettable[] = wanted.settings
    .filter(
      (setting) =>
        forSuperusers.has(setting.name) ||
        (setting.role !== null && setting.role !== role && isRoleAdmin !== true),
    )
    .map((setting) => ({ kind: 'setting', key: settingKey(setting), text: settingKey(setting) }));
  if (!reachable.has(wanted.owner))
    found.push({ kind: 'owner', key: wanted.owner, text: `the owner ${wanted.owner}` });
  for (const grant of wanted.grants) {
    if (reachable.has(grant.grantor)) continue;
    found.push({
      kind: 'grant',
      key: grantKey(grant),
      text: `${grantKey(grant)} (granted by ${grant.grantor})`,
    });
  }
  return found;
}

export interface Unsettable {
  readonly kind: 'setting' | 'owner' | 'grant';
  readonly key: string;
  readonly text: string;
}

/** The properties without those that the user has accepted to lose. */
export function withoutProperties(
  wanted: DatabaseProperties,
  lost: readonly Unsettable[],
  role: string,
): DatabaseProperties {
  const isLost = (kind: Unsettable['kind'], key: string): boolean =>
    lost.some((one) => one.kind === kind && one.key === key);
  const owner = isLost('owner', wanted.owner) ? role : wanted.owner;
  return {
    ...wanted,
    owner,
    settings: wanted.settings.filter((setting) => !isLost('setting', settingKey(setting))),
    grants: wanted.grants
      .filter((grant) => !isLost('grant', grantKey(grant)))
      .map((grant) => renamed(grant, wanted.owner, owner)),
  };
}

function settingKey({ role, name, value }: PropertySetting): string {
  return `${name} = ${value}${role === null ? '' : ` for the role ${role}`}`;
}

function grantKey({ grantor, grantee, privilege, isGrantable }: DatabaseGrant): string {
  return `${privilege} to ${grantee ?? 'PUBLIC'}${isGrantable ? ' with grant option' : ''} by ${grantor}`;
}

function renamed(grant: DatabaseGrant, from: string, to: string): DatabaseGrant {
  const other = (name: string | null): string | null => (name === from ? to : name);
  return { ...grant, grantor: grant.grantor === from ? to : grant.grantor, grantee: other(grant.grantee) };
}

/** Who grants must hold the right with grant option already: the owner's grants come first, then those built on them. */
function grantStatements(database: string, { owner, grants }: DatabaseProperties): string[] {
  const sql = [
    `REVOKE ALL ON DATABASE ${database} FROM PUBLIC`,
    `REVOKE ALL ON DATABASE ${database} FROM ${quoteIdentifier(owner)}`,
  ];
  const holders = new Set<string>();
  let open = [...grants];
  while (open.length > 0) {
    const ready = open.filter(
      ({ grantor, privilege }) => grantor === owner || holders.has(`${grantor} ${privilege}`),
    );
    // A grantor without the right cannot be: the server takes what is left as it can.
    const next = ready.length > 0 ? ready : open;
    for (const { grantor, grantee, privilege, isGrantable } of next) {
      const to = grantee === null ? 'PUBLIC' : quoteIdentifier(grantee);
      const grant = `GRANT ${privilege} ON DATABASE ${database} TO ${to}${isGrantable ? ' WITH GRANT OPTION' : ''}`;
      if (grantor === owner) sql.push(grant);
      else sql.push(`SET LOCAL ROLE ${quoteIdentifier(grantor)}`, grant, 'RESET ROLE');
      if (isGrantable && grantee !== null) holders.add(`${grantee} ${privilege}`);
    }
    open = open.filter((grant) => !next.includes(grant));
  }
  return sql;
}

function missingFrom(wanted: readonly string[], actual: readonly string[]): string[] {
  const there = new Set(actual);
  return wanted.filter((key) => !there.has(key));
}

function isSameSet(a: readonly string[], b: readonly string[]): boolean {
  return missingFrom(a, b).length === 0 && missingFrom(b, a).length === 0;
}
