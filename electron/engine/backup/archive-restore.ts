import { join } from 'node:path';
import type { ToolInstall } from '#shared/model/backup.ts';
import { EngineError } from '#engine/errors.ts';
import { conninfoOf } from '#engine/postgres/conninfo.ts';
import { quoteServer } from '#engine/postgres/failures.ts';
import type { ConnectionTarget } from '#engine/postgres/target.ts';
import type { Forward } from '#engine/postgres/tunnel/hop.ts';
import { restorePathOf } from './archive.ts';
import { foreignSettingOf, watchErrors } from './foreign-setting.ts';
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
 * Restores an archive with pg_restore, which ends at the first error, but for one that a newer pg_restore has with an older
 * server by itself (foreign-setting.ts). Subscriptions are left out: a second one on the
 * same slot would take the changes away from the first. TOOL_FAILED with what pg_restore said, CANCELLED.
 */
export async function restoreArchive(restore: ArchiveRestore, job: JobControl): Promise<void> {
  const connections = connectionsToRestore(restore.backup.manifest);
  await asClient(restore.into, job, connections, (forward) => restoreBy(forward, restore, job));
}

async function restoreBy(forward: Forward | null, restore: ArchiveRestore, job: JobControl): Promise<void> {
  const { manifest } = restore.backup;
  const isOne = isOneTransaction(manifest);
  const argumentsOf = (how: readonly string[]): string[] => argumentsTo(forward, restore, job, how);
  const strictly = argumentsOf(['--exit-on-error', isOne ? '--single-transaction' : '--jobs=2']);
  const end = await run(strictly, restore, job);
  const setting = end.code === 0 ? null : foreignSettingOf(end.errors);
  if (setting === null) return assertRestored(end, manifest, restore.tools);
  // Once more, past that error, and to its end at any other.
  const stop = new AbortController();
  const failed: string[] = [];
  const errors = watchErrors(setting, (lines) => {
    if (failed.length === 0) failed.push(...lines);
    stop.abort();
  });
  const signal = AbortSignal.any([job.signal, stop.signal]);
  const second = await run(
    argumentsOf(isOne ? [] : ['--jobs=2']),
    restore,
    { ...job, signal },
    errors.line,
  ).catch((error: unknown) => {
    if (failed.length === 0 || job.signal.aborted) throw error;
    return null;
  });
  errors.end();
  if (second === null || failed.length > 0)
    assertRestored({ code: 1, killedBy: null, errors: failed }, manifest, restore.tools);
  // 1 = it passed over errors, each of which was read.
  else if (second.code !== 1) assertRestored(second, manifest, restore.tools);
}

function argumentsTo(
  forward: Forward | null,
  restore: ArchiveRestore,
  job: JobControl,
  how: readonly string[],
): string[] {
  const { backup, tools, into } = restore;
  return [
    `--dbname=${conninfoOf(into, `pgvitals/${restore.isTest ? 'verify' : 'restore'}:${job.id}`, tools.versionNum, forward)}`,
    '--no-password',
    '--verbose',
    ...how,
    '--no-subscriptions',
    ...(restore.isTest ? ['--no-publications', '--no-security-labels'] : []),
    ...(restore.keepsOwners ? [] : ['--no-owner', '--no-privileges']),
    ...(restore.keepsTablespaces ? [] : ['--no-tablespaces']),
    ...(restore.listFile === null ? [] : [`--use-list=${restore.listFile}`]),
    archivePath(backup),
  ];
}

async function run(
  args: readonly string[],
  { tools, into, tables }: ArchiveRestore,
  job: JobControl,
  onEachLine?: (line: string) => void,
): Promise<ToolEnd> {
  let done = 0;
  const onLine = (line: string): void => {
    onEachLine?.(line);
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
    return await runTool({
      path: restorePathOf(tools),
      args,
      password: into.password,
      signal: job.signal,
      onLine,
      onStart: (child) => job.trace({ children: [child] }),
    });
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
