import { type FileHandle, open } from 'node:fs/promises';
import { EngineError } from '#engine/errors.ts';
import { HOW_TO_CHOOSE } from './tools/places.ts';

/** One line of a table of contents, with the name as the catalog had it: pg_restore --list blurs line breaks and blanks. */
export interface TocEntry {
  /** PostgreSQL's words: "TABLE", "TABLE DATA", "FK CONSTRAINT", "MATERIALIZED VIEW DATA". */
  readonly type: string;
  readonly schema: string | null;
  readonly name: string;
}

export interface FullTocEntry extends TocEntry {
  /** What pg_restore calls it in a list. */
  readonly id: number;
  /** SQL of a constraint; null of anything else. */
  readonly definition: string | null;
  /** Byte of the file at which its data begins; `unknown` while the dump is written, and in a directory. */
  readonly dataAt: number | 'none' | 'unknown';
}

/** The beginning of data.dump, or toc.dat of a directory. */
export interface ArchiveHead {
  /** 15 for archive version 1.15. */
  readonly format: number;
  readonly compression: 'gzip' | 'zstd' | 'other';
  /** How long it is: data begins behind it. */
  readonly bytes: number;
  readonly entries: readonly FullTocEntry[];
}

/** Newest archive version that pg_dump of a major writes, and that pg_restore of it reads: K_VERS_SELF of pg_backup_archiver.h. */
const FORMATS: ReadonlyArray<readonly [format: number, major: number]> = [
  [14, 12],
  [15, 16],
  [16, 17],
];
const NEWEST_FORMAT = 16;
const OLDEST_FORMAT = 14;
/** The first major that could write something unknown to us. */
const NEXT_MAJOR = 19;

/**
 * Reads the table of contents in the layout of pg_backup_archiver.c (ReadHead, ReadToc), which has stayed since
 * PostgreSQL 12. Throws BACKUP_DAMAGED where it is not one, TOOL_MISSING where a pg_restore of this major cannot read it.
 */
export async function readArchiveHead(file: string, restoreMajor: number): Promise<ArchiveHead> {
  const handle = await open(file, 'r').catch((cause: NodeJS.ErrnoException) => {
    throw new EngineError('BACKUP_DAMAGED', `The archive cannot be opened (${cause.code}).`, null, { cause });
  });
  try {
    const head = await readHead(handle, restoreMajor);
    if (head) return head;
    throw damaged('its table of contents is cut off');
  } finally {
    await handle.close();
  }
}

/** The same of an open file; null where its table of contents is not whole, as in one that is being written. */
export async function readHead(handle: FileHandle, restoreMajor: number): Promise<ArchiveHead | null> {
  const { size } = await handle.stat();
  // Its length is written nowhere: read more until it is whole.
  for (let length = Math.min(size, FIRST_BYTES); ; length = Math.min(size, length * 4)) {
    const bytes = Buffer.alloc(length);
    const { bytesRead } = await handle.read(bytes, 0, length, 0);
    try {
      return parse(new Reader(bytes.subarray(0, bytesRead)), restoreMajor);
    } catch (error) {
      if (!(error instanceof CutOff)) throw error;
      if (length >= size) return null;
    }
  }
}

const FIRST_BYTES = 262_144;
/** ArchiveFormat of pg_backup.h; toc.dat of a directory says that it is of a tar file. */
const CUSTOM = 1;
const TAR = 3;
const OFFSET_SET = 2;
const OFFSET_NO_DATA = 3;

class CutOff extends Error {}

function parse(reader: Reader, restoreMajor: number): ArchiveHead {
  if (reader.take(5).toString('latin1') !== 'PGDMP') throw damaged('it does not begin as one of pg_dump');
  const [major = 0, format = 0] = reader.take(3);
  if (major !== 1 || format < OLDEST_FORMAT || format > formatOf(restoreMajor))
    throw format < OLDEST_FORMAT && major <= 1
      ? damaged(`its version ${major}.${format} is older than PostgreSQL 12`)
      : needsNewer(major, format);
  const [intBytes = 0, offsetBytes = 0, layout = 0] = reader.take(3);
  if (intBytes !== 4 || offsetBytes !== 8 || (layout !== CUSTOM && layout !== TAR))
    throw damaged('its header makes no sense');
  const compression = readCompression(reader, format);
  // Seconds to is-summer-time; the database; versions of the server and of pg_dump.
  for (let field = 0; field < 7; field += 1) reader.int();
  for (let field = 0; field < 3; field += 1) reader.text();
  const count = reader.int();
  if (count < 0) throw damaged('its number of entries makes no sense');
  const entries: FullTocEntry[] = [];
  for (let index = 0; index < count; index += 1) entries.push(readEntry(reader, format, layout));
  return { format, compression, bytes: reader.at, entries };
}

/** pg_compress_algorithm of compression.h; before 16 a level of gzip, -1 its default. */
function readCompression(reader: Reader, format: number): ArchiveHead['compression'] {
  if (format < 15) return reader.int() === 0 ? 'other' : 'gzip';
  const algorithm = reader.take(1)[0];
  return algorithm === 1 ? 'gzip' : algorithm === 3 ? 'zstd' : 'other';
}

function readEntry(reader: Reader, format: number, layout: number): FullTocEntry {
  const id = reader.int();
  if (id <= 0) throw damaged('an entry has no number');
  reader.int();
  reader.text();
  reader.text();
  const name = reader.text() ?? '';
  const type = reader.text() ?? '';
  reader.int();
  const isConstraint = type.endsWith('CONSTRAINT');
  const definition = isConstraint ? reader.text() : null;
  if (!isConstraint) reader.skipText();
  // How to drop and to copy it.
  reader.skipText();
  reader.skipText();
  const schema = reader.text();
  reader.skipText();
  reader.skipText();
  if (format >= 16) reader.int();
  reader.skipText();
  reader.skipText();
  while (reader.skipText());
  const dataAt = layout === CUSTOM ? reader.offset() : 'unknown';
  if (layout !== CUSTOM) reader.skipText();
  return { id, type, schema: schema === '' ? null : schema, name, definition, dataAt };
}

function formatOf(restoreMajor: number): number {
  // Of majors that are not known yet pg_restore itself has the last word, up to what is understood here.
  return FORMATS.findLast(([, major]) => major <= restoreMajor)?.[0] ?? OLDEST_FORMAT;
}

function needsNewer(major: number, format: number): EngineError {
  const known = major === 1 && format <= NEWEST_FORMAT;
  const needed = known ? FORMATS.find(([written]) => written >= format)?.[1] : NEXT_MAJOR;
  return new EngineError(
    'TOOL_MISSING',
    `The archive has version ${major}.${format} and needs pg_restore of PostgreSQL ${needed} or newer.`,
    known
      ? `Install the PostgreSQL client of that version, or ${HOW_TO_CHOOSE}.`
      : 'It was damaged, or made by a pg_dump that this version of PgVitals does not know yet.',
  );
}

function damaged(why: string): EngineError {
  return new EngineError('BACKUP_DAMAGED', `The archive is damaged: ${why}.`, 'Use another backup.');
}

class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get at(): number {
    return this.#at;
  }

  take(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new CutOff();
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }

  /** A sign and four bytes, the lowest first. */
  int(): number {
    const bytes = this.take(5);
    const value = bytes.readUInt32LE(1);
    return bytes[0] === 0 ? value : -value;
  }

  /** K_OFFSET_* of pg_backup_archiver.h, and eight bytes, the lowest first. */
  offset(): FullTocEntry['dataAt'] {
    const bytes = this.take(9);
    if (bytes[0] === OFFSET_NO_DATA) return 'none';
    return bytes[0] === OFFSET_SET ? Number(bytes.readBigUInt64LE(1)) : 'unknown';
  }

  text(): string | null {
    const length = this.int();
    return length < 0 ? null : this.take(length).toString('utf8');
  }

  /** False where there is none. */
  skipText(): boolean {
    const length = this.int();
    if (length >= 0) this.take(length);
    return length >= 0;
  }
}
