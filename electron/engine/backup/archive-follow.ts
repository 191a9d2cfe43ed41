import { createCipheriv, randomBytes } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { throwIfAborted } from '#engine/errors.ts';
import { openRegular } from './archive.ts';
import { type DecodedBlock, decodeBlocks } from './archive-blocks.ts';
import { type ArchiveHead, type FullTocEntry, readHead } from './archive-toc.ts';
import type { CopiedRows } from './copy-rows.ts';

/** A dump whose data is decoded while pg_dump writes it. */
export interface FollowedDump {
  /** To be told when pg_dump has come to its end: what is in the file then is all of it. To be awaited before `reread`. */
  written(): Promise<void>;
  /** All of the finished file, in order: told while it is read for its checksum. */
  reread(chunk: Buffer): void;
  /**
   * Rows by table, in the order of the file. Null where that proves nothing: it could not be followed or decoded, what
   * was reread is not what was decoded, or the table of contents does not lead to it.
   */
  rows(entries: readonly FullTocEntry[]): Promise<readonly CopiedRows[] | null>;
  /** When the file is closed; soon after the signal. Never rejects. */
  readonly ended: Promise<void>;
}

/**
 * Decodes `name` in `folder` while it grows, behind its table of contents, which pg_dump writes again at the end, as long
 * as before, with the places of the data. Never fails: whoever gets no rows decodes the finished file. `onBytes` counts
 * bytes of the file once it is written. Ended by the signal.
 */
export function followDump(
  folder: string,
  name: string,
  options: {
    readonly restoreMajor: number;
    readonly signal: AbortSignal;
    readonly onBytes?: (bytes: number) => void;
  },
): FollowedDump {
  const sealOf = sealer();
  const file: Growing = { isWritten: false, signal: options.signal, onBytes: options.onBytes };
  const found = Promise.withResolvers<number | null>();
  const following = follow(
    { folder, name, restoreMajor: options.restoreMajor },
    file,
    sealOf(),
    found.resolve,
  )
    .catch(() => null)
    .finally(() => found.resolve(null));
  const reread: { seal: Seal; at: number; from: number } = { seal: sealOf(), at: 0, from: Infinity };
  return {
    written: async () => {
      file.isWritten = true;
      reread.from = (await found.promise) ?? Infinity;
    },
    reread: (chunk) => {
      const skipped = Math.max(0, reread.from - reread.at);
      reread.at += chunk.length;
      if (skipped < chunk.length) reread.seal.add(chunk.subarray(skipped));
    },
    rows: async (entries) => {
      const followed = await following;
      throwIfAborted(options.signal);
      const isSame = followed !== null && reread.at === followed.to && reread.seal.end() === followed.seal;
      return isSame ? rowsOf(followed.blocks, entries) : null;
    },
    ended: following.then(() => undefined),
  };
}

/** How often a file that does not grow is looked at. */
const POLL_MS = 20;
const READ_BYTES = 262_144;

interface Growing {
  isWritten: boolean;
  readonly signal: AbortSignal;
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

interface Followed {
  readonly to: number;
  readonly seal: string;
  readonly blocks: readonly DecodedBlock[];
}

/** `onHead` is told where the data begins. */
async function follow(
  { folder, name, restoreMajor }: { folder: string; name: string; restoreMajor: number },
  file: Growing,
  seal: Seal,
  onHead: (from: number) => void,
): Promise<Followed | null> {
  const handle = await openWhenThere(folder, name, file);
  try {
    const head = await headOf(handle, restoreMajor, file);
    if (!head || head.compression === 'other') return null;
    onHead(head.bytes);
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

async function openWhenThere(folder: string, name: string, file: Growing): Promise<FileHandle> {
  for (;;) {
    const { isWritten } = file;
    try {
      return await openRegular(folder, name);
    } catch (error) {
      if (isWritten) throw error;
    }
    await sleep(POLL_MS, undefined, { signal: file.signal });
  }
}

/** Null where it never is whole. Tried again when there is twice as much: most of it may be the table of contents. */
async function headOf(handle: FileHandle, restoreMajor: number, file: Growing): Promise<ArchiveHead | null> {
  let triedBytes = 0;
  for (;;) {
    const { isWritten } = file;
    const { size } = await handle.stat();
    if (size > 0 && (isWritten || size >= triedBytes * 2)) {
      const head = await readHead(handle, restoreMajor);
      if (head) return head;
      triedBytes = size;
    }
    if (isWritten) return null;
    await sleep(POLL_MS, undefined, { signal: file.signal });
  }
}

/** The file from there on, and what is added to it until it is written; a chunk is valid until the next one is asked for. */
async function* grow(handle: FileHandle, from: number, file: Growing): AsyncGenerator<Buffer> {
  const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
  let at = from;
  for (;;) {
    const { isWritten } = file;
    if (!isWritten && (await handle.stat()).size - at < READ_BYTES) {
      await sleep(POLL_MS, undefined, { signal: file.signal });
      continue;
    }
    throwIfAborted(file.signal);
    const { bytesRead } = await handle.read(buffer, 0, READ_BYTES, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    if (isWritten) file.onBytes?.(at);
    yield buffer.subarray(0, bytesRead);
  }
}

/** By the finished table of contents: every entry with data leads to its block, and no block is left over. */
function rowsOf(
  blocks: readonly DecodedBlock[],
  entries: readonly FullTocEntry[],
): readonly CopiedRows[] | null {
  const places = new Map(entries.filter(({ dataAt }) => dataAt !== 'none').map((entry) => [entry.id, entry]));
  if (places.size !== blocks.length) return null;
  const tables: CopiedRows[] = [];
  for (const { id, at, kind, rows } of blocks) {
    const entry = places.get(id);
    places.delete(id);
    if (entry?.dataAt !== at || entry.type !== (kind === 'table' ? 'TABLE DATA' : 'BLOBS')) return null;
    if (kind === 'table') tables.push({ schema: entry.schema ?? '', name: entry.name, rows });
  }
  return tables;
}

interface Seal {
  add(chunk: Buffer): void;
  end(): string;
}

/**
 * Tells whether two streams are the same bytes: GMAC by a key of its own, and one nonce on purpose, for the two are only
 * compared. Different ones share it by a chance below 2^-90; it costs a tenth of the sha256 that is made beside it.
 */
export function sealer(): () => Seal {
  const [key, nonce] = [randomBytes(32), randomBytes(12)];
  return () => {
    const cipher = createCipheriv('aes-256-gcm', key, nonce);
    return {
      add: (chunk) => void cipher.setAAD(chunk),
      end: () => {
        cipher.final();
        return cipher.getAuthTag().toString('hex');
      },
    };
  };
}
