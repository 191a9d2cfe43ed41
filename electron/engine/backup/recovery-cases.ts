import { formatBytes } from '#shared/model/format.ts';
import type { Block } from '#engine/reports/document.ts';
import { GLOBALS_FILE, type Manifest } from './manifest.ts';
import { heading, list, sh, text } from './recovery-blocks.ts';
import {
  analyze,
  checkFiles,
  compareRows,
  makeGlobals,
  type RecoverySource,
  restoreAnew,
  restoreBeside,
  restoreTable,
  swapNames,
  variables,
} from './recovery-commands.ts';

/** The three disasters, each with all that is to be done and typed. */

export function serverGone(source: RecoverySource): Block[] {
  const { manifest } = source;
  const globals = makeGlobals(source);
  const check = checkFiles(manifest);
  const compare = compareRows(manifest, 'TARGET');
  return [
    heading('If the server is gone'),
    list([
      `Get a server with PostgreSQL ${major(manifest)} or newer, and room for ${manifest.databaseBytes === null ? 'the database' : formatBytes(manifest.databaseBytes)}.`,
      ...(manifest.extensions.length > 0
        ? [
            `Install the packages of these extensions there first: ${manifest.extensions.join(', ')}. Those that have to be preloaded go into shared_preload_libraries.`,
          ]
        : []),
      ...(manifest.tablespaces.length > 0
        ? [
            `Make empty folders for the tablespaces ${manifest.tablespaces.join(', ')}, owned by the server's account; ${manifest.hasGlobals ? `their paths are in ${GLOBALS_FILE}` : 'create the tablespaces, or restore with --no-tablespaces'}.`,
          ]
        : []),
      'Work as a superuser of the new server. psql and pg_restore ask for its password; a password file (PGPASSFILE) saves that.',
      'Run these commands in their order, in one shell (sh, bash or zsh).',
    ]),
    sh('Where to and from where', variables(source)),
    ...(check === null
      ? [text('Verify the files with PgVitals: they are too many to list here.')]
      : [sh('Are the files what was written? On macOS: shasum --algorithm 256 --check', check)]),
    ...(globals === null
      ? []
      : [
          sh(
            manifest.hasGlobals
              ? 'Roles and tablespaces. That a role is there already is no failure; it gets the password that it had on the old server, also the one that you connect as'
              : 'Roles, by name only: give them LOGIN, passwords and memberships as they had',
            globals,
          ),
        ]),
    sh('The database, with its owner, rights and settings', restoreAnew(source)),
    sh('Statistics for the planner', analyze()),
    ...(compare === null ? [] : [sh('Are the rows there? Both numbers must be equal', compare)]),
    text(
      'If a locale of the old server is not known on the new one, pg_restore says so before it restores anything. Then create the database by hand with a locale that is, as in the next section, and restore into it. Point the applications at the new server last.',
    ),
  ];
}

export function dataDestroyed(source: RecoverySource): Block[] {
  const compare = compareRows(source.manifest, 'BESIDE_TARGET');
  return [
    heading('If the data was destroyed, and the server is well'),
    list([
      'Stop the applications, so that nothing more is written. Do not drop anything: the damaged database may still hold what the backup does not.',
      'With PgVitals: Backups, Restore, "Replace". It makes a safety backup, restores beside, compares, swaps the names, carries rights and settings over, and keeps the old database.',
      'Without it: these commands do the restore and the swap. Owner, rights and settings of the database itself do not come along; see them with \\l and \\drds in psql.',
      `The locale is set as libc; where psql's \\l shows another provider for the old database, add --locale-provider and its locale to createdb.`,
    ]),
    sh('Where to and from where', variables(source)),
    sh('Beside the live database', restoreBeside(source)),
    ...(compare === null ? [] : [sh('Are the rows there? Both numbers must be equal', compare)]),
    sh('Swap the names; all sessions of both databases end', swapNames(source)),
  ];
}

export function tableDropped(source: RecoverySource): Block[] {
  const commands = restoreTable(source);
  if (commands === null) return [];
  return [
    heading('If one table was dropped'),
    list([
      'With PgVitals: Backups, Restore, "Tables": the tables come into a database of their own, from where rows can be looked at and copied.',
      'If only rows are gone, do the same: never restore into a table that is there.',
      'Without it: these commands bring the table and its rows back into the live database. Rows that came after the backup are lost, and rows of other tables may refer to them.',
    ]),
    sh('Where to and from where', variables(source)),
    sh('The table and its rows', commands),
  ];
}

function major({ server }: Manifest): number {
  return Math.floor(server.versionNum / 10_000);
}
