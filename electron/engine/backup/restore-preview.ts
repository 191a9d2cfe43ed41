import type { Acceptance, PreflightItem } from '#shared/model/plan.ts';
import { formatBytes, formatCount, formatCountOf, formatInstant } from '#shared/model/format.ts';
import type { ToolInstall } from '#shared/model/backup.ts';
import { list, number, numberOrNull, text, textOrNull } from '#engine/collect/decode.ts';
import { note, stop, warning } from '#engine/plans/preflight.ts';
import { describeAddress } from '#engine/postgres/target.ts';
import type { WriteSession } from '#engine/postgres/write-session.ts';
import type { Manifest } from './manifest.ts';
import type { ServerPlace } from './server-session.ts';

/** What was looked at, and what only the user can know. */
export interface Looked {
  readonly preflight: readonly PreflightItem[];
  readonly mustAccept: readonly Acceptance[];
}

/** What the user must recognise before something is written over (F66). */
export async function describeDatabase(
  session: WriteSession,
  place: ServerPlace,
  oid: number,
): Promise<{ readonly label: string; readonly value: string }[]> {
  const [row] = await session.rows(
    `SELECT d.datname, CASE WHEN pg_catalog.has_database_privilege(d.oid, 'CONNECT') OR pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE')
         THEN pg_catalog.pg_database_size(d.oid) END,
       s.tup_inserted + s.tup_updated + s.tup_deleted, pg_catalog.to_char(s.stats_reset AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
     FROM pg_catalog.pg_database d LEFT JOIN pg_catalog.pg_stat_database s ON s.datid = d.oid WHERE d.oid = $1`,
    [oid],
  );
  const [name, size, written, since] = row ?? [];
  const resetAt = textOrNull(since);
  return [
    ...describeServer(session, place),
    { label: 'Database', value: `${textOrNull(name) ?? 'gone'} (oid ${oid})` },
    { label: 'Size', value: numberOrNull(size) === null ? 'unknown' : formatBytes(number(size)) },
    {
      label: 'Rows written',
      value:
        numberOrNull(written) === null
          ? 'unknown'
          : `${formatCount(number(written))}${resetAt === null ? ' since the server counts' : ` since ${formatInstant(resetAt)}`}`,
    },
  ];
}

export function describeServer(session: WriteSession, { target, systemIdentifier }: ServerPlace) {
  return [
    { label: 'Server', value: `${describeAddress(target)}, PostgreSQL ${session.capabilities.version}` },
    { label: 'System identifier', value: systemIdentifier ?? 'not readable for this role' },
    { label: 'As the role', value: session.capabilities.role },
  ];
}

/** Whether this server and this pg_restore can take the archive at all. */
export async function lookAtArchive(
  session: WriteSession,
  manifest: Manifest,
  tools: ToolInstall,
): Promise<Looked> {
  const { versionNum, version } = session.capabilities;
  const preflight: PreflightItem[] = [];
  const mustAccept: Acceptance[] = [];
  const dumped = Math.floor(manifest.server.versionNum / 10_000);
  const here = Math.floor(versionNum / 10_000);
  if (here < dumped)
    preflight.push(
      stop(
        `The backup is of PostgreSQL ${manifest.server.version}, and this server is ${version}: an older server cannot be relied on to take it.`,
        `Restore it into PostgreSQL ${dumped} or newer.`,
      ),
    );
  else if (here > dumped)
    preflight.push(
      note(`The backup is of PostgreSQL ${manifest.server.version}; this server is ${version}.`),
    );
  if (Math.floor(tools.versionNum / 10_000) < Math.floor(manifest.tool.versionNum / 10_000))
    preflight.push(
      stop(
        `pg_dump ${manifest.tool.version} made this archive; pg_restore ${tools.version} is older.`,
        `Install a PostgreSQL client ${Math.floor(manifest.tool.versionNum / 10_000)} or newer.`,
      ),
    );
  if (tools.restorePath === null)
    preflight.push(
      stop(`There is no pg_restore beside ${tools.dumpPath}.`, 'Install the whole PostgreSQL client.'),
    );
  const [[canCreate] = []] = await session.rows(
    'SELECT rolsuper OR rolcreatedb FROM pg_catalog.pg_roles WHERE rolname = current_user',
  );
  if (canCreate !== true)
    preflight.push(
      stop(
        `The role ${session.capabilities.role} may not create databases.`,
        'Connect as a role with CREATEDB, or as a superuser.',
      ),
    );
  const missing = await session.rows(
    `SELECT w.name FROM pg_catalog.unnest($1::pg_catalog.text[]) AS w (name)
     WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_available_extensions e WHERE e.name = w.name)`,
    [manifest.extensions],
  );
  if (missing.length > 0)
    preflight.push(
      stop(
        `The backup needs ${formatCountOf(missing.length, 'extension')} that this server does not have: ${missing.map(([name]) => text(name)).join(', ')}.`,
        'Install the packages on the server, then preview again.',
      ),
    );
  const bytes = manifest.databaseBytes;
  mustAccept.push({
    id: 'space',
    text:
      bytes === null
        ? 'The server has room for a second copy of the database. (No SQL can see how much is free.)'
        : `The server has ${formatBytes(bytes)} free and more for its log: the database had that size. (No SQL can see how much is free.)`,
  });
  return { preflight, mustAccept };
}

export interface OwnerChoice extends Looked {
  /** Owners and privileges come as they were. */
  readonly keepsOwners: boolean;
  readonly keepsTablespaces: boolean;
}

/** Whether the roles and tablespaces that the archive names are here. Without them a restore with owners would fail. */
export async function lookAtOwners(session: WriteSession, manifest: Manifest): Promise<OwnerChoice> {
  const [[roles, spaces] = []] = await session.rows(
    `SELECT ARRAY(SELECT w.name FROM pg_catalog.unnest($1::pg_catalog.text[]) AS w (name)
         WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.rolname = w.name)),
       ARRAY(SELECT w.name FROM pg_catalog.unnest($2::pg_catalog.text[]) AS w (name)
         WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_tablespace t WHERE t.spcname = w.name))`,
    [manifest.roles, manifest.tablespaces],
  );
  const missing = list(roles);
  const missingSpaces = list(spaces);
  const { isSuperuser, role } = session.capabilities;
  const preflight: PreflightItem[] = [];
  const mustAccept: Acceptance[] = [];
  if (missing.length > 0) {
    preflight.push(
      warning(
        `${formatCountOf(missing.length, 'role')} that own something in the backup or have rights in it are not on this server: ${missing.join(', ')}.`,
        'Create them first (the backup has them in globals.sql where that was allowed), then preview again.',
      ),
    );
    mustAccept.push({
      id: 'no-owner',
      text: `Without these roles, everything in the restored database belongs to ${role}, and nobody else has rights in it.`,
    });
  } else if (!isSuperuser && manifest.roles.some((name) => name !== role)) {
    preflight.push(
      warning(
        `The restore gives objects to their owners again (${manifest.roles.join(', ')}); ${role} is no superuser and has to be a member of each that owns something.`,
        'If it is not, the restore ends with that error, and nothing is changed.',
      ),
    );
  }
  if (missingSpaces.length > 0)
    preflight.push(
      note(
        `${formatCountOf(missingSpaces.length, 'tablespace')} of the backup are not on this server (${missingSpaces.join(', ')}): their tables go to the default one.`,
      ),
    );
  return {
    keepsOwners: missing.length === 0,
    keepsTablespaces: missingSpaces.length === 0,
    preflight,
    mustAccept,
  };
}
