import { describe, expect, it } from 'vitest';
import { alterSystem, splitList } from './setting-fixes.ts';

describe('lists of names', () => {
  it.each([
    ['', []],
    [' ', []],
    ['a', ['a']],
    ['a, b,c', ['a', 'b', 'c']],
    ['"a, b", c', ['a, b', 'c']],
    ['"say ""hi""",x', ['say "hi"', 'x']],
    ['"$user", public', ['$user', 'public']],
  ])('%s', (value, items) => expect(splitList(value)).toEqual(items));
});

describe('ALTER SYSTEM', () => {
  it('sets a list item by item and everything else as one text', () => {
    expect(alterSystem('search_path', 'a, "b, c"')).toBe(`ALTER SYSTEM SET "search_path" = 'a', 'b, c'`);
    expect(alterSystem('log_destination', 'stderr, csvlog')).toBe(
      `ALTER SYSTEM SET "log_destination" = 'stderr, csvlog'`,
    );
    expect(alterSystem('work_mem', null)).toBe('ALTER SYSTEM RESET "work_mem"');
    expect(alterSystem('archive_command', String.raw`cp 'a' c:\x`)).toBe(
      String.raw`ALTER SYSTEM SET "archive_command" = E'cp ''a'' c:\\x'`,
    );
  });
});
