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

/** Hebrew, Arabic and their kin, their other forms, and the mark that says so. https://www.unicode.org/reports/tr9/ */
const RIGHT_TO_LEFT =
  /[\u0590-\u08ff\u200f\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;
const WITH_A_WAY = /[\p{L}\u200e\u200f]/u;
