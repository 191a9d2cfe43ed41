import { expect, it } from 'vitest';
import { settingValueSql } from './setting-lists.ts';

it.each([
  ['search_path', '"$user", public', `'$user', 'public'`],
  ['SEARCH_PATH', 'App,"Mixed, Case" , "qu""ote"', `'app', 'Mixed, Case', 'qu"ote'`],
  ['search_path', '""', `''`],
  ['search_path', '', `''`],
  ['session_preload_libraries', 'Auto_Explain, $libdir/x', `'Auto_Explain', '$libdir/x'`],
  ['DateStyle', 'ISO, DMY', `'ISO, DMY'`],
  ['app.list', 'a, b', `'a, b'`],
])('%s to %s: %s', (name, value, sql) => expect(settingValueSql(name, value)).toBe(sql));

it('refuses a quote that does not end', () => {
  expect(() => settingValueSql('search_path', '"a, b')).toThrow(RangeError);
});
