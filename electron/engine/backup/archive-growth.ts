import type { FileHandle } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type DecodedBlock, decodeBlocks } from './archive-blocks.ts';
import { type ArchiveHead, readHead } from './archive-toc.ts';
import { openRegular } from './open-regular.ts';
import type { Seal } from './seal.ts';
import { SpareTime } from './spare-time.ts';

/** How often a file that does not grow is looked at. */
const POLL_MS = 20;
const READ_BYTES = 262_144;

/** What is decoded, and what of it is told when. */
export interface Growing {
  readonly folder: string;
  readonly name: string;
  readonly restoreMajor: number;
  /** Whether all of it is in the file. */
  isWritten(): boolean;
  /** The byte at which the data begins. */
  onHead(from: number): void;
  /** How far it is, once it is written. */
  onBytes(bytes: number): void;
}

export interface Followed {
  /** Where the file ends. */
  readonly to: number;
  /** Of everything behind the table of contents. */
  readonly seal: string;
  readonly blocks: readonly DecodedBlock[];
}

/** Decodes a file while it grows. Null where there is nothing to decode; throws BACKUP_DAMAGED. */
export async function follow(file: Growing, seal: Seal): Promise<Followed | null> {
  const handle = await openWhenThere(file);
  try {
    const head = await headOf(handle, file);
    if (!head || head.compression === 'other') return null;
    file.onHead(head.bytes);
    let to = head.bytes;
    const sealed = async function* (): AsyncGenerator<Buffer> {
      for await (const chunk of grow(handle, head.bytes, file)) {
        seal.add(chunk);
        to += chunk.length;
        yield chunk;
      }
    };
    const blocks = await decodeBlocks(sealed(), { from: head.bytes, compression: head.compression });
    return { to, seal: seal.end(), blocks };
  } finally {
    await handle.close();
  }
}

async function openWhenThere(file: Growing): Promise<FileHandle> {
  for (;;) {
    const isWritten = file.isWritten();
    try {
      return await openRegular(file.folder, file.name);
    } catch (error) {
      if (isWritten) throw error;
    }
    await sleep(POLL_MS);
  }
}

/** Null where it never is whole. Tried again when there is twice as much: most of it may be the table of contents. */
async function headOf(handle: FileHandle, file: Growing): Promise<ArchiveHead | null> {
  let triedBytes = 0;
  for (;;) {
    const isWritten = file.isWritten();
    const { size } = await handle.stat();
    if (size > 0 && (isWritten || size >= triedBytes * 2)) {
      const head = await readHead(handle, file.restoreMajor);
      if (head) return head;
      triedBytes = size;
    }
    if (isWritten) return null;
    await sleep(POLL_MS);
  }
}

/**
 * The file from there on, and what is added to it until it is written; a chunk is valid until the next one is asked for.
 * As long as pg_dump writes, it has precedence: what its cores do not leave time for comes after it.
 */
async function* grow(handle: FileHandle, from: number, file: Growing): AsyncGenerator<Buffer> {
  const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
  const spare = new SpareTime();
  let at = from;
  for (;;) {
    const isWritten = file.isWritten();
    if (!isWritten && !((await handle.stat()).size - at >= READ_BYTES && spare.has())) {
      await sleep(POLL_MS);
      continue;
    }
    const { bytesRead } = await handle.read(buffer, 0, READ_BYTES, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    if (isWritten) file.onBytes(at);
    yield buffer.subarray(0, bytesRead);
  }
}
