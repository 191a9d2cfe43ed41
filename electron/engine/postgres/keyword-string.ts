import { applyParameter, finishParameters, isKeyword, takeFirstHost } from './url-parameters.ts';
import { type ConnectionParameters, badUrl } from './target.ts';

/**
 * Reads libpq's `host=… dbname='…'` form: blanks around "=", single quotes, and backslash escapes inside and outside of
 * quotes. Keywords of `keep` stay as they are, known or not. Throws BAD_URL without repeating any part of the text.
 */
export function parseKeywordString(text: string, keep: readonly string[] = []): ConnectionParameters {
  const values = new Map<string, string>();
  const notes: string[] = [];
  const ignored: string[] = [];
  const pair =
    /\s*([A-Za-z_][\w-]*)\s*=\s*(?:'((?:[^'\\]|\\[\s\S])*)'|((?:[^\s\\']|\\[\s\S])(?:[^\s\\]|\\[\s\S])*|))(?=\s|$)/y;
  while (pair.lastIndex < text.trimEnd().length) {
    const match = pair.exec(text);
    if (match === null) {
      throw badUrl(
        'The connection string is not a list of keyword=value pairs.',
        "Put values with blanks in single quotes, and write ' and \\ in them as \\' and \\\\.",
      );
    }
    const value = (match[2] ?? match[3] ?? '').replace(/\\([\s\S])/g, '$1');
    const [, name = ''] = match;
    if (keep.includes(name) && !isKeyword(name)) values.set(name, value);
    else applyParameter(name, value, values, ignored);
  }
  finishParameters(values, ignored, notes);
  takeFirstHost(values, 1, notes);
  return { values, notes };
}

/** A value as it may stand in a keyword string. */
export function quoteKeywordValue(value: string): string {
  return `'${value.replace(/[\\']/g, '\\$&')}'`;
}
