import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';

/** Faults of reliability.md §2 by number ("F01"): the tests that bring each about, by file and a part of their title. */
export type FaultList = Readonly<Record<string, readonly (readonly [file: string, title: string])[]>>;

/** Every number from the first to the last has a test that exists; says so: "22 of 22". */
export function expectEveryFaultHasItsTest(
  what: string,
  faults: FaultList,
  first: number,
  last: number,
): void {
  const root = join(import.meta.dirname, '../..');
  const wanted = Array.from(
    { length: last - first + 1 },
    (_, at) => `F${String(first + at).padStart(2, '0')}`,
  );
  const covered = wanted.filter((number) => {
    const tests = faults[number] ?? [];
    return (
      tests.length > 0 &&
      tests.every(([file, title]) => isTitle(readFileSync(join(root, file), 'utf8'), title))
    );
  });
  console.log(`${what} with a test: ${covered.length} of ${wanted.length}`);
  expect(wanted.filter((number) => !covered.includes(number))).toEqual([]);
  expect(Object.keys(faults).filter((number) => !wanted.includes(number))).toEqual([]);
}

/** In the title of a test or of its group, also where those are listed: not in a comment, nor in the list of faults itself. */
function isTitle(source: string, title: string): boolean {
  return source
    .split('\n')
    .some(
      (line) =>
        line.includes(title) && !/^\s*(\/\/|\*|\/\*)/.test(line) && !/^\s*(F\d\d: )?\[+'test\//.test(line),
    );
}
