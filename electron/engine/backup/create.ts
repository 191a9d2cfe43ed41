import { rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { randomBytes } from 'node:crypto';
import type { BackupLocation, TableRows, ToolInstall, VerifyStepResult } from '#shared/model/backup.ts';
import type { CreateBackupRequest } from '#shared/contract/backups.ts';
import { formatBytes } from '#shared/model/format.ts';
import { EngineError } from '#engine/errors.ts';
import { identityKeyOf } from '#engine/plans/identity.ts';
import { lockDatabase } from '#engine/postgres/database-lock.ts';
import type { ConnectionTarget } from '#engine/postgres/target.ts';
import { openWriteSession } from '#engine/postgres/write-session.ts';
import type { DatabaseIdentity } from '#engine/store/identity.ts';
import { decodeArchive, hashFiles, listArchive, type TocEntry } from './archive.ts';
import { dataName, dump, dumpGlobals, type Patience, PATIENCE } from './dump.ts';
import { syncPath } from './folder-sync.ts';
import type { JobControl } from './job.ts';
import { withHolders } from './lock-holders.ts';
import { GLOBALS_FILE, LOG_FILE, type Manifest, MANIFEST_VERSION } from './manifest.ts';
import { writeManifest } from './manifest-file.ts';
import { dataFiles, removePartial } from './partial.ts';
import { makeFolder, type Places, serverFolder, slugOf } from './places.ts';
import { MEASURED_SHAPES } from './shapes.ts';
import { countSource, openSource, type Source, type SourceRows } from './source.ts';

export interface CreateContext {
  readonly target: ConnectionTarget;
  readonly identity: DatabaseIdentity;
  readonly tools: ToolInstall;
  readonly location: BackupLocation;
  readonly places: Pick<Places, 'key' | 'instanceId'>;
  readonly appVersion: string;
  readonly nextSeq: () => number;
  readonly patience?: Patience;
  /** Kept whatever the rules say. Default false. */
  readonly isPinned?: boolean;
}

export const CREATE_STEPS = [
  'Look at the server',
  'Dump',
  'Roles and tablespaces',
  'Checksum',
  'Proof',
  'File it',
] as const;

export interface Created {
  readonly folder: string;
  readonly manifest: Manifest;
}

/**
 * Makes a backup of one database: dumped at an exported snapshot into a folder that is not listed, brought to the disk,
 * hashed by reading it again, decoded to the end, and only then given its name (reliability.md §4.4). Whatever goes wrong
 * on the way, nothing is left.
 */
export async function createBackup(
  request: CreateBackupRequest,
  context: CreateContext,
  job: JobControl,
): Promise<Created> {
  const { target, identity, location } = context;
  const session = await openWriteSession(target, {
    jobId: job.id,
    purpose: 'snapshot',
    signal: job.signal,
  });
  let partial: string | null = null;
  try {
    const startedAt = new Date();
    const startedMs = performance.now();
    const source = await job.step('Look at the server', async (say) => {
      if ((await identityKeyOf(session, target)) !== identity.key) throw anotherServer();
      await lockDatabase(session);
      const found = await openSource(session);
      assertSpace(location, expectedBytes(found, request));
      say(`${found.tables.length} tables, snapshot ${found.snapshotId}`);
      return found;
    });
    const seq = context.nextSeq();
    const parts = [
      serverFolder(identity),
      `${source.databaseOid}-${slugOf(target.database)}`,
      `${stampOf(startedAt)}-${String(seq).padStart(6, '0')}-${randomBytes(4).toString('hex')}.partial`,
    ];
    // Before it is there: a crash between the two must not leave a folder that nobody looks after.
    job.trace({ partial: join(location.path, ...parts) });
    partial = await makeFolder(location.path, parts);
    const folder = partial;
    const counted = await job.step('Dump', () =>
      dumpAndCount(folder, source, request, context, job, session),
    );
    const globals = await job.step('Roles and tablespaces', async (say) => {
      const { isDone, reason } = await dumpGlobals(
        { target, tools: context.tools, folder, isSuperuser: source.isSuperuser },
        job,
      );
      if (reason !== null) say(reason);
      return { isDone, reason };
    });
    await session.close();
    const data = dataName(request.shape);
    const files = await job.step('Checksum', async () => {
      const names = await dataFiles(folder, data);
      const all = [...names, ...(globals.isDone ? [GLOBALS_FILE] : []), LOG_FILE];
      for (const name of all) await syncPath(join(folder, name));
      if (data === 'data') await syncPath(join(folder, data));
      return hashFiles(folder, all, { signal: job.signal });
    });
    const durationMs = Math.round(performance.now() - startedMs);
    const proof = await job.step('Proof', () => prove(folder, data, context.tools, counted, job));
    const manifest = manifestOf({
      request,
      context,
      source,
      job,
      seq,
      startedAt,
      durationMs,
      files,
      globals,
      proof,
    });
    const final = folder.replace(/\.partial$/, '');
    await job.step('File it', async () => {
      await writeManifest(folder, manifest, context.places.key);
      await syncPath(folder);
      await giveName(folder, final);
      partial = null;
      await syncPath(dirname(final));
    });
    job.made({ backupId: manifest.id });
    return { folder: final, manifest };
  } catch (error) {
    if (partial !== null) await removePartial(partial);
    throw error;
  } finally {
    await session.close();
  }
}

async function giveName(folder: string, final: string): Promise<void> {
  try {
    await rename(folder, final);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : '';
    throw new EngineError(
      'FILE_NOT_WRITABLE',
      `The finished folder could not be given its name ${final}${code}.`,
      'Look at what is in its place and after the disk, then back up again.',
      { cause },
    );
  }
}

/** The source is counted while pg_dump reads the same snapshot beside it. */
async function dumpAndCount(
  folder: string,
  source: Source,
  request: CreateBackupRequest,
  context: CreateContext,
  job: JobControl,
  session: Parameters<typeof countSource>[0],
): Promise<readonly SourceRows[] | null> {
  const { target, tools, patience = PATIENCE } = context;
  const stop = new AbortController();
  const both = AbortSignal.any([job.signal, stop.signal]);
  const dumping = dump(
    {
      target,
      tools,
      folder,
      shape: request.shape,
      scope: request.scope,
      snapshotId: source.snapshotId,
      tablesTotal: tablesOf(source, request).length,
      expectedBytes: expectedBytes(source, request),
      patience,
    },
    { ...job, signal: both },
  );
  const counting = request.comparesSource
    ? countSource(session, tablesOf(source, request), { signal: both })
    : Promise.resolve(null);
  try {
    const [, counted] = await Promise.all([dumping, counting]);
    return counted;
  } catch (error) {
    stop.abort();
    await Promise.allSettled([dumping, counting]);
    throw error instanceof EngineError && error.code === 'LOCK_TIMEOUT'
      ? await withHolders(error, session)
      : error;
  }
}

interface Proof {
  readonly entries: Manifest['entries'];
  readonly tables: readonly TableRows[];
  readonly steps: readonly VerifyStepResult[];
}

/** Steps 3 and 4 of a verification; 1 and 2 are the checksum, just read from the disk. */
async function prove(
  folder: string,
  data: ReturnType<typeof dataName>,
  tools: ToolInstall,
  counted: readonly SourceRows[] | null,
  job: JobControl,
): Promise<Proof> {
  const at = { folder, data };
  const { signal } = job;
  const steps: VerifyStepResult[] = [
    {
      step: 'file',
      verdict: 'passed',
      durationMs: 0,
      text: 'Every file is there, private and as long as written.',
    },
    {
      step: 'checksum',
      verdict: 'passed',
      durationMs: 0,
      text: 'The checksums were made by reading the files again.',
    },
  ];
  const timed = async <T>(
    step: 'archive' | 'decode',
    work: () => Promise<T>,
    words: (value: T) => string,
  ): Promise<T> => {
    const startedMs = performance.now();
    const value = await work();
    steps.push({
      step,
      verdict: 'passed',
      durationMs: Math.round(performance.now() - startedMs),
      text: words(value),
    });
    return value;
  };
  const toc = await timed(
    'archive',
    () => listArchive(at, tools, { signal }),
    (entries) => `The table of contents has ${entries.length} entries.`,
  );
  const rows = await timed(
    'decode',
    () =>
      decodeArchive(at, tools, {
        signal,
        onProgress: (bytes) => job.progress({ ...NO_PROGRESS, phase: 'Decoding every row', bytes }),
      }),
    (tables) =>
      `Every row could be decoded: ${tables.reduce((sum, table) => sum + table.rows, 0)} in ${tables.length} tables.`,
  );
  const hashes = new Map(counted?.map((table) => [JSON.stringify([table.schema, table.name]), table]));
  const tables = rows.map(({ schema, name, rows: count }): TableRows => {
    const source = hashes.get(JSON.stringify([schema, name]));
    if (source && source.rows !== count)
      throw new EngineError(
        'BACKUP_DAMAGED',
        `The dump has ${count} rows of ${schema}.${name}, the snapshot had ${source.rows}.`,
        'Back up again; if it happens again, report it.',
      );
    return { schema, name, rows: count, sourceHash: source?.hash ?? null };
  });
  return { entries: countByType(toc), tables, steps };
}

const NO_PROGRESS = {
  tablesDone: null,
  tablesTotal: null,
  bytes: null,
  bytesPerSecond: null,
  remainingMs: null,
  percent: null,
};

export function countByType(toc: readonly TocEntry[]): Manifest['entries'] {
  return [...Map.groupBy(toc, ({ type }) => type)]
    .map(([type, entries]) => ({ type, count: entries.length }))
    .toSorted((a, b) => (a.type < b.type ? -1 : 1));
}

function manifestOf(made: {
  readonly request: CreateBackupRequest;
  readonly context: CreateContext;
  readonly source: Source;
  readonly job: JobControl;
  readonly seq: number;
  readonly startedAt: Date;
  readonly durationMs: number;
  readonly files: Manifest['files'];
  readonly globals: { readonly isDone: boolean; readonly reason: string | null };
  readonly proof: Proof;
}): Manifest {
  const { request, context, source, job, proof, globals } = made;
  const { target, identity, tools } = context;
  const endedAt = new Date().toISOString();
  return {
    schemaVersion: MANIFEST_VERSION,
    appVersion: context.appVersion,
    id: job.id,
    seq: made.seq,
    instanceId: context.places.instanceId,
    server: {
      key: identity.key,
      label: identity.label,
      systemIdentifier: /^(\d+)\//.exec(identity.key)?.[1] ?? null,
      databaseOid: source.databaseOid,
      database: target.database,
      version: source.version,
      versionNum: source.versionNum,
      encoding: source.encoding,
      collate: source.collate,
      ctype: source.ctype,
      snapshotAt: source.snapshotAt,
    },
    tool: { version: tools.version, versionNum: tools.versionNum },
    shape: request.shape,
    scope: request.scope,
    startedAt: made.startedAt.toISOString(),
    endedAt,
    durationMs: made.durationMs,
    databaseBytes: source.databaseBytes,
    files: made.files,
    entries: proof.entries,
    tables: proof.tables,
    extensions: source.extensions,
    roles: source.roles,
    tablespaces: source.tablespaces,
    hasGlobals: globals.isDone,
    notices: [
      ...(globals.reason === null ? [] : [`Roles and tablespaces are not in it: ${globals.reason}`]),
      ...(source.hasForeignPasswords
        ? [
            'It holds passwords of foreign servers in clear (user mappings): keep it as secret as the database.',
          ]
        : []),
    ],
    verifications: [{ at: endedAt, restoredOn: null, restoreMs: null, steps: proof.steps }],
    isPinned: context.isPinned ?? false,
    note: request.note,
    trashedAt: null,
  };
}

function tablesOf(source: Source, { scope }: CreateBackupRequest): Source['tables'] {
  switch (scope.kind) {
    case 'database':
      return source.tables;
    case 'schemas':
      return source.tables.filter(({ schema }) => scope.schemas.includes(schema));
    case 'tables':
      return source.tables.filter(({ schema, name }) =>
        scope.tables.some((wanted) => wanted.schema === schema && wanted.name === name),
      );
  }
}

function expectedBytes(source: Source, { shape }: CreateBackupRequest): number {
  return Math.round(source.heapBytes * MEASURED_SHAPES[shape].ratio);
}

function assertSpace({ path, freeBytes }: BackupLocation, expected: number): void {
  // 1.2 times the estimate, and something for the smallest of databases (reliability.md F27).
  const needed = Math.round(expected * 1.2) + 1024 * 1024;
  if (freeBytes === null || freeBytes >= needed) return;
  throw new EngineError(
    'FILE_NOT_WRITABLE',
    `${path} has ${formatBytes(freeBytes)} left; this backup is expected to need about ${formatBytes(needed)}.`,
    'Free some space or choose another location.',
  );
}

function anotherServer(): EngineError {
  return new EngineError(
    'PLAN_STALE',
    'Another database answers at this address now.',
    'Check where the connection leads, and connect again.',
  );
}

/** "20261126T201500Z". */
function stampOf(at: Date): string {
  return at.toISOString().replace(/[-:]|\.\d+/g, '');
}
