import type { Readable } from 'node:stream';
import { EngineError } from '#engine/errors.ts';

/** Rows of one table in the data of an archive. */
export interface CopiedRows {
  readonly schema: string;
  readonly name: string;
  readonly rows: number;
}

/**
 * Counts the rows of each COPY block in what `pg_restore --data-only --file=-` writes. Data is never made into text nor
 * kept: in COPY's text format a line is a row whatever is in it
 * (https://www.postgresql.org/docs/current/sql-copy.html). Throws BACKUP_DAMAGED where a block does not end.
 */
export async function countCopiedRows(
  script: Readable,
  onBytes?: (bytes: number) => void,
): Promise<readonly CopiedRows[]> {
  const counter = new CopyRowCounter();
  for await (const chunk of script) {
    counter.push(chunk as Buffer);
    onBytes?.((chunk as Buffer).length);
  }
  return counter.end();
}

const NEWLINE = 10;
const DOUBLE_QUOTE = 34;
const SINGLE_QUOTE = 39;
const DASH = 45;
const DOT = 46;
const SEMICOLON = 59;
const BACKSLASH = 92;

type State = 'statement' | 'identifier' | 'literal' | 'comment' | 'command' | 'data';

/** A statement is kept to this length: names of a COPY come first, and a large object's bytes are one long literal. */
const MOST_STATEMENT_BYTES = 1_048_576;

export class CopyRowCounter {
  readonly #tables: CopiedRows[] = [];
  #state: State = 'statement';
  /** What was read of the statement so far, across chunks. */
  #kept: Buffer[] = [];
  #keptBytes = 0;
  #isDash = false;
  #table: { schema: string; name: string } | null = null;
  #rows = 0;
  /** How much of "\.⏎" the line has, where it has nothing else; -1 past its beginning. */
  #matched = 0;

  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) at = this.#state === 'data' ? this.#data(chunk, at) : this.#script(chunk, at);
  }

  end(): readonly CopiedRows[] {
    if (this.#state === 'data' || this.#state === 'identifier' || this.#state === 'literal')
      throw new EngineError('BACKUP_DAMAGED', 'The data of the archive is cut off.', 'Use another backup.');
    return this.#tables;
  }

  /** Reads up to the end of the block or of the chunk; where reading goes on. */
  #data(chunk: Buffer, start: number): number {
    const { length } = chunk;
    let at = start;
    let rows = this.#rows;
    let matched = this.#matched;
    while (at < length) {
      if (matched === -1) {
        while (at < length && chunk[at] !== NEWLINE) at += 1;
        if (at === length) break;
        rows += 1;
        at += 1;
        matched = 0;
        continue;
      }
      const byte = chunk[at];
      if (matched === 0) {
        matched = byte === BACKSLASH ? 1 : -1;
      } else if (matched === 1) {
        matched = byte === DOT ? 2 : -1;
      } else if (byte === NEWLINE) {
        this.#finish(rows);
        return at + 1;
      } else {
        matched = -1;
      }
      if (matched !== -1) at += 1;
    }
    this.#rows = rows;
    this.#matched = matched;
    return at;
  }

  #finish(rows: number): void {
    if (this.#table) this.#tables.push({ ...this.#table, rows });
    this.#table = null;
    this.#rows = 0;
    this.#matched = 0;
    this.#state = 'statement';
  }

  /** Reads outside of data up to a change of state; where reading goes on. */
  #script(chunk: Buffer, start: number): number {
    switch (this.#state) {
      case 'identifier':
        return this.#upTo(DOUBLE_QUOTE, chunk, start, true);
      case 'literal':
        return this.#upTo(SINGLE_QUOTE, chunk, start, false);
      case 'comment':
      case 'command':
        return this.#upTo(NEWLINE, chunk, start, false);
      default:
        return this.#statement(chunk, start);
    }
  }

  #upTo(stop: number, chunk: Buffer, start: number, isKept: boolean): number {
    const found = chunk.indexOf(stop, start);
    const end = found === -1 ? chunk.length : found + 1;
    if (isKept) this.#keep(chunk.subarray(start, end));
    // A doubled quote ends one and begins the next: the same to us.
    if (found !== -1) this.#state = 'statement';
    return end;
  }

  #statement(chunk: Buffer, start: number): number {
    for (let at = start; at < chunk.length; at += 1) {
      const byte = chunk[at];
      const isComment = byte === DASH && this.#isDash;
      this.#isDash = byte === DASH;
      if (isComment) {
        this.#dropStatement();
        this.#state = 'comment';
        return at + 1;
      }
      if (byte === DOUBLE_QUOTE || byte === SINGLE_QUOTE) {
        this.#keep(chunk.subarray(start, at + 1));
        this.#state = byte === DOUBLE_QUOTE ? 'identifier' : 'literal';
        return at + 1;
      }
      // "\restrict" of psql: a line of its own, without end sign.
      if (byte === BACKSLASH) {
        this.#dropStatement();
        this.#state = 'command';
        return at + 1;
      }
      if (byte === SEMICOLON) {
        this.#keep(chunk.subarray(start, at + 1));
        this.#endStatement();
        return at + 1;
      }
    }
    this.#keep(chunk.subarray(start));
    return chunk.length;
  }

  #endStatement(): void {
    const text = Buffer.concat(this.#kept).toString('utf8').trim();
    this.#dropStatement();
    if (!COPY_START.test(text)) return;
    this.#table = tableOf(text);
    // The rest of the line is empty: data begins on the next.
    this.#state = 'data';
    this.#matched = -1;
    this.#rows = -1;
  }

  #keep(part: Buffer): void {
    if (this.#keptBytes > MOST_STATEMENT_BYTES || part.length === 0) return;
    this.#keptBytes += part.length;
    // A copy: a few bytes must not hold on to the whole chunk.
    this.#kept.push(Buffer.from(part));
  }

  #dropStatement(): void {
    this.#kept = [];
    this.#keptBytes = 0;
    this.#isDash = false;
  }
}

const COPY_START = /^COPY\s/;
const NAME = String.raw`(?:"((?:[^"]|"")+)"|([^\s".(;]+))`;
const COPY = new RegExp(String.raw`^COPY ${NAME}\.${NAME}[\s\S]*FROM stdin;$`);

function tableOf(statement: string): { schema: string; name: string } {
  const match = COPY.exec(statement);
  if (!match)
    throw new EngineError(
      'BACKUP_DAMAGED',
      `The archive copies into something that is no table: ${statement.slice(0, 120)}`,
      'Use another backup.',
    );
  const [, quotedSchema, plainSchema, quotedName, plainName] = match;
  return { schema: named(quotedSchema, plainSchema), name: named(quotedName, plainName) };
}

function named(quoted: string | undefined, plain: string | undefined): string {
  return quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"');
}
