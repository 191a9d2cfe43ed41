import { join } from 'node:path';
import type { ToolInstall } from '#shared/model/backup.ts';
import { EngineError } from '#engine/errors.ts';
import { conninfoOf } from '#engine/postgres/conninfo.ts';
import { quoteServer } from '#engine/postgres/failures.ts';
import type { ConnectionTarget } from '#engine/postgres/target.ts';
import type { Forward } from '#engine/postgres/tunnel/hop.ts';
import { restorePathOf } from './archive.ts';
import type { JobControl } from './job.ts';
import { DATA_FILE, DATA_FOLDER, type Manifest } from './manifest.ts';
import { restoreFailure } from './restore-failure.ts';
import { asClient } from './tool-forward.ts';
import { runTool, type ToolEnd } from './tool-process.ts';

/** A backup of the catalog, as far as a restore looks at it. */
export interface BackupAt {
  readonly folder: string;
  readonly manifest: Manifest;
}

export interface ArchiveRestore {
  readonly backup: BackupAt;
  readonly tools: ToolInstall;
  /** The server, with the database that is restored into: a new one, never one that somebody uses. */
  readonly into: ConnectionTarget;
  /** Owners of objects and their privileges as they were; else everything belongs to the role that restores. */
  readonly keepsOwners: boolean;
  readonly keepsTablespaces: boolean;
  /** For a proof only: it is told neither to publish nor to label anything. Default false. */
  readonly isTest?: boolean;
  /** `--use-list`: only these entries. */
  readonly listFile: string | null;
  /** How many tables with rows there are, for the progress. */
  readonly tables: number;
}

/** Below this a restore is one transaction; above it, two processes are faster (reliability.md §4.6). */
const SINGLE_TRANSACTION_BYTES = 1_000_000_000;
/** One transaction locks every object that it makes; the server's lock table has room for some 6,400 by default. */
const SINGLE_TRANSACTION_ENTRIES = 3_000;

/**
 * Restores an archive with pg_restore, which ends at the first error. Subscriptions are left out: a second one on the
 * same slot would take the changes away from the first. TOOL_FAILED with what pg_restore said, CANCELLED.
 */
export async function restoreArchive(restore: ArchiveRestore, job: JobControl): Promise<void> {
  const connections = connectionsToRestore(restore.backup.manifest);
  await asClient(restore.into, job, connections, (forward) => restoreBy(forward, restore, job));
}

async function restoreBy(forward: Forward | null, restore: ArchiveRestore, job: JobControl): Promise<void> {
  const { backup, tools, into, tables } = restore;
  let done = 0;
  const onLine = (line: string): void => {
    const table = /processing data for table "(.+)"$/.exec(line)?.[1];
    if (table === undefined) return;
    done += 1;
    job.progress({
      phase: `Restoring ${table}`,
      tablesDone: done - 1,
      tablesTotal: tables,
      bytes: null,
      bytesPerSecond: null,
      remainingMs: null,
      percent: tables > 0 ? Math.min(99, Math.floor(((done - 1) / tables) * 100)) : null,
    });
  };
  try {
    const end = await runTool({
      path: restorePathOf(tools),
      args: [
        `--dbname=${conninfoOf(into, `pgvitals/${restore.isTest ? 'verify' : 'restore'}:${job.id}`, tools.versionNum, forward)}`,
        '--no-password',
        '--verbose',
        '--exit-on-error',
        '--no-subscriptions',
        ...(restore.isTest ? ['--no-publications', '--no-security-labels'] : []),
        ...(isOneTransaction(backup.manifest) ? ['--single-transaction'] : ['--jobs=2']),
        ...(restore.keepsOwners ? [] : ['--no-owner', '--no-privileges']),
        ...(restore.keepsTablespaces ? [] : ['--no-tablespaces']),
        ...(restore.listFile === null ? [] : [`--use-list=${restore.listFile}`]),
        archivePath(backup),
      ],
      password: into.password,
      signal: job.signal,
      onLine,
      onStart: (child) => job.trace({ children: [child] }),
    });
    assertRestored(end, backup.manifest, tools);
  } finally {
    job.trace({ children: [] });
  }
}

export function archivePath({ folder, manifest }: BackupAt): string {
  const isOneFile = manifest.files.some(({ name }) => name === DATA_FILE);
  return join(folder, isOneFile ? DATA_FILE : DATA_FOLDER);
}

export function isOneTransaction({ databaseBytes, files, entries }: Manifest): boolean {
  const bytes = databaseBytes ?? files.reduce((sum, file) => sum + file.bytes, 0);
  const count = entries.reduce((sum, entry) => sum + entry.count, 0);
  return bytes < SINGLE_TRANSACTION_BYTES && count < SINGLE_TRANSACTION_ENTRIES;
}

/** What pg_restore has open at once: when its two jobs begin, the connection that led to them is on its way out. */
export function connectionsToRestore(manifest: Manifest): number {
  return isOneTransaction(manifest) ? 1 : 3;
}

/** TOOL_FAILED unless pg_restore came to its end, in words that say what to do. */
export function assertRestored(end: ToolEnd, manifest: Manifest, tools: ToolInstall): void {
  if (end.code === 0) return;
  const lines = end.errors.filter((line) => line.trim() !== '' && !/^pg_restore: (warning|hint)/.test(line));
  // The first one is the cause: with --jobs, "a worker process died" follows.
  const said = lines
    .slice(0, 3)
    .map((line) => line.replace(/^pg_restore: (error: )?/, ''))
    .join(' ');
  if (/unsupported version \(/.test(said))
    throw new EngineError(
      'TOOL_FAILED',
      `pg_restore ${tools.version} cannot read this archive: ${quoteServer(said)}`,
      `It needs the pg_restore of a newer PostgreSQL: ${manifest.tool.version} made it.`,
    );
  if (end.killedBy !== null)
    throw new EngineError(
      'TOOL_FAILED',
      `pg_restore was ended by ${end.killedBy}.`,
      'Somebody, or the system for lack of memory, ended it. Nothing of it is left; try again.',
    );
  throw restoreFailure(end, said);
}
