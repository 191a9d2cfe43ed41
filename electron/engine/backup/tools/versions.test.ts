import { expect, test } from 'vitest';
import { holesOf } from './fixed-minors.ts';
import { isPreRelease, parseToolVersion } from './versions.ts';

test.each([
  ['pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n', '15.18', 150_018],
  ['pg_dump (PostgreSQL) 18.4', '18.4', 180_004],
  ['pg_dump (PostgreSQL) 19beta1', '19beta1', 190_000],
  ['pg_dump (PostgreSQL) 20devel', '20devel', 200_000],
  ['pg_dump (PostgreSQL) 9.6.24\r\n', '9.6.24', 90_624],
  ['pg_dump (EnterpriseDB) 16.4.1', '16.4.1', 160_004],
])('%j is read', (output, text, num) => {
  expect(parseToolVersion(output, 'pg_dump')).toMatchObject({ text, num });
});

test.each([
  '',
  'pg_restore (PostgreSQL) 15.18',
  'pg_dump (PostgreSQL)',
  'pg_dump 15.18',
  'pg_dump (PostgreSQL) 15.18evil',
  'pg_dump (PostgreSQL) 99999999999',
  'Usage: pg_dump (PostgreSQL) 15.18',
])('%j is no version of pg_dump', (output) => {
  expect(parseToolVersion(output, 'pg_dump')).toBeNull();
});

test('a pre-release is told by its letters', () => {
  expect([isPreRelease('19rc1'), isPreRelease('19.0')]).toEqual([true, false]);
});

test.each([
  [150_018, ['CVE-2026-116314']],
  [150_020, []],
  [150_007, ['CVE-2026-116314', 'CVE-2025-8714', 'CVE-2025-8715', 'CVE-2024-7348']],
  [140_024, ['CVE-2026-116314']],
  [140_025, []],
  [160_016, []],
  [170_011, ['CVE-2026-116314']],
  [180_006, ['CVE-2026-116314']],
  [180_007, []],
  [190_000, []],
  // Never mended: the major had come to its end.
  [130_023, ['CVE-2026-116314']],
  [110_022, ['CVE-2026-116314', 'CVE-2025-8714', 'CVE-2025-8715', 'CVE-2024-7348']],
])('the holes of %i', (versionNum, ids) => {
  expect(holesOf(versionNum).map(({ id }) => id)).toEqual(ids);
});
