import { expect, test } from 'vitest';
import { foldersOf, placesOf } from './places.ts';

const DISK: Readonly<Record<string, readonly string[]>> = {
  '/usr/lib/postgresql': ['9.6', '15', '16'],
  '/usr': ['bin', 'pgsql-15', 'pgsql-17', 'pgsql'],
  '/usr/libexec': ['postgresql16', 'postgresql'],
  '/opt/homebrew/opt': ['postgresql@16', 'postgresql@9', 'libpq'],
  '/Applications/Postgres.app/Contents/Versions': ['16', 'latest'],
  'D:\\Programs\\PostgreSQL': ['16', '9.6', '17'],
};
const list = async (folder: string): Promise<readonly string[]> => DISK[folder] ?? [];

async function paths(
  platform: NodeJS.Platform,
  environment: NodeJS.ProcessEnv,
  chosen: string | null = null,
): Promise<string[]> {
  const folders = await foldersOf(placesOf(platform, environment, chosen), platform, list);
  return folders.map(({ path }) => path);
}

test('the chosen folder comes first, then PATH without what is relative, then what packages use', async () => {
  const found = await paths('linux', { PATH: '/home/x/bin::bin:.:/usr/bin' }, '/opt/my*pg/bin');
  expect(found.slice(0, 8)).toEqual([
    '/opt/my*pg/bin',
    '/home/x/bin',
    '/usr/bin',
    '/usr/lib/postgresql/16/bin',
    '/usr/lib/postgresql/15/bin',
    '/usr/lib/postgresql/9.6/bin',
    '/usr/pgsql-17/bin',
    '/usr/pgsql-15/bin',
  ]);
  expect(found).toContain('/usr/libexec/postgresql16');
  expect(found).not.toContain('/usr/libexec/postgresql');
});

test('macOS has Homebrew on both processors, Postgres.app and the installer', async () => {
  const found = await paths('darwin', {});
  expect(found).toEqual(
    expect.arrayContaining([
      '/opt/homebrew/opt/postgresql@16/bin',
      '/opt/homebrew/opt/libpq/bin',
      '/usr/local/opt/libpq/bin',
      '/Applications/Postgres.app/Contents/Versions/16/bin',
    ]),
  );
  expect(found.join('\n')).not.toContain('*');
});

test('Windows has them in its program folders, wherever those are', async () => {
  const found = await paths('win32', { Path: 'C:\\Windows;tools;E:\\pg\\bin', ProgramFiles: 'D:\\Programs' });
  expect(found).toEqual([
    'C:\\Windows',
    'E:\\pg\\bin',
    'D:\\Programs\\PostgreSQL\\17\\bin',
    'D:\\Programs\\PostgreSQL\\16\\bin',
    'D:\\Programs\\PostgreSQL\\9.6\\bin',
    'D:\\Programs\\pgAdmin 4\\runtime',
  ]);
});
