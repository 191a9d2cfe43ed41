import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { fromEnvironment, locateTarget, withPassFile } from './environment.ts';
import { matchPassFile } from './passfile.ts';
import { join } from 'node:path';
import { parseConnectionInput } from './url.ts';
import { parseServiceFile } from './service-file.ts';
import { tmpdir } from 'node:os';

let home = '';
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'pgvitals-home-'));
});
afterAll(() => rm(home, { recursive: true }));

describe('fromEnvironment', () => {
  it('maps the variables of libpq', () => {
    const { values } = fromEnvironment({
      PGHOST: 'h',
      PGPORT: '6432',
      PGUSER: 'u',
      PGSSLMODE: 'require',
      PGX: '1',
      PGDATABASE: '',
    });
    expect(Object.fromEntries(values)).toEqual({ host: 'h', port: '6432', user: 'u', sslmode: 'require' });
  });
  it('takes the first of several hosts', () => {
    const { values, notes } = fromEnvironment({ PGHOST: 'a,b' });
    expect(values.get('host')).toBe('a');
    expect(notes).toHaveLength(1);
  });
});

describe('locateTarget', () => {
  const locate = (given: string | null, env: Record<string, string>) =>
    locateTarget(given, { env, homeDirectory: home });

  it('prefers what was given, then PGVITALS_URL, then DATABASE_URL, then PG*', async () => {
    const env = {
      PGVITALS_URL: 'postgres://two',
      DATABASE_URL: 'postgres://three',
      PGHOST: 'four',
      PGUSER: 'u',
    };
    expect(await locate('postgres://one', env)).toMatchObject({ host: 'one', user: 'u' });
    expect(await locate(null, env)).toMatchObject({ host: 'two' });
    expect(await locate(null, { ...env, PGVITALS_URL: '' })).toMatchObject({ host: 'three' });
    expect(await locate(null, { PGHOST: 'four' })).toMatchObject({ host: 'four' });
    expect(await locate(null, {})).toMatchObject({ host: 'localhost' });
  });
  it('does not let PGHOSTADDR redirect a URL that names its host', async () => {
    expect(await locate('postgres://one/d', { PGHOSTADDR: '10.9.9.9' })).toMatchObject({
      host: 'one',
      hostAddress: null,
    });
    expect(await locate('postgres:///d', { PGHOSTADDR: '10.9.9.9' })).toMatchObject({
      hostAddress: '10.9.9.9',
    });
  });
  it('takes the password from the URL, then PGPASSWORD, then the password file', async () => {
    await writeFile(join(home, '.pgpass'), 'one:5432:*:u:from-file\n', { mode: 0o600 });
    const password = async (given: string, env: Record<string, string>) =>
      (await locate(given, env)).password?.reveal();
    expect(await password('postgres://u:from-url@one', { PGPASSWORD: 'from-env' })).toBe('from-url');
    expect(await password('postgres://u@one', { PGPASSWORD: 'from-env' })).toBe('from-env');
    expect(await password('postgres://u@one', {})).toBe('from-file');
    expect(await password('postgres://u@two', {})).toBeUndefined();
  });
  it('reads a service, which ranks below the URL and above PG*', async () => {
    await writeFile(
      join(home, '.pg_service.conf'),
      '# x\n[other]\nhost=no\n[prod]\nhost=svc\nport=7000\n[prod]\nport=1\n',
    );
    expect(await locate('service=prod port=8000', { PGHOST: 'env', PGUSER: 'u' })).toMatchObject({
      host: 'svc',
      port: 8000,
      user: 'u',
    });
    expect(await locate(null, { PGSERVICE: 'prod' })).toMatchObject({ host: 'svc', port: 7000 });
    await expect(locate('service=nope', {})).rejects.toMatchObject({ code: 'BAD_URL' });
    await expect(locate('service=nope', { PGSERVICEFILE: join(home, 'none') })).rejects.toMatchObject({
      code: 'FILE_NOT_READABLE',
    });
  });
});

describe('the password file', () => {
  const target = { host: 'h', port: 5432, database: 'd:b', user: 'u' };
  it.each([
    ['h:5432:d\\:b:u:secret', 'secret'],
    ['*:*:*:*:secret', 'secret'],
    ['h:*:*:u:a:b:c', 'a:b:c'],
    ['h:*:*:u:a\\:b\\\\', 'a:b\\'],
    ['# h:*:*:u:no\nh:1:*:u:no\nh:*:*:u:yes\nh:*:*:u:later', 'yes'],
    ['h:*:*:u:with blank ', 'with blank '],
    ['\\*:*:*:*:no', null],
    ['h:*:*:other:no', null],
    ['h:*:*', null],
    ['', null],
  ])('%j gives %j', (text, password) => {
    expect(matchPassFile(text, target)).toBe(password);
  });
  it('lets localhost stand for the default socket', () => {
    expect(matchPassFile('localhost:*:*:*:x', { ...target, host: '/var/run/postgresql' })).toBe('x');
  });
  it.skipIf(process.platform === 'win32')('is not used when others may read it', async () => {
    const file = join(home, 'loose');
    await writeFile(file, '*:*:*:*:x');
    await chmod(file, 0o644);
    const found = await withPassFile(parseConnectionInput('postgres://h'), { env: { PGPASSFILE: file } });
    expect(found.password).toBeNull();
    expect(found.notes.join()).toContain('0600');
    await chmod(file, 0o600);
    expect(
      (
        await withPassFile(parseConnectionInput('postgres://h'), { env: { PGPASSFILE: file } })
      ).password?.reveal(),
    ).toBe('x');
  });
});

describe('parseServiceFile', () => {
  it('gives null for a service that is not there', () => {
    expect(parseServiceFile('[a]\nhost=h', 'b')).toBeNull();
    expect(parseServiceFile('[a]\n host = h \r\n', 'a')?.values.get('host')).toBe('h');
  });
});
