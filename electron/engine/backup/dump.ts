import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { BackupScope, BackupShape, ToolInstall } from '#shared/model/backup.ts';
import { formatDuration } from '#shared/model/format.ts';
import { EngineError } from '#engine/errors.ts';
import { conninfoOf } from '#engine/postgres/conninfo.ts';
import type { ConnectionTarget } from '#engine/postgres/target.ts';
import type { Forward } from '#engine/postgres/tunnel/hop.ts';
import { dumpFailure } from './dump-failure.ts';
import { type LookAtServer, type Patience, watchGrowth } from './dump-watch.ts';
import type { JobControl } from './job.ts';
import { DATA_FILE, DATA_FOLDER, GLOBALS_FILE, LOG_FILE } from './manifest.ts';
import { scopeArguments } from './patterns.ts';
import { CONNECTIONS, shapeArguments } from './shapes.ts';
import { asClient } from './tool-forward.ts';
import { runTool } from './tool-process.ts';

export interface DumpRequest {
  readonly target: ConnectionTarget;
  readonly tools: ToolInstall;
  readonly folder: string;
  readonly shape: BackupShape;
  readonly scope: BackupScope;
  readonly snapshotId: string;
  readonly tablesTotal: number;
  /** What the dump is expected to come to; null = nothing is known. */
  readonly expectedBytes: number | null;
  readonly patience: Patience;
  /** What can be seen of its sessions on the server; null where the session to ask with has other work. */
  readonly look: LookAtServer | null;
}

const MOST_LOG_BYTES = 1024 * 1024;

/** The part of a backup that `shape` writes: one file, or a folder of files. */
export function dataName(shape: BackupShape): 'data.dump' | 'data' {
  return shape === 'fast' ? DATA_FOLDER : DATA_FILE;
}

/** Runs pg_dump into `folder`. Throws what `dumpFailure` makes of its errors; the log stays in the folder. */
export async function dump(request: DumpRequest, job: JobControl): Promise<void> {
  await asClient(request.target, job, CONNECTIONS[request.shape], (forward) => dumpBy(forward, request, job));
}

async function dumpBy(forward: Forward | null, request: DumpRequest, job: JobControl): Promise<void> {
  const { target, tools, folder, shape, scope, snapshotId, patience } = request;
  const data = join(folder, dataName(shape));
  const application = `pgvitals/backup:${job.id}`;
  const log = createLog();
  const stall = new AbortController();
  const watch = watchGrowth(data, request, job, stall);
  try {
    const end = await runTool({
      path: tools.dumpPath,
      args: [
        ...shapeArguments(shape, tools),
        '--encoding=UTF8',
        '--quote-all-identifiers',
        '--no-password',
        '--lock-wait-timeout=10000',
        `--snapshot=${snapshotId}`,
        '--verbose',
        `--file=${data}`,
        ...scopeArguments(scope),
        `--dbname=${conninfoOf(target, application, tools.versionNum, forward)}`,
      ],
      password: target.password,
      signal: AbortSignal.any([job.signal, stall.signal]),
      onLine: (line) => {
        log.add(line);
        watch.line(line);
      },
      onStart: (child) => job.trace({ children: [child] }),
    }).catch((error: unknown) => {
      throw stall.signal.aborted && !job.signal.aborted ? stalled(tools.dumpPath, patience) : error;
    });
    if (end.code !== 0) throw dumpFailure('pg_dump', end, dirname(folder));
  } finally {
    watch.stop();
    job.trace({ children: [] });
    await writeFile(join(folder, LOG_FILE), log.text(), { mode: 0o600, flag: 'a' }).catch(() => undefined);
  }
}

export interface Globals {
  readonly isDone: boolean;
  readonly reason: string | null;
}

/**
 * Roles and tablespaces, which pg_dump leaves out, by pg_dumpall beside it; without password verifiers where the role may
 * not read them. False with a reason where this role or this client cannot: the backup is none the worse for it.
 */
export async function dumpGlobals(
  request: Pick<DumpRequest, 'target' | 'tools' | 'folder'> & { readonly isSuperuser: boolean },
  job: JobControl,
): Promise<Globals> {
  const { target, tools, folder, isSuperuser } = request;
  const suffix = process.platform === 'win32' ? '.exe' : '';
  try {
    const end = await asClient(target, job, 1, (forward) =>
      runTool({
        path: join(dirname(tools.dumpPath), `pg_dumpall${suffix}`),
        args: [
          '--globals-only',
          '--quote-all-identifiers',
          '--no-password',
          '--lock-wait-timeout=10000',
          ...(isSuperuser ? [] : ['--no-role-passwords']),
          `--file=${join(folder, GLOBALS_FILE)}`,
          `--dbname=${conninfoOf(target, `pgvitals/backup:${job.id}`, tools.versionNum, forward)}`,
        ],
        password: target.password,
        signal: job.signal,
        onStart: (child) => job.trace({ children: [child] }),
      }),
    );
    if (end.code === 0) return { isDone: true, reason: null };
    return { isDone: false, reason: dumpFailure('pg_dumpall', end, dirname(folder)).message };
  } catch (error) {
    if (error instanceof EngineError && error.code === 'TOOL_MISSING')
      return { isDone: false, reason: 'There is no pg_dumpall beside this pg_dump.' };
    throw error;
  } finally {
    job.trace({ children: [] });
  }
}

/** The beginning and the end of what was said, at most a megabyte. */
function createLog(): { add(line: string): void; text(): string } {
  const lines: string[] = [];
  let bytes = 0;
  let dropped = 0;
  return {
    add: (line) => {
      lines.push(line);
      bytes += line.length + 1;
      while (bytes > MOST_LOG_BYTES) {
        bytes -= (lines.splice(Math.min(100, lines.length - 1), 1)[0]?.length ?? 0) + 1;
        dropped += 1;
      }
    },
    text: () => {
      const kept = dropped === 0 ? lines : lines.toSpliced(100, 0, `… ${dropped} lines left out …`);
      return `${kept.join('\n')}\n`;
    },
  };
}

function stalled(path: string, { giveUpMs }: Patience): EngineError {
  return new EngineError(
    'TOOL_FAILED',
    `Nothing has come from ${path} for ${formatDuration(giveUpMs)}; it was ended.`,
    'Look whether the server or the link to it hangs, then back up again.',
  );
}
