import { quoteLiteral } from '#engine/postgres/quote.ts';
import { isListSetting } from './setting-fixes.ts';

/** Of these the elements are SQL names: without quotes they are folded to lower case. */
const FOLDED: ReadonlySet<string> = new Set(['search_path', 'temp_tablespaces']);

/** What stands after `SET name =` so that SHOW prints this value again. Throws RangeError where a quote does not end. */
export function settingValueSql(name: string, value: string): string {
  if (!isListSetting(name)) return quoteLiteral(value);
  const elements = splitNames(value, FOLDED.has(name.toLowerCase()));
  return elements.length === 0 ? "''" : elements.map(quoteLiteral).join(', ');
}

/** `"$user", public` → $user and public. */
function splitNames(list: string, isFolded: boolean): string[] {
  if (list.trim() === '') return [];
  const element = /\s*(?:"((?:[^"]|"")*)"|([^",]*?))\s*(,|$)/y;
  const names: string[] = [];
  for (;;) {
    const match = element.exec(list);
    if (!match) throw new RangeError('A quoted name in the list does not end.');
    const [, quoted, plain = '', separator] = match;
    // Only ASCII is folded: what the server does beyond depends on its locale.
    names.push(
      quoted === undefined
        ? isFolded
          ? plain.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())
          : plain
        : quoted.replaceAll('""', '"'),
    );
    if (separator !== ',') return names;
  }
}
