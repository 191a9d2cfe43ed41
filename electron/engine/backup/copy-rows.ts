import type { Readable } from 'node:stream';
import { formatCountOf } from '#shared/model/format.ts';
import { EngineError } from '#engine/errors.ts';
import { CopiedLines } from './copied-lines.ts';

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
  #lines = new CopiedLines();

  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) at = this.#state === 'data' ? this.#data(chunk, at) : this.#script(chunk, at);
  }

  end(): readonly CopiedRows[] {
    if (this.#state === 'data' || this.#state === 'identifier' || this.#state === 'literal')
      throw new EngineError('BACKUP_DAMAGED', 'The data of the archive is cut off.', 'Use another backup.');
    return this.#tables;
  }

  #data(chunk: Buffer, start: number): number {
    const at = this.#lines.push(chunk, start);
    if (!this.#lines.isEnded) return at;
    // The rest of the line that the statement stands in was none.
    if (this.#table) this.#tables.push({ ...this.#table, rows: this.#lines.rows - 1 });
    this.#table = null;
    this.#state = 'statement';
    return at;
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
    this.#lines = new CopiedLines(true);
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
      `The archive copies into something that is no table (${statement.slice(0, 120)}).`,
      'Use another backup.',
    );
  const [, quotedSchema, plainSchema, quotedName, plainName] = match;
  return { schema: named(quotedSchema, plainSchema), name: named(quotedName, plainName) };
}

function named(quoted: string | undefined, plain: string | undefined): string {
  return quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"');
}

/** "232 731 rows in 39 tables". */
export function rowsInTables(tables: readonly Pick<CopiedRows, 'rows'>[]): string {
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  return `${formatCountOf(rows, 'row')} in ${formatCountOf(tables.length, 'table')}`;
}
