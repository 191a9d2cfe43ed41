import type { CellText } from './table-text.ts';

/**
 * Which way a text runs, by its first letter, as `dir="auto"` and <bdi> find it; undefined = like the page. Cells of long
 * tables ask here: the browser would look through each of them for every row that comes into sight.
 */
export function directionOf(text: CellText): 'rtl' | undefined {
  if (typeof text !== 'string' || !RIGHT_TO_LEFT.test(text)) return undefined;
  const [first] = WITH_A_WAY.exec(text) ?? [''];
  return RIGHT_TO_LEFT.test(first) ? 'rtl' : undefined;
}

/** Cuts a text so that every second part, from the second on, is one that runs from right to left, blanks and figures inside of it included. */
export function byDirection(text: string): readonly string[] {
  return RIGHT_TO_LEFT.test(text) ? text.split(RUN) : [text];
}

/** Hebrew, Arabic and their kin, their other forms, and the mark that says so. https://www.unicode.org/reports/tr9/ */
const LETTER = String.raw`[\u0590-\u08ff\u200f\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]`;
const RIGHT_TO_LEFT = new RegExp(LETTER, 'u');
const RUN = new RegExp(String.raw`(${LETTER}(?:[^\p{L}]*${LETTER})*)`, 'u');
const WITH_A_WAY = /[\p{L}\u200e\u200f]/u;
