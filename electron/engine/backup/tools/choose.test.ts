import { expect, test } from 'vitest';
import type { ToolChoice, ToolInstall } from '#shared/model/backup.ts';
import { chooseAmong } from './choose.ts';
import { installHint, type System } from './install-hint.ts';
import type { ToolProblem } from './probe.ts';

const DEBIAN: System = { platform: 'linux', arch: 'x64', ids: ['debian'], versionId: '12' };

function tool(version: string, change: Partial<ToolInstall> = {}): ToolInstall {
  const [major = 0, minor = 0] = version.split(/\D/).map(Number);
  const folder = `/clients/${version}`;
  return {
    dumpPath: `${folder}/pg_dump`,
    restorePath: `${folder}/pg_restore`,
    version,
    versionNum: major * 10_000 + minor,
    origin: 'PATH',
    ...change,
  };
}

function choose(
  versions: readonly (string | ToolInstall)[],
  serverMajor: number,
  problems: readonly ToolProblem[] = [],
  today = '2026-11-26',
): ToolChoice {
  const found = versions.map((one) => (typeof one === 'string' ? tool(one) : one));
  return chooseAmong({ found, problems }, { versionNum: serverMajor * 10_000 + 3, today, system: DEBIAN });
}

test.each([
  [15, ['18.7', '15.18', '16.16', '15.20', '15.19'], '15.20'],
  [16, ['18.7', '17.12', '15.20'], '17.12'],
  [18, ['17.12', '18.7', '19beta1'], '18.7'],
  [19, ['19beta1', '19.0', '18.7'], '19.0'],
  [14, ['13.23', '20.1'], '20.1'],
])('for a server %i of %j', (major, versions, expected) => {
  expect(choose(versions, major)).toMatchObject({ chosen: { version: expected }, refusal: null });
});

test('what the user chose is taken where it fits, and missed aloud where it does not', () => {
  const own = (version: string, change = {}) => tool(version, { origin: 'chosen by you', ...change });
  expect(choose(['15.20', own('16.16')], 15).chosen?.version).toBe('16.16');
  expect(choose(['15.20', own('14.25')], 15)).toMatchObject({
    chosen: { version: '15.20' },
    warnings: [
      'pg_dump 14.25 in the chosen folder is older than the server, PostgreSQL 15. Another client is used.',
    ],
  });
  expect(choose(['15.20', own('15.19', { restorePath: null })], 15).warnings).toEqual([
    'There is no pg_restore of version 15.19 in the chosen folder. Another client is used.',
  ]);
  const gone = { path: '/x/pg_dump', origin: 'chosen by you', text: '/x/pg_dump is not there.' };
  expect(choose(['15.20'], 15, [gone]).warnings).toEqual([
    '/x/pg_dump is not there. Another client is used.',
  ]);
});

test('older ones are refused by name, with the way to the right one', () => {
  const { chosen, refusal } = choose(['13.4', '15.18'], 16);
  expect(chosen).toBeNull();
  expect(refusal?.message).toBe(
    'The server is PostgreSQL 16, and pg_dump refuses servers that are newer than itself. Found: pg_dump 13.4 (/clients/13.4/pg_dump), pg_dump 15.18 (/clients/15.18/pg_dump).',
  );
  expect(refusal?.nextStep).toContain('sudo apt install -y postgresql-client-16');
});

test('without pg_restore a backup could not be checked', () => {
  expect(choose([tool('16.16', { restorePath: null })], 16).refusal?.message).toContain(
    'There is no pg_restore of the same version beside pg_dump 16.16',
  );
});

test('none at all, and only broken ones, are two things', () => {
  expect(choose([], 16).refusal?.message).toBe('There is no pg_dump on this machine.');
  const broken = { path: '/x/pg_dump', origin: 'PATH', text: '/x/pg_dump may not be executed.' };
  expect(choose([], 16, [broken]).refusal?.message).toBe(
    'No pg_dump on this machine can be used. /x/pg_dump may not be executed.',
  );
  expect(choose(['16.16'], 16, [broken]).warnings).toEqual([]);
});

test('warnings: known holes, the end of a major, what an older server cannot take back, a pre-release', () => {
  expect(choose(['15.20'], 15).warnings).toEqual([]);
  expect(choose(['15.18'], 15).warnings).toEqual([
    'The client 15.18 runs code that a crafted archive brings along (CVE-2026-116314). Update it to one 15.20 or newer.',
  ]);
  expect(choose(['14.25'], 14).warnings).toEqual([
    'PostgreSQL 14 gets no more fixes since 2026-11-12, its client 14.25 neither.',
  ]);
  expect(choose(['14.25'], 14, [], '2026-11-12').warnings).toEqual([]);
  expect(choose(['13.23'], 13).warnings[0]).toContain('Update it to one of a newer major.');
  expect(choose(['18.7'], 16).warnings).toEqual([
    expect.stringContaining('a setting that PostgreSQL 16 does not know'),
  ]);
  expect(choose(['20beta1'], 19).warnings).toEqual(['pg_dump 20beta1 is a pre-release.']);
});

test('the command names the server’s major, or the oldest that is maintained', () => {
  expect(choose([], 17).installHint).toContain('postgresql-client-17');
  expect(choose([], 14).installHint).toContain('postgresql-client-15');
  expect(choose([], 21).installHint).toContain('postgresql-client-21');
});

test.each<[Partial<System>, string]>([
  [{ platform: 'darwin', ids: [] }, 'brew install postgresql@16'],
  [{ platform: 'win32', ids: [] }, 'winget install --id PostgreSQL.PostgreSQL.16'],
  [{ ids: ['ubuntu', 'debian'] }, 'postgresql-client-16'],
  [{ ids: ['rocky', 'rhel', 'centos', 'fedora'], versionId: '9.4' }, 'EL-9-x86_64/pgdg-redhat-repo'],
  [{ ids: ['fedora'], versionId: '43', arch: 'arm64' }, 'F-43-aarch64/pgdg-fedora-repo'],
  [{ ids: ['opensuse-leap', 'suse', 'opensuse'] }, 'sudo zypper install postgresql16'],
  [{ ids: ['alpine'] }, 'sudo apk add postgresql16-client'],
  [{ ids: ['arch'] }, 'sudo pacman -S postgresql-libs'],
  [{ ids: ['nixos'] }, 'https://www.postgresql.org/download/'],
])('on %j', (system, expected) => {
  expect(installHint(16, { ...DEBIAN, ...system })).toContain(expected);
});
