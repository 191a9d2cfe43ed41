/**
 * Makes control and bidirectional formatting characters visible, so that a name can neither move the cursor, nor
 * reorder the line, nor end it. Line breaks become "⏎" where the text has to stay on one line.
 */
export function visible(text: string, options: { readonly keepLineBreaks?: boolean } = {}): string {
  const oneLine = options.keepLineBreaks ? text : text.replaceAll(/\r\n|[\r\n]/g, '⏎');
  return oneLine.replaceAll(HIDDEN, (character) =>
    options.keepLineBreaks && (character === '\n' || character === '\t')
      ? character
      : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

// C0 and C1 controls, zero-width characters and the bidirectional controls of Unicode TR9.
const HIDDEN = /[\p{Cc}\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]/gu;
