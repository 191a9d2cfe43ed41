/**
 * Follows the messages of a server through the chunks they arrive in, and says what is wrong with them before pg's parser
 * sees it. That parser reads past the end of an ErrorResponse without its final zero byte, for ever; an unknown type
 * or an impossible length can only be garbage. https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
export class MessageWatch {
  readonly #header = Buffer.alloc(HEADER_BYTES);
  #headerFilled = 0;
  /** Bytes of the current message that are still to come. */
  #remaining = 0;
  /** What has come of the current ErrorResponse or NoticeResponse; null for other messages. */
  #body: Buffer[] | null = null;

  /** Null while all is well; else what is broken. Call it with every chunk, in order. */
  inspect(chunk: Buffer): string | null {
    let offset = 0;
    while (offset < chunk.length) {
      if (this.#remaining === 0) {
        const taken = chunk.copy(
          this.#header,
          this.#headerFilled,
          offset,
          offset + HEADER_BYTES - this.#headerFilled,
        );
        offset += taken;
        this.#headerFilled += taken;
        if (this.#headerFilled < HEADER_BYTES) return null;
        this.#headerFilled = 0;
        const broken = this.#begin();
        if (broken !== null) return broken;
      }
      const end = Math.min(chunk.length, offset + this.#remaining);
      this.#body?.push(chunk.subarray(offset, end));
      this.#remaining -= end - offset;
      offset = end;
      if (this.#remaining === 0 && this.#body !== null) {
        if (!hasFields(Buffer.concat(this.#body))) return 'an error message was cut off';
        this.#body = null;
      }
    }
    return null;
  }

  #begin(): string | null {
    const type = this.#header[0] ?? 0;
    const length = this.#header.readUInt32BE(1);
    if (!TYPES.has(type)) return 'a message of an unknown type came';
    if (length < LENGTH_BYTES || length > MAX_LENGTH) return 'a message of an impossible length came';
    this.#remaining = length - LENGTH_BYTES;
    const isReport = type === CODE_E || type === CODE_N;
    if (isReport && length > MAX_REPORT_LENGTH) return 'an error message of an impossible length came';
    this.#body = isReport ? [] : null;
    return isReport && this.#remaining === 0 ? 'an error message was empty' : null;
  }
}

const LENGTH_BYTES = 4;
const HEADER_BYTES = 1 + LENGTH_BYTES;
/** PostgreSQL's own limit of a message is 1 GB. */
const MAX_LENGTH = 1_073_741_824;
const MAX_REPORT_LENGTH = 16_777_216;
const CODE_E = 'E'.charCodeAt(0);
const CODE_N = 'N'.charCodeAt(0);
/** All that a server may send in the subprotocols that we use. */
const TYPES = new Set(Buffer.from('RKSZENATDCI123nstGHWdcV'));

/** Pairs of a type byte and a zero-terminated text, then one zero byte, and nothing after. */
function hasFields(body: Buffer): boolean {
  let position = 0;
  while (position < body.length && body[position] !== 0) {
    const end = body.indexOf(0, position + 1);
    if (end < 0) return false;
    position = end + 1;
  }
  return position === body.length - 1;
}
