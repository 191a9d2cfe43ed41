import { deflateSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type DecodedBlock, decodeBlocks } from './archive-blocks.ts';

const FROM = 1000;
const COMPRESS = {
  gzip: (text: string) => deflateSync(text),
  zstd: (text: string) => zstdCompressSync(text),
};
type Compression = keyof typeof COMPRESS;
const COMPRESSIONS = ['gzip', 'zstd'] as const;

const int = (value: number): Buffer => {
  const bytes = Buffer.alloc(5);
  bytes.writeUInt32LE(value, 1);
  return bytes;
};

/** Pieces of seven bytes, each with its length before it, and one of none. */
function pieces(data: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < data.length; at += 7) {
    const part = data.subarray(at, at + 7);
    parts.push(int(part.length), part);
  }
  return Buffer.concat([...parts, int(0)]);
}

const table = (id: number, data: Buffer): Buffer => Buffer.concat([Buffer.of(1), int(id), pieces(data)]);
const rows = (text: string): string => `${text}\\.\n\n\n`;

/** As pg_dump writes them: an empty table, one with lines that look like its end, two large objects. */
function blocksOf(compression: Compression): Buffer {
  const compress = COMPRESS[compression];
  return Buffer.concat([
    table(7, compress(rows(''))),
    table(8, compress(rows('\\\\.\nrow \\.\n\n\\N\n'))),
    Buffer.concat([Buffer.of(3), int(9)]),
    Buffer.concat([int(16_400), pieces(compress('bytes')), int(16_401), pieces(compress('')), int(0)]),
  ]);
}

async function decode(
  bytes: Buffer,
  compression: Compression,
  chunkBytes = bytes.length,
): Promise<readonly DecodedBlock[]> {
  const source = async function* (): AsyncGenerator<Buffer> {
    for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
  };
  return decodeBlocks(source(), { from: FROM, compression });
}

const damaged = { code: 'BACKUP_DAMAGED' };

describe.each(COMPRESSIONS)('blocks of an archive, compressed by %s', (compression) => {
  const bytes = blocksOf(compression);
  const compress = COMPRESS[compression];

  it.each([1, 3, 10_000])('are counted where they arrive by %i bytes', async (chunkBytes) => {
    const [empty, full, objects] = await decode(bytes, compression, chunkBytes);
    expect(empty).toEqual({ id: 7, at: FROM, kind: 'table', rows: 0 });
    expect(full).toMatchObject({ id: 8, kind: 'table', rows: 4 });
    expect(objects).toMatchObject({ id: 9, kind: 'large objects' });
    expect(bytes[(full?.at ?? 0) - FROM]).toBe(1);
    expect(bytes[(objects?.at ?? 0) - FROM]).toBe(3);
  });

  it('are whole or refused, wherever they are cut', async () => {
    const ends = new Set([0, ...(await decode(bytes, compression)).map(({ at }) => at - FROM)]);
    for (let length = 1; length < bytes.length; length += 1)
      if (!ends.has(length))
        await expect(
          decode(bytes.subarray(0, length), compression),
          `cut at ${length}`,
        ).rejects.toMatchObject(damaged);
  });

  it.each([
    ['ends without its last line', table(1, compress('a\nb\n'))],
    ['ends inside of a row', table(1, compress('a\nb'))],
    ['goes on behind its end', table(1, compress(`${rows('a\n')}b\n`))],
    ['has more than its compressed data', table(1, Buffer.concat([compress(rows('a\n')), Buffer.of(0)]))],
    ['has no data', table(1, Buffer.alloc(0))],
    ['is not compressed', table(1, Buffer.from(rows('a\n')))],
    ['is of a kind that there is not', Buffer.concat([Buffer.of(2), int(1), int(0)])],
  ])('are refused where one %s', async (_, block) => {
    await expect(decode(Buffer.concat([bytes, block]), compression)).rejects.toMatchObject(damaged);
  });
});

it('larger ones are decompressed in parts', async () => {
  const text = Array.from({ length: 50_000 }, (_, n) => `${n}\t${(n * 2_654_435_761) % 4_294_967_296}\n`);
  for (const compression of COMPRESSIONS)
    expect(await decode(table(5, COMPRESS[compression](rows(text.join('')))), compression, 65_536)).toEqual([
      { id: 5, at: FROM, kind: 'table', rows: 50_000 },
    ]);
});
