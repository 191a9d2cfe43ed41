import type { MonitoringChoiceId } from '#shared/model/privileges.ts';
import { PROVIDER_WORDS } from '#engine/postgres/provider-words.ts';
import { quoteIdentifier, quoteLiteral } from '#engine/postgres/quote.ts';
import { visible } from '#engine/reports/visible.ts';
import type { MonitoringSite } from './monitoring-site.ts';
import { signalGrants } from './signal-grants.ts';

export type Chosen = ReadonlySet<MonitoringChoiceId>;

/** PgVitals itself needs five at most. */
const CONNECTION_LIMIT = 5;

/** The psql script that makes the role. */
export function makingOf(name: string, site: MonitoringSite, chosen: Chosen): string {
  const role = quoteIdentifier(name);
  const words = PROVIDER_WORDS[site.provider];
  const [, ...others] = databasesOf(site, chosen);
  return joined([
    `-- A role for PgVitals that may look and nothing else, on PostgreSQL ${visible(site.version)}.`,
    site.isStandby
      ? `-- Run it with psql on the primary, in the database ${visible(site.database)}, as ${words.administrator}: it was written for a standby.`
      : `-- Run it with psql on the database ${visible(site.database)}, as ${words.administrator}.`,
    '\\set ON_ERROR_STOP on',
    '',
    'BEGIN;',
    `CREATE ROLE ${role} LOGIN`,
    '  NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS',
    `  CONNECTION LIMIT ${CONNECTION_LIMIT};`,
    '',
    '-- A belt besides the braces: without rights to write, and read-only unless somebody says otherwise.',
    `ALTER ROLE ${role} SET default_transaction_read_only = on;`,
    '-- Nothing that it forgets goes on for ever. pg_dump sets these to 0 by itself.',
    `ALTER ROLE ${role} SET statement_timeout = '60s';`,
    `ALTER ROLE ${role} SET idle_in_transaction_session_timeout = '60s';`,
    '',
    '-- Sessions, statements, settings and sizes of others; no row of a table.',
    `GRANT pg_monitor TO ${role};`,
    ...(chosen.has('signal') ? signalGrants(site).map((group) => `GRANT ${group} TO ${role};`) : []),
    ...(chosen.has('data') ? ['-- Every row of every table.', `GRANT pg_read_all_data TO ${role};`] : []),
    '',
    ...databasesOf(site, chosen).map(
      (database) => `GRANT CONNECT ON DATABASE ${quoteIdentifier(database)} TO ${role};`,
    ),
    ...here('GRANT', name, site),
    ...onServerViews('GRANT', name, chosen),
    'COMMIT;',
    ...others.flatMap((database) => [
      '',
      connectLine(database),
      'BEGIN;',
      ...onStatements('GRANT', name),
      ...onServerViews('GRANT', name, chosen),
      'COMMIT;',
    ]),
    '',
    ...passwordLines(name, site),
  ]);
}

/** The psql script that takes back what the other did with the same choices. */
export function undoOf(name: string, site: MonitoringSite, chosen: Chosen): string {
  const role = quoteIdentifier(name);
  const [own = site.database, ...others] = databasesOf(site, chosen);
  return joined([
    `-- Takes back what the script for ${visible(name)} did; run it in the same place, as the same role.`,
    '-- It stops where the role owns something, or was granted more since: nothing of that is dropped.',
    '\\set ON_ERROR_STOP on',
    ...others.flatMap((database) => [
      '',
      connectLine(database),
      ...onStatements('REVOKE', name),
      ...onServerViews('REVOKE', name, chosen),
    ]),
    '',
    ...(others.length > 0 ? [connectLine(own)] : []),
    '-- Nobody can be logged in as a role that goes.',
    `ALTER ROLE ${role} NOLOGIN;`,
    'SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity',
    `  WHERE usename = ${quoteLiteral(name)};`,
    'BEGIN;',
    ...here('REVOKE', name, site),
    ...onServerViews('REVOKE', name, chosen),
    ...[own, ...others].map(
      (database) => `REVOKE CONNECT ON DATABASE ${quoteIdentifier(database)} FROM ${role};`,
    ),
    '-- Memberships and settings go with it.',
    `DROP ROLE ${role};`,
    'COMMIT;',
  ]);
}

/** Databases that the role is for. Names with control characters cannot be written into a line of psql. */
export function databasesOf({ database, databases }: MonitoringSite, chosen: Chosen): readonly string[] {
  return chosen.has('everywhere') ? databases.filter((name) => !/\p{Cc}/u.test(name)) : [database];
}

const SERVER_VIEWS = [
  ['pg_hba_file_rules', 'pg_hba_file_rules()'],
  ['pg_file_settings', 'pg_show_all_file_settings()'],
] as const;

function here(verb: Verb, name: string, { statementsSchema }: MonitoringSite): readonly string[] {
  return statementsSchema === null
    ? []
    : [
        `${verb} USAGE ON SCHEMA ${quoteIdentifier(statementsSchema)} ${TOWARDS[verb]} ${quoteIdentifier(name)};`,
      ];
}

/** Rights on the catalog are those of one database. */
function onServerViews(verb: Verb, name: string, chosen: Chosen): readonly string[] {
  const role = `${TOWARDS[verb]} ${quoteIdentifier(name)}`;
  return chosen.has('files')
    ? SERVER_VIEWS.flatMap(([view, signature]) => [
        `${verb} SELECT ON pg_catalog.${view} ${role};`,
        `${verb} EXECUTE ON FUNCTION pg_catalog.${signature} ${role};`,
      ])
    : [];
}

type Verb = 'GRANT' | 'REVOKE';
const TOWARDS: Readonly<Record<Verb, string>> = { GRANT: 'TO', REVOKE: 'FROM' };

/** In a database that nobody has looked into, the schema of pg_stat_statements is looked up where the script runs. */
function onStatements(verb: Verb, name: string): readonly string[] {
  const tag = dollarTag(name);
  const role = quoteLiteral(name);
  const condition =
    verb === 'GRANT' ? ` AND NOT pg_catalog.has_schema_privilege(${role}, n.oid, 'USAGE')` : '';
  return [
    `DO ${tag} DECLARE schema name; BEGIN`,
    '  FOR schema IN SELECT n.nspname FROM pg_catalog.pg_extension e',
    '    JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace',
    `    WHERE e.extname = 'pg_stat_statements'${condition}`,
    '  LOOP',
    `    EXECUTE pg_catalog.format('${verb} USAGE ON SCHEMA %I ${TOWARDS[verb]} %I', schema, ${role});`,
    '  END LOOP;',
    `END ${tag};`,
  ];
}

/** A dollar quote that the name does not end. */
function dollarTag(name: string): string {
  let tag = '$pgvitals$';
  for (let number = 1; name.includes(tag); number += 1) tag = `$pgvitals${number}$`;
  return tag;
}

/** A name with an equals sign, or like a URL, would be read as a connection string. */
function connectLine(database: string): string {
  if (/^[\w .-]+$/.test(database)) return `\\connect ${quoteIdentifier(database)}`;
  const value = database.replaceAll('\\', '\\\\').replaceAll("'", "\\'");
  return `\\connect -reuse-previous=on ${quoteIdentifier(`dbname='${value}'`)}`;
}

function passwordLines(name: string, { provider }: MonitoringSite): readonly string[] {
  const { password } = PROVIDER_WORDS[provider];
  const role = quoteIdentifier(name);
  if (password !== null) return [`-- ${password}`, `-- ALTER ROLE ${role} PASSWORD '…';`];
  return [
    '-- Asks for the password and sends its SCRAM verifier only: no log and no statistics ever see it in clear.',
    "SET password_encryption = 'scram-sha-256';",
    `\\password ${role}`,
  ];
}

function joined(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`;
}
