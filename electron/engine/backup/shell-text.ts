/** Text for POSIX shells that a person copies from a page: what is shown is what is run, whatever a name holds. */

/** In single quotes. Not for text with control characters: see `shellAssign`. */
export function shellQuote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Whether a page shows it as it is: no control, zero-width or bidirectional character. */
export function isPlain(text: string): boolean {
  return !HIDDEN.test(text);
}

/**
 * `NAME='text'`; by octal numbers where the text has characters that a page cannot show. The X keeps the shell from
 * dropping line breaks at the end, and no hyphen is left to begin an option.
 */
export function shellAssign(name: string, text: string): string {
  if (isPlain(text)) return `${name}=${shellQuote(text)}`;
  const octal = [...Buffer.from(`${text}X`)].map((byte) =>
    /[\w ./:]/.test(String.fromCharCode(byte)) && byte < 0x80
      ? String.fromCharCode(byte)
      : `\\${byte.toString(8).padStart(3, '0')}`,
  );
  return `${name}=$(printf '${octal.join('')}'); ${name}=\${${name}%X}`;
}

const HIDDEN = /[\p{Cc}\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]/u;
