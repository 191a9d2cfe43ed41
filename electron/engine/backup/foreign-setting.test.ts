import { describe, expect, it } from 'vitest';
import { foreignSettingOf, watchErrors } from './foreign-setting.ts';

const UNKNOWN = [
  'pg_restore: error: could not execute query: FEHLER:  unbekannter Konfigurationsparameter »transaction_timeout«',
  'Command was: SET transaction_timeout = 0;',
];
const MISSING = [
  'pg_restore: error: could not execute query: ERROR:  role "app" does not exist',
  'Command was: ALTER TABLE public.t OWNER TO app;',
];

function told(lines: readonly string[]): readonly string[][] {
  const errors: string[][] = [];
  const watch = watchErrors('transaction_timeout', (error) => errors.push([...error]));
  lines.forEach((line) => watch.line(line));
  watch.end();
  return errors;
}

describe('a setting of pg_restore that the server does not know', () => {
  it('is told by the command, in any language', () => {
    expect(foreignSettingOf(UNKNOWN)).toBe('transaction_timeout');
    expect(foreignSettingOf(MISSING)).toBeNull();
    expect(foreignSettingOf([...MISSING, ...UNKNOWN])).toBeNull();
    expect(foreignSettingOf(['pg_restore: error: could not open input file'])).toBeNull();
  });

  it('is the one error that is passed over', () => {
    expect(told(['pg_restore: connecting', ...UNKNOWN, 'pg_restore: creating', ...UNKNOWN])).toEqual([]);
    expect(told([...UNKNOWN, ...MISSING, 'pg_restore: warning: errors ignored on restore: 2'])).toEqual([
      [MISSING[0]?.slice('pg_restore: error: '.length), MISSING[1]],
    ]);
  });

  it('is not one that a function of the database sets', () => {
    const inFunction = [UNKNOWN[0] ?? '', 'Command was: CREATE FUNCTION f() … SET transaction_timeout = 0;'];
    expect(told(inFunction)).toHaveLength(1);
    expect(told(['pg_restore: error: could not read from input file: end of file'])).toHaveLength(1);
    expect(
      told(['pg_restore: error: a worker process died unexpectedly', 'pg_restore: creating']),
    ).toHaveLength(1);
  });
});
