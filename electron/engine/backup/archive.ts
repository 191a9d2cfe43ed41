import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { BackupFile, ToolInstall } from '#shared/model/backup.ts';
import { EngineError, throwIfAborted } from '#engine/errors.ts';
import { type FullTocEntry, readArchiveHead } from './archive-toc.ts';
import { type CopiedRows, countCopiedRows } from './copy-rows.ts';
import { notReadable, openRegular } from './open-regular.ts';
import { type ToolEnd, runTool } from './tool-process.ts';
import { HOW_TO_CHOOSE } from './tools/places.ts';

export type { TocEntry } from './archive-toc.ts';

/** The data of one backup. */
export interface ArchiveAt {
  readonly folder: string;
  readonly data: 'data.dump' | 'data';
}

/**
 * The table of contents as the archive has it, after pg_restore has read the same number of entries. Throws
 * BACKUP_DAMAGED, and TOOL_MISSING where the archive is of a newer pg_dump than this pg_restore.
 */
export async function listArchive(
  at: ArchiveAt,
  tools: ToolInstall,
  options: { readonly signal: AbortSignal },
): Promise<readonly FullTocEntry[]> {
  const restore = restorePathOf(tools);
  const head = await readArchiveHead(tocFile(at), majorOf(tools));
  throwIfAborted(options.signal);
  let listed: number | null = null;
  const end = await runTool({
    path: restore,
    args: ['--list', archivePath(at)],
    password: null,
    signal: options.signal,
    onOutput: async (output) => {
      let text = '';
      for await (const chunk of output.setEncoding('utf8')) {
        // The number stands among the first lines; names come after them.
        if (text.length < LISTING_HEAD) text += String(chunk);
      }
      const count = /^; {5}TOC Entries: (\d+)$/m.exec(text)?.[1];
      listed = count === undefined ? null : Number(count);
    },
  });
  if (end.code !== 0) throw archiveFailure(end);
  if (listed !== head.entries.length)
    throw new EngineError(
      'BACKUP_DAMAGED',
      `The archive has ${head.entries.length} entries, of which pg_restore counts ${listed ?? 'none'}.`,
      'Use another backup.',
    );
  return head.entries;
}

/**
 * Reads all data of the archive, decompressed by pg_restore, and counts rows: one entry per table that has data in it,
 * empty ones included; memory does not grow with the archive. `onProgress` counts decompressed bytes. Throws BACKUP_DAMAGED.
 */
export async function decodeArchive(
  at: ArchiveAt,
  tools: ToolInstall,
  options: { readonly signal: AbortSignal; readonly onProgress?: (bytes: number) => void },
): Promise<readonly CopiedRows[]> {
  let tables: readonly CopiedRows[] = [];
  const damage: EngineError[] = [];
  let bytes = 0;
  const end = await runTool({
    path: restorePathOf(tools),
    args: ['--data-only', '--file=-', archivePath(at)],
    password: null,
    signal: options.signal,
    onOutput: async (output) => {
      try {
        tables = await countCopiedRows(output, (more) => {
          bytes += more;
          options.onProgress?.(bytes);
        });
      } catch (error) {
        if (!(error instanceof EngineError)) throw error;
        // Where pg_restore gave up, it says why, and better.
        damage.push(error);
      }
    },
  });
  if (end.code !== 0 && (damage.length === 0 || end.errors.length > 0)) throw archiveFailure(end);
  for (const error of damage) throw error;
  return tables;
}

/**
 * Size and sha256 of each file, by reading it again. `onProgress` counts bytes. Throws BACKUP_DAMAGED for one that is
 * missing, no regular file, a link or behind one; FILE_NOT_READABLE where it cannot be read.
 */
export async function hashFiles(
  folder: string,
  names: readonly string[],
  options: {
    readonly signal: AbortSignal;
    readonly onProgress?: (bytes: number) => void;
    readonly onChunk?: (name: string, chunk: Buffer) => void;
  },
): Promise<readonly BackupFile[]> {
  const files: BackupFile[] = [];
  let before = 0;
  for (const name of names) {
    const handle = await openRegular(folder, name);
    try {
      const hash = createHash('sha256');
      let bytes = 0;
      for await (const chunk of readChunks(handle, options.signal)) {
        hash.update(chunk);
        options.onChunk?.(name, chunk);
        bytes += chunk.length;
        options.onProgress?.(before + bytes);
      }
      before += bytes;
      files.push({ name, bytes, sha256: hash.digest('hex') });
    } catch (error) {
      throwIfAborted(options.signal);
      throw notReadable(name, error);
    } finally {
      await handle.close();
    }
  }
  return files;
}

/** All of a file; a chunk is valid until the next one is asked for, which is read meanwhile. */
async function* readChunks(handle: FileHandle, signal: AbortSignal): AsyncGenerator<Buffer> {
  const { size } = await handle.stat();
  const buffers: Buffer[] = [];
  const read = (at: number, turn: number): Promise<{ buffer: Buffer; bytesRead: number }> => {
    const buffer = (buffers[turn] ??= Buffer.allocUnsafeSlow(Math.min(READ_BYTES, size + 1)));
    const reading = handle.read(buffer, 0, buffer.length, at);
    // Looked at when its turn comes; meanwhile a failure must not count as unhandled.
    reading.catch(() => undefined);
    return reading;
  };
  let reading = read(0, 0);
  for (let at = 0, turn = 1; ; turn = 1 - turn) {
    const { buffer, bytesRead } = await reading;
    throwIfAborted(signal);
    if (bytesRead === 0) return;
    at += bytesRead;
    reading = read(at, turn);
    yield buffer.subarray(0, bytesRead);
  }
}

/** What pg_restore says against an archive, without its prefix. */
function toolMessage(end: ToolEnd): string {
  const said = end.errors.find((line) => line.startsWith('pg_restore: error:')) ?? end.errors[0];
  if (said === undefined)
    return end.killedBy === null ? `it ended with ${end.code}` : `it was ended by ${end.killedBy}`;
  return said.replace(/^pg_restore: (error: )?/, '');
}

/** 1 MiB: larger blocks are not read faster, and this many may be in memory at a time. */
const READ_BYTES = 1_048_576;
const LISTING_HEAD = 65_536;

export function majorOf(tools: ToolInstall): number {
  return Math.floor(tools.versionNum / 10_000);
}

/** Throws TOOL_MISSING where the client has no pg_restore. */
export function restorePathOf(tools: ToolInstall): string {
  if (tools.restorePath !== null) return tools.restorePath;
  throw new EngineError(
    'TOOL_MISSING',
    `There is no pg_restore beside ${tools.dumpPath}.`,
    `Install the complete PostgreSQL client, or ${HOW_TO_CHOOSE}.`,
  );
}

function archivePath(at: ArchiveAt): string {
  return join(at.folder, at.data);
}

function tocFile(at: ArchiveAt): string {
  return at.data === 'data' ? join(at.folder, at.data, 'toc.dat') : archivePath(at);
}

function archiveFailure(end: ToolEnd): EngineError {
  return new EngineError(
    'BACKUP_DAMAGED',
    `pg_restore cannot read the archive: ${toolMessage(end)}.`,
    'Use another backup.',
  );
}
