import type { BackupRow } from '#shared/model/backup.ts';
import { formatBytes, formatCount, formatCountOf, formatInstant, UNKNOWN } from '#shared/model/format.ts';
import type { Block } from '#engine/reports/document.ts';
import { GLOBALS_FILE } from './manifest.ts';
import { heading, list, type RecoveryInput, text } from './recovery-blocks.ts';

/** What the backups of a database hold, and what they do not. */

export function whatThereIs({ overview, best, server }: RecoveryInput): Block[] {
  const places = new Map(overview.locations.map((location) => [location.id, location]));
  const rows = overview.backups.filter(
    ({ database, trashedAt }) => database === overview.database.name && trashedAt === null,
  );
  const isBesideServer = !server.ssh && LOOPBACK.test(server.host);
  return [
    heading('Backups'),
    rows.length === 0
      ? text('None.')
      : {
          type: 'table',
          columns: [
            { label: 'Made' },
            { label: 'State' },
            { label: 'Holds' },
            { label: 'Size', isNumeric: true },
            { label: 'Rows', isNumeric: true },
            { label: 'Last proven' },
            { label: 'Location' },
          ],
          rows: rows
            .slice(0, MOST_LISTED)
            .map((row) => [
              formatInstant(row.startedAt),
              row.trust,
              scopeOf(row),
              formatBytes(row.sizeBytes),
              formatCount(row.rows),
              row.lastRestoreTestAt === null ? 'never' : formatInstant(row.lastRestoreTestAt),
              places.get(row.locationId)?.path ?? UNKNOWN,
            ]),
        },
    ...(rows.length > MOST_LISTED ? [text(`… and ${rows.length - MOST_LISTED} older ones.`)] : []),
    ...overview.locations
      .filter(({ unavailable }) => unavailable !== null)
      .map(({ path, unavailable }) => text(`${path} could not be looked into: ${unavailable}.`)),
    ...(best === null
      ? []
      : [
          text(
            `The commands below restore the one in ${best.folder}, made by pg_dump ${best.manifest.tool.version}: pg_restore has to be of that version or newer.`,
          ),
        ]),
    ...(isBesideServer && rows.length > 0
      ? [
          text(
            'The backups lie on the computer that the server runs on, or that its tunnel ends on: what takes the one may take the other. Keep a copy elsewhere.',
          ),
        ]
      : []),
  ];
}

export function notInside({ best, facts, overview }: RecoveryInput): Block[] {
  const others = (facts.databases ?? [])
    .filter(({ name, isTemplate }) => !isTemplate && name !== overview.database.name && name !== 'postgres')
    .map(({ name }) => name);
  const manifest = best?.manifest;
  const archives = facts.archiver?.lastArchivedAt ?? null;
  const slots = (facts.replicationSlots ?? []).map(({ name }) => name);
  return [
    heading('What the backup does not contain'),
    list([
      `Everything written since its snapshot${manifest === undefined ? '' : ` at ${formatInstant(manifest.server.snapshotAt)}`}. A dump cannot be rolled forward with WAL; a base backup with archived WAL can${archives === null ? '' : `, and this server archives (last ${formatInstant(archives)})`}.`,
      manifest?.hasGlobals === true
        ? `Roles and tablespaces are beside it in ${GLOBALS_FILE}. It has password verifiers only where a superuser made it.`
        : `Roles and tablespaces: they are of the whole server, and no ${GLOBALS_FILE} could be written.${manifest !== undefined && manifest.roles.length > 0 ? ` Needed: ${manifest.roles.join(', ')}.` : ''}`,
      others.length > 0
        ? `The other databases of the server: ${cut(others)}. Each needs backups of its own.`
        : 'Other databases of the server. Each needs backups of its own.',
      'postgresql.conf, pg_hba.conf, certificates and everything else in the data directory of the server. Keep copies of them.',
      `Replication slots${slots.length > 0 ? ` (${cut(slots)})` : ''} and the place that replication has reached: standbys and subscribers have to be set up anew.`,
      'Statistics of the planner (before 18) and cumulative counters: hence the ANALYZE.',
      ...(manifest?.notices ?? []),
    ]),
  ];
}

export function settingsToCompare({ facts }: RecoveryInput): Block[] {
  const settings = (facts.settings ?? []).filter(
    ({ name, setting, bootValue }) => COMPARED.has(name) && setting !== bootValue && setting !== '',
  );
  if (settings.length === 0) return [];
  return [
    heading('Settings to compare on a new server'),
    {
      type: 'table',
      columns: [{ label: 'Setting' }, { label: 'Here', isNumeric: true }, { label: 'Unit' }],
      rows: settings
        .toSorted((a, b) => (a.name < b.name ? -1 : 1))
        .map(({ name, setting, unit }) => [name, setting, unit ?? '']),
    },
  ];
}

const MOST_LISTED = 50;
const LOOPBACK = /^(localhost|127\.|::1$|\/)/;

/** Of those that change what a restored database does, without any that could hold a secret. */
const COMPARED = new Set([
  'shared_preload_libraries',
  'max_connections',
  'max_locks_per_transaction',
  'max_prepared_transactions',
  'wal_level',
  'archive_mode',
  'max_wal_size',
  'shared_buffers',
  'work_mem',
  'maintenance_work_mem',
  'effective_cache_size',
  'random_page_cost',
  'default_tablespace',
  'default_transaction_isolation',
  'default_text_search_config',
  'TimeZone',
  'DateStyle',
  'IntervalStyle',
  'lc_messages',
  'lc_monetary',
  'lc_numeric',
  'lc_time',
  'bytea_output',
  'search_path',
  'statement_timeout',
  'lock_timeout',
  'idle_in_transaction_session_timeout',
  'password_encryption',
  'ssl',
  'row_security',
  'data_checksums',
  'block_size',
  'server_encoding',
  'jit',
]);

function scopeOf({ scope, tables }: BackupRow): string {
  if (scope.kind === 'database') return `the whole database, ${formatCountOf(tables, 'table')}`;
  return scope.kind === 'schemas'
    ? `schemas ${scope.schemas.join(', ')}`
    : formatCountOf(scope.tables.length, 'table');
}

function cut(names: readonly string[]): string {
  const rest = names.length - MOST_LISTED;
  return `${names.slice(0, MOST_LISTED).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}
