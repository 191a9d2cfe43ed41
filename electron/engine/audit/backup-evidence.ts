import type { Facts } from '#shared/model/facts.ts';
import { isManaged, PROVIDER_WORDS } from '#engine/postgres/provider-words.ts';
import type { Catalog } from './catalog.ts';

/**
 * Signs on the server that somebody else takes backups of it: physical ones leave traces, pg_dump leaves none
 * (checks.md §5, rank 7). In words, the strongest first; empty = none seen, which proves nothing.
 */
export function backupEvidence(
  { server, archiver, replicationClients = [], progress = [] }: Pick<Facts, 'server'> & Partial<Facts>,
  catalog: Catalog,
): readonly string[] {
  const program = archiveProgram(catalog);
  const tool = program === null ? null : (BACKUP_PROGRAMS.get(program) ?? null);
  const archives = (catalog.setting('archive_mode')?.setting ?? 'off') !== 'off';
  const isArchiving =
    archives &&
    archiver !== undefined &&
    archiver !== null &&
    archiver.lastArchivedAt !== null &&
    (archiver.lastFailedAt === null ||
      Date.parse(archiver.lastFailedAt) < Date.parse(archiver.lastArchivedAt));
  const receivers = replicationClients
    .map(({ application }) => application)
    .filter((name) => RECEIVERS.test(name));
  return [
    ...(archives && tool !== null ? [`WAL is archived by ${tool}`] : []),
    ...(isArchiving && tool === null ? [`WAL is archived, last ${archiver.lastArchivedWal ?? 'file'}`] : []),
    ...receivers.map((name) => `${name} receives WAL`),
    ...(progress.some(({ command }) => command === 'basebackup') ? ['a base backup is running'] : []),
    ...(isManaged(server.provider)
      ? [`${PROVIDER_WORDS[server.provider].name} offers backups of its own`]
      : []),
  ];
}

/**
 * The program that archives WAL, without its path: archive_library, or the first word of archive_command that is no
 * assignment. Nothing more of it: the rest may hold access keys.
 */
export function archiveProgram(catalog: Catalog): string | null {
  const library = catalog.setting('archive_library')?.setting ?? '';
  const command = catalog.setting('archive_command')?.setting ?? '';
  const words = library === '' ? command.trim().split(/\s+/) : [library];
  const first = words.find((word) => !/^[A-Za-z_][A-Za-z0-9_]*=/.test(word)) ?? '';
  const program =
    first
      .replace(/^["']|["']$/g, '')
      .split('/')
      .at(-1) ?? '';
  return program === '' ? null : program;
}

const BACKUP_PROGRAMS: ReadonlyMap<string, string> = new Map([
  ['pgbackrest', 'pgBackRest'],
  ['wal-g', 'WAL-G'],
  ['wal-e', 'WAL-E'],
  ['envdir', 'WAL-E'],
  ['barman-wal-archive', 'Barman'],
  ['barman-cloud-wal-archive', 'Barman'],
  ['pg_probackup', 'pg_probackup'],
  ['pgmoneta', 'pgmoneta'],
  ['pghoard_postgres_command', 'PGHoard'],
  ['pghoard_archive_command', 'PGHoard'],
]);
const RECEIVERS = /^(barman|barman_receive_wal|pg_receivewal|pg_basebackup|pgmoneta|pghoard)/i;
