/** The lines of one table in COPY's text format, up to the one that ends it: "\.". */
export class CopiedLines {
  #rows = 0;
  /** How much of "\.⏎" the line has, where it has nothing else; -1 past its beginning. */
  #matched: number;
  #isEnded = false;

  constructor(isInsideLine = false) {
    this.#matched = isInsideLine ? -1 : 0;
  }

  get rows(): number {
    return this.#rows;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Reads up to the end of the table or of the chunk; where reading goes on. */
  push(chunk: Buffer, start: number): number {
    const { length } = chunk;
    let at = start;
    let rows = this.#rows;
    let matched = this.#matched;
    while (at < length && !this.#isEnded) {
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
        this.#isEnded = true;
        matched = 0;
      } else {
        matched = -1;
      }
      if (matched !== -1) at += 1;
    }
    this.#rows = rows;
    this.#matched = matched;
    return at;
  }
}

const NEWLINE = 10;
const DOT = 46;
const BACKSLASH = 92;
