import { readdir, realpath } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import type { ToolInstall } from '#shared/model/backup.ts';
import type { Abortable } from '#engine/engine.ts';
import { EngineError, throwIfAborted } from '#engine/errors.ts';
import { runTool } from '../tool-process.ts';
import { CHOSEN, type Folder, pathOf } from './places.ts';
import { parseToolVersion, type ToolVersion } from './versions.ts';

/** Something called pg_dump that is no use. */
export interface ToolProblem {
  readonly path: string;
  readonly origin: string;
  /** What is wrong with it, as a sentence. */
  readonly text: string;
}

export interface Probed {
  /** In the order of the folders; each program once. */
  readonly found: readonly ToolInstall[];
  readonly problems: readonly ToolProblem[];
}

/** A client that prints its version takes milliseconds; one that waits for something must not hold up the others. */
const ANSWER_WITHIN_MS = 3_000;

/** Runs `pg_dump --version` and `pg_restore --version` in all of these folders at once. Rejects with CANCELLED only. */
export async function probeFolders(
  folders: readonly Folder[],
  platform: NodeJS.Platform,
  options: Abortable,
): Promise<Probed> {
  const candidates = await Promise.all(folders.map((folder) => locate(folder, platform)));
  const seen = new Set<string>();
  const once = candidates
    .filter((candidate) => candidate !== null)
    .filter(({ realPath }) => !seen.has(realPath) && seen.add(realPath));
  const results = await Promise.all(once.map((candidate) => probe(candidate, platform, options)));
  throwIfAborted(options.signal);
  return {
    found: results.flatMap((result) => ('version' in result ? [result] : [])),
    problems: results.flatMap((result) => ('text' in result ? [result] : [])),
  };
}

/** Names in a folder; none where it cannot be read. */
export async function listFolder(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(() => []);
}

interface Candidate {
  readonly folder: string;
  readonly realPath: string;
  readonly origin: string;
  readonly problem: string | null;
}

async function locate({ path, origin }: Folder, platform: NodeJS.Platform): Promise<Candidate | null> {
  const { basename, dirname, join } = pathOf(platform);
  const name = programName('pg_dump', platform);
  const given = join(path, name);
  const realPath = await realpath(given).catch(() => null);
  if (realPath === null) {
    const problem = `${given} is not there.`;
    return origin === CHOSEN ? { folder: path, realPath: given, origin, problem } : null;
  }
  // Debian's wrapper runs the client of whichever cluster it deems right; those lie in places of their own.
  if (basename(realPath) === 'pg_wrapper') {
    const problem = `${given} is a wrapper that picks a version by itself; choose /usr/lib/postgresql/<version>/bin.`;
    return origin === CHOSEN ? { folder: path, realPath: given, origin, problem } : null;
  }
  // The link could lead elsewhere between a dump and its verification. A program of many names needs the one it had.
  const folder = basename(realPath) === name ? dirname(realPath) : path;
  return { folder, realPath, origin, problem: null };
}

async function probe(
  { folder, origin, problem }: Candidate,
  platform: NodeJS.Platform,
  options: Abortable,
): Promise<ToolInstall | ToolProblem> {
  const { join } = pathOf(platform);
  const dumpPath = join(folder, programName('pg_dump', platform));
  if (problem !== null) return { path: dumpPath, origin, text: problem };
  const restorePath = join(folder, programName('pg_restore', platform));
  const [dump, restore] = await Promise.all([
    askVersion(dumpPath, 'pg_dump', options),
    askVersion(restorePath, 'pg_restore', options),
  ]);
  if (typeof dump === 'string') return { path: dumpPath, origin, text: dump };
  // One of another version is no part of this installation: it might not read what this pg_dump writes.
  const isPair = typeof restore !== 'string' && restore.text === dump.text;
  return {
    dumpPath,
    restorePath: isPair ? restorePath : null,
    version: dump.text,
    versionNum: dump.num,
    origin,
  };
}

/** The version, or a sentence that says why there is none. */
async function askVersion(path: string, tool: string, { signal }: Abortable): Promise<ToolVersion | string> {
  const limit = AbortSignal.timeout(ANSWER_WITHIN_MS);
  let output = '';
  try {
    const { code, killedBy, errors } = await runTool({
      path,
      args: ['--version'],
      password: null,
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
      graceMs: 100,
      onOutput: async (stream) => {
        output = await readStart(stream);
      },
    });
    if (code !== 0) {
      const said = errors[0] === undefined ? '.' : `: ${errors[0].slice(0, 200)}`;
      return `${path} ended with ${killedBy ?? `exit code ${code}`}${said}`;
    }
  } catch (error) {
    if (limit.aborted) return `${path} did not say its version within ${ANSWER_WITHIN_MS / 1000} s.`;
    return error instanceof EngineError ? error.message : `${path} could not be started.`;
  }
  if (output.trim() === '') return `${path} ended without saying its version.`;
  const version = parseToolVersion(output, tool);
  return (
    version ?? `${path} says “${output.trim().split('\n')[0]?.slice(0, 80)}”, which is no version of ${tool}.`
  );
}

/** What a program says at first; the rest is not waited for. */
async function readStart(stream: Readable): Promise<string> {
  let text = '';
  stream.setEncoding('utf8');
  for await (const chunk of stream) {
    text += String(chunk);
    if (text.length > 1_000) break;
  }
  return text;
}

function programName(tool: string, platform: NodeJS.Platform): string {
  return platform === 'win32' ? `${tool}.exe` : tool;
}
