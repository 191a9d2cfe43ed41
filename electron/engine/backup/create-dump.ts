import { join } from 'node:path';
import type { BackupFile, ToolInstall } from '#shared/model/backup.ts';
import type { CreateBackupRequest } from '#shared/contract/backups.ts';
import { EngineError } from '#engine/errors.ts';
import type { WriteSession } from '#engine/postgres/write-session.ts';
import { hashFiles, majorOf } from './archive.ts';
import { type FollowedDump, followDump } from './archive-follow.ts';
import type { CreateContext } from './create-context.ts';
import type { Making } from './create-manifest.ts';
import { DECODING, NO_PROGRESS, type Proof, prove } from './create-proof.ts';
import { dataName, dump, dumpGlobals } from './dump.ts';
import { lookThrough } from './dump-watch.ts';
import { syncPath } from './folder-sync.ts';
import { type JobControl, NotRun } from './job.ts';
import { withHolders } from './lock-holders.ts';
import { DATA_FILE, DATA_FOLDER, GLOBALS_FILE, LOG_FILE } from './manifest.ts';
import { dataFiles } from './partial.ts';
import { MEASURED_SHAPES } from './shapes.ts';
import { countSource, type Source, type SourceRows } from './source.ts';

export interface Dumping {
  readonly folder: string;
  readonly source: Source;
  readonly request: CreateBackupRequest;
  readonly context: CreateContext;
  /** Holds the snapshot; closed when nothing needs it any more. */
  readonly session: WriteSession;
}

/**
 * What is dumped into one file is decoded while it grows; roles are read while that file is hashed. What fails first is
 * thrown when all of it has come to an end.
 */
export async function dumpAndProve(
  dumping: Dumping,
  startedMs: number,
  outer: JobControl,
): Promise<Pick<Making, 'durationMs' | 'files' | 'globals' | 'proof'>> {
  const { folder, source, request, context, session } = dumping;
  const { target, tools } = context;
  const data = dataName(request.shape);
  const stop = new AbortController();
  const job = { ...outer, signal: AbortSignal.any([outer.signal, stop.signal]) };
  const followed = data === DATA_FILE ? followDump(folder, data, followOptions(tools, job)) : null;
  const dumped = job.step('Dump', () => dumpAndCount(dumping, followed, job));
  const globals = dumped.then(async () => {
    const read = await job.step('Roles and tablespaces', async (say) => {
      const found = await dumpGlobals({ target, tools, folder, isSuperuser: source.isSuperuser }, job);
      if (found.reason !== null) say(found.reason);
      return found;
    });
    await session.close();
    return read;
  });
  const checked = dumped.then(() =>
    job.step('Checksum', async () => {
      const hash = (names: readonly string[]): Promise<readonly BackupFile[]> =>
        syncAndHash(folder, names, followed, job.signal);
      const ofData = await hash(await dataFiles(folder, data));
      if (data === DATA_FOLDER) await syncPath(join(folder, data));
      const { isDone } = await globals;
      const others = await hash([...(isDone ? [GLOBALS_FILE] : []), LOG_FILE]);
      return { files: [...ofData, ...others], durationMs: Math.round(performance.now() - startedMs) };
    }),
  );
  const proveIt = async (): Promise<Proof> => {
    const [counted] = await Promise.all([dumped, checked]).catch((cause: unknown) => {
      throw new NotRun('There is nothing to prove.', { cause });
    });
    return prove({ folder, data, tools, counted, followed }, job);
  };
  // It runs along where the dump is followed.
  const proven = followed ? job.step('Proof', proveIt) : checked.then(() => job.step('Proof', proveIt));
  const all = [dumped, globals, checked, proven] as const;
  try {
    const [, roles, { files, durationMs }, proof] = await Promise.all(all);
    return { durationMs, files, globals: roles, proof };
  } catch (error) {
    stop.abort();
    await Promise.allSettled([...all, followed?.ended]);
    throw error;
  }
}

function followOptions(tools: ToolInstall, job: JobControl): Parameters<typeof followDump>[2] {
  let toldMs = 0;
  return {
    restoreMajor: majorOf(tools),
    signal: job.signal,
    onBytes: (bytes) => {
      if (performance.now() - toldMs < TELL_EVERY_MS) return;
      toldMs = performance.now();
      job.progress({ ...NO_PROGRESS, phase: DECODING, bytes });
    },
  };
}

const TELL_EVERY_MS = 250;

async function syncAndHash(
  folder: string,
  names: readonly string[],
  followed: FollowedDump | null,
  signal: AbortSignal,
): Promise<readonly BackupFile[]> {
  for (const name of names) await syncPath(join(folder, name));
  return hashFiles(folder, names, {
    signal,
    onChunk: (name, chunk) => {
      if (name === DATA_FILE) followed?.reread(chunk);
    },
  });
}

/** The source is counted while pg_dump reads the same snapshot beside it. */
async function dumpAndCount(
  { folder, source, request, context, session }: Dumping,
  followed: FollowedDump | null,
  job: JobControl,
): Promise<readonly SourceRows[] | null> {
  const { target, tools, patience } = context;
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
      // Counting the source takes the session for as long as that takes.
      look: request.comparesSource ? null : lookThrough(session, job.id),
    },
    { ...job, signal: both },
  ).then(() => followed?.written());
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

/** What the dump is expected to come to. */
export function expectedBytes(source: Source, { shape }: CreateBackupRequest): number {
  return Math.round(source.heapBytes * MEASURED_SHAPES[shape].ratio);
}
