import { createInflate, createZstdDecompress, type Inflate, type ZstdDecompress } from 'node:zlib';
import { EngineError, isAbort } from '#engine/errors.ts';
import type { ArchiveHead } from './archive-toc.ts';
import { CopiedLines } from './copied-lines.ts';

/** One stretch of data of a custom archive: of one table, or of large objects. */
export interface DecodedBlock {
  /** Of the entry in the table of contents. */
  readonly id: number;
  /** Byte of the file at which it begins. */
  readonly at: number;
  readonly kind: 'table' | 'large objects';
  /** 0 of large objects. */
  readonly rows: number;
}

/**
 * Decompresses every block of a custom archive from its first to its last byte, in the layout of pg_backup_custom.c
 * (_StartData, _StartBlob, _readBlockHeader), which has stayed since PostgreSQL 12, and counts rows. Stricter than
 * pg_restore, which looks at nothing between blocks or behind them. `source` begins at byte `from` of the file, behind the
 * table of contents; a chunk of it is done with when the next one is asked for. Throws BACKUP_DAMAGED.
 */
export async function decodeBlocks(
  source: AsyncIterable<Buffer>,
  { from, compression }: { readonly from: number; readonly compression: ArchiveHead['compression'] },
): Promise<readonly DecodedBlock[]> {
  const reader = new BlockReader(source[Symbol.asyncIterator](), from);
  const blocks: DecodedBlock[] = [];
  try {
    for (;;) {
      const { at } = reader;
      const type = await reader.type();
      if (type === null) return blocks;
      const id = await reader.int();
      if (type === TABLE) {
        blocks.push({ id, at, kind: 'table', rows: await decodeTable(reader, compression) });
      } else if (type === LARGE_OBJECTS) {
        while ((await reader.int()) !== 0) await decompress(reader, compression, () => undefined);
        blocks.push({ id, at, kind: 'large objects', rows: 0 });
      } else {
        throw damaged(`at byte ${at} there is no block`);
      }
    }
  } finally {
    await reader.close();
  }
}

/** BLK_DATA and BLK_BLOBS. */
const TABLE = 1;
const LARGE_OBJECTS = 3;
const NEWLINE = 10;
/** What is decompressed at a time; of small blocks, of which there may be a hundred thousand, less. */
const PART_BYTES = 131_072;
const SMALL_BYTES = 16_384;

async function decodeTable(reader: BlockReader, compression: ArchiveHead['compression']): Promise<number> {
  const lines = new CopiedLines();
  await decompress(reader, compression, (chunk) => {
    const end = lines.push(chunk, 0);
    if (chunk.subarray(end).some((byte) => byte !== NEWLINE))
      throw damaged('something stands behind the rows of a table');
  });
  if (!lines.isEnded) throw damaged('the rows of a table are cut off');
  return lines.rows;
}

async function decompress(
  reader: BlockReader,
  compression: ArchiveHead['compression'],
  onChunk: (chunk: Buffer) => void,
): Promise<void> {
  const parts = reader.parts();
  const first = await parts.next();
  if (first.done) throw damaged(`the block before byte ${reader.at} is empty`);
  const isSmall = first.value.length < SMALL_BYTES;
  const stream = decompressorOf(compression, isSmall ? SMALL_BYTES : PART_BYTES * 2);
  const feed = feeder(stream, onChunk);
  let bytes = 0;
  try {
    for (let part: Buffer | undefined = first.value; part; ) {
      bytes += part.length;
      const taken = feed(part);
      // Read ahead; a part is not written over before it was taken.
      const [next] = await Promise.all([parts.next(), taken]);
      part = next.value;
    }
    await feed(null);
  } catch (cause) {
    if (cause instanceof EngineError || isAbort(cause)) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw damaged(`the block before byte ${reader.at} cannot be decompressed: ${why}`, cause);
  } finally {
    stream.destroy();
  }
  // What follows the end of the compressed data would be passed over.
  if (stream.bytesWritten !== bytes)
    throw damaged(`the block before byte ${reader.at} is longer than its data`);
}

/** Resolves when a part was decompressed and all that came of it told; of null, when that was the last. Rejects once. */
function feeder(
  stream: Inflate | ZstdDecompress,
  onChunk: (chunk: Buffer) => void,
): (part: Buffer | null) => Promise<void> {
  let waiting = Promise.withResolvers<void>();
  // An error between two parts is thrown by the next.
  waiting.promise.catch(() => undefined);
  stream.on('error', (error) => waiting.reject(error));
  stream.on('end', () => waiting.resolve());
  stream.on('data', (chunk: Buffer) => {
    try {
      onChunk(chunk);
    } catch (error) {
      stream.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  });
  return async (part) => {
    if (stream.errored) throw stream.errored;
    // Compressed data that came to its end takes no more, and calls nobody back.
    if (stream.readableEnded) return;
    waiting = Promise.withResolvers<void>();
    if (part === null) stream.end();
    else stream.write(part, (error) => (error ? waiting.reject(error) : waiting.resolve()));
    await waiting.promise;
  };
}

function decompressorOf(
  compression: ArchiveHead['compression'],
  chunkSize: number,
): Inflate | ZstdDecompress {
  switch (compression) {
    case 'gzip':
      return createInflate({ chunkSize });
    case 'zstd':
      return createZstdDecompress({ chunkSize });
    case 'other':
      throw damaged('it is not compressed in a way that can be checked');
  }
}

function damaged(why: string, cause?: unknown): EngineError {
  return new EngineError('BACKUP_DAMAGED', `The archive is damaged: ${why}.`, 'Use another backup.', {
    cause,
  });
}

/**
 * Reads through the file once; never more than one chunk of the source is kept. Buffers are used again: new ones for a
 * gigabyte would have the garbage of the whole process collected a hundred times.
 */
class BlockReader {
  readonly #source: AsyncIterator<Buffer>;
  readonly #buffers = [Buffer.allocUnsafeSlow(PART_BYTES), Buffer.allocUnsafeSlow(PART_BYTES)] as const;
  #chunk: Buffer = Buffer.alloc(0);
  #offset = 0;
  /** Of the chunk in the file. */
  #start: number;

  constructor(source: AsyncIterator<Buffer>, from: number) {
    this.#source = source;
    this.#start = from;
  }

  get at(): number {
    return this.#start + this.#offset;
  }

  async close(): Promise<void> {
    await this.#source.return?.();
  }

  /** Null at the end of the file. */
  async type(): Promise<number | null> {
    if (this.#offset === this.#chunk.length && !(await this.#more())) return null;
    return this.#byte();
  }

  /** A sign and four bytes, the lowest first. */
  async int(): Promise<number> {
    if (this.#chunk.length - this.#offset >= INT_BYTES) {
      const value = this.#chunk.readUInt32LE(this.#offset + 1);
      const isNegative = this.#chunk[this.#offset] !== 0;
      this.#offset += INT_BYTES;
      return isNegative ? -value : value;
    }
    const bytes = Buffer.alloc(INT_BYTES);
    for (let index = 0; index < INT_BYTES; index += 1) {
      if (this.#offset === this.#chunk.length) await this.#moreOrThrow();
      bytes[index] = this.#byte();
    }
    const value = bytes.readUInt32LE(1);
    return bytes[0] === 0 ? value : -value;
  }

  /**
   * The data of one block: pieces with their length before them, up to one of no length, put together to larger parts.
   * Two buffers by turns: a part is valid until the next but one is asked for.
   */
  async *parts(): AsyncGenerator<Buffer, undefined> {
    let part = this.#buffers[0].subarray(0, SMALL_BYTES);
    let turn = 0;
    let filled = 0;
    for (let left = await this.int(); left !== 0; left = await this.int()) {
      if (left < 0) throw damaged(`before byte ${this.at} a length makes no sense`);
      while (left > 0) {
        if (this.#offset === this.#chunk.length) await this.#moreOrThrow();
        const length = Math.min(left, part.length - filled, this.#chunk.length - this.#offset);
        this.#chunk.copy(part, filled, this.#offset, this.#offset + length);
        this.#offset += length;
        filled += length;
        left -= length;
        if (filled < part.length) continue;
        yield part;
        turn = 1 - turn;
        part = this.#buffers[turn === 0 ? 0 : 1];
        filled = 0;
      }
    }
    if (filled > 0) yield part.subarray(0, filled);
    return undefined;
  }

  #byte(): number {
    const byte = this.#chunk[this.#offset] ?? 0;
    this.#offset += 1;
    return byte;
  }

  async #moreOrThrow(): Promise<void> {
    if (!(await this.#more())) throw damaged('its data is cut off');
  }

  async #more(): Promise<boolean> {
    const { value, done } = await this.#source.next();
    if (done) return false;
    this.#start += this.#chunk.length;
    this.#chunk = value;
    this.#offset = 0;
    return true;
  }
}

const INT_BYTES = 5;
