import { describe, expect, it } from 'vitest';
import { EngineError } from '../errors.ts';
import { describeTarget } from './target.ts';
import { parseConnectionInput } from './url.ts';

const parse = (text: string) => parseConnectionInput(text, { osUser: 'me' });

describe('every form a user may paste names the same target', () => {
  const forms: readonly string[] = [
    'postgres://u:secret@db.example:6432/app',
    'postgresql://u:secret@db.example:6432/app',
    'POSTGRESQL://u:secret@db.example:6432/app',
    'postgresql+asyncpg://u:secret@db.example:6432/app',
    'postgresql+psycopg://u:secret@db.example:6432/app',
    'postgresql+psycopg2://u:secret@db.example:6432/app',
    'postgis://u:secret@db.example:6432/app',
    'pgsql://u:secret@db.example:6432/app',
    'jdbc:postgresql://db.example:6432/app?user=u&password=secret',
    'jdbc:postgresql://u:secret@db.example:6432/app',
    'postgresql://db.example:6432/app?user=u&password=secret',
    'postgresql:///app?host=db.example&port=6432&user=u&password=secret',
    'postgresql://u:secret@db.example:6432/app?schema=public&connection_limit=5&pgbouncer=true',
    'host=db.example port=6432 dbname=app user=u password=secret',
    "host = 'db.example' port=6432   dbname='app' user=u password='secret'",
    "host='db.example'\nport='6432'\ndbname='app' user=u password=secret\n",
    'u:secret@db.example:6432/app',
    '  "postgresql://u:secret@db.example:6432/app"  ',
    'DATABASE_URL=postgres://u:secret@db.example:6432/app',
    'export DATABASE_URL="postgres://u:secret@db.example:6432/app"',
    "psql 'postgresql://u:secret@db.example:6432/app'",
    'psql postgresql://u:secret@db.example:6432/app',
    'psql "host=db.example port=6432 dbname=app user=u password=secret"',
    'postgresql://u:secret@db.example:6432,db2.example:5432/app',
    'postgresql://%75:se%63ret@db.example:6432/a%70p',
  ];
  it.each(forms)('%s', (text) => {
    const target = parse(text);
    expect({ ...target, password: target.password?.reveal(), notes: null }).toMatchObject({
      host: 'db.example',
      port: 6432,
      database: 'app',
      user: 'u',
      password: 'secret',
      sslMode: 'prefer',
    });
  });
});

describe('defaults', () => {
  it('are those of libpq, with localhost for the host', () => {
    expect(parse('postgresql://')).toMatchObject({
      host: 'localhost',
      port: 5432,
      database: 'me',
      user: 'me',
      password: null,
      sslMode: 'prefer',
      connectTimeoutMs: 10_000,
    });
    expect(parse('postgres://joe@h')).toMatchObject({ user: 'joe', database: 'joe', host: 'h' });
  });
  it('tell an empty password from none', () => {
    expect(parse('postgres://u:@h/d').password?.reveal()).toBe('');
    expect(parse('postgres://u@h/d').password).toBeNull();
  });
});

describe('hosts', () => {
  it.each([
    ['postgresql://u@[::1]:5433/d', '::1', 5433],
    ['postgresql://u@[2001:db8::7]/d', '2001:db8::7', 5432],
    ['postgresql://u@[fe80::1%25eth0]:1/d', 'fe80::1%eth0', 1],
    ['postgresql://%2Fvar%2Frun%2Fpostgresql/d', '/var/run/postgresql', 5432],
    ['postgresql://u@/d?host=/tmp&port=5444', '/tmp', 5444],
    ['postgresql:///d?host=/cloudsql/proj:europe:inst', '/cloudsql/proj:europe:inst', 5432],
    ['host=/tmp dbname=d', '/tmp', 5432],
    ['postgresql://bücher.example/d', 'bücher.example', 5432],
    ['host=a,b port=1,2 dbname=d', 'a', 1],
    ['jdbc:postgresql:d', 'localhost', 5432],
    ['jdbc:postgresql://h/d', 'h', 5432],
  ])('%s', (text, host, port) => {
    expect(parse(text)).toMatchObject({ host, port, database: 'd' });
  });
  it('keeps the name for certificates when an address is given', () => {
    expect(parse('host=db.example hostaddr=10.0.0.7 dbname=d')).toMatchObject({
      host: 'db.example',
      hostAddress: '10.0.0.7',
    });
  });
  it('says that further hosts are not used', () => {
    expect(parse('postgres://a,b,c/d').notes).toEqual(['Only the first of 3 hosts is used.']);
  });
});

describe('sslmode', () => {
  it.each([
    ['sslmode=disable', 'disable'],
    ['sslmode=allow', 'allow'],
    ['sslmode=verify-ca', 'verify-ca'],
    ['sslmode=VERIFY-FULL', 'verify-full'],
    ['ssl=true', 'require'],
    ['ssl=require', 'require'],
    ['ssl=1', 'require'],
    ['ssl', 'require'],
    ['ssl=false', 'disable'],
    ['ssl=verify-full', 'verify-full'],
    ['ssl=true&sslmode=verify-full', 'verify-full'],
    ['sslmode=verify-full&ssl=true', 'verify-full'],
    ['sslmode=no-verify', 'require'],
    ['sslaccept=strict', 'verify-full'],
    ['sslrootcert=system', 'verify-full'],
    ['', 'prefer'],
  ])('%s means %s', (query, mode) => {
    expect(parse(`postgres://h/d?${query}`).sslMode).toBe(mode);
  });
  it.each(['sslmode=off', 'ssl=maybe', 'sslrootcert=system&sslmode=require'])('refuses %s', (query) => {
    expect(() => parse(`postgres://h/d?${query}`)).toThrow(EngineError);
  });
});

describe('notes', () => {
  it('name what other programs use, and not what is unknown', () => {
    const { notes } = parse('postgresql+asyncpg://h/d?schema=public&connection_limit=5&blub=1');
    expect(notes).toEqual([
      'The driver suffix +asyncpg is not needed here.',
      'Meant for other programs and ignored: schema, connection_limit.',
      'One parameter is unknown to PgVitals and was ignored.',
    ]);
  });
});

describe('passwords', () => {
  it('are never in what is printed or thrown', () => {
    const secret = 'S3cr3t-canary';
    const broken = [
      `postgres://u:${secret}`,
      `postgres://u:${secret}/d`,
      `postgres://u:a ${secret}@h:port/d`,
      `postgres://u:${secret}@h:99999/d`,
      `postgres://u:${secret}@h/d?sslmode=bad`,
      `postgres://u:${secret}@[::1/d`,
      `postgres://u:${secret}@h o s t/d`,
      `mysql://u:${secret}@h/d`,
      `jdbc:mysql://u:${secret}@h/d`,
      `nonsense://u:${secret}@h/d`,
      `host=h password=a ${secret}`,
      `host=h password='a ${secret}`,
      `u:${secret}`,
      secret,
      `postgres://u:${secret}@h:1:2/d`,
      `postgres://u:${secret}@h/d%00`,
    ];
    for (const text of broken) {
      let thrown: unknown = null;
      try {
        parse(text);
      } catch (error) {
        thrown = error;
      }
      if (!(thrown instanceof EngineError)) throw new Error(`accepted: ${text}`);
      expect([text, thrown.code]).toEqual([text, 'BAD_URL']);
      expect(`${thrown.message} ${thrown.nextStep}`).not.toContain(secret);
      expect(thrown.message.split('\n')).toHaveLength(1);
    }
    const target = parse(`postgres://u:${secret}@h/d?blub=${secret}`);
    expect(describeTarget(target)).toBe('postgresql://u@h:5432/d');
    expect(JSON.stringify(target)).not.toContain(secret);
    expect(target.notes.join()).not.toContain(secret);
  });
});

describe('bad input', () => {
  it.each([
    '',
    '   ',
    'not-a-url',
    'http://example.com',
    'postgres://h:0/d',
    'postgres://h/d\0',
    'x'.repeat(9000),
  ])('is BAD_URL with a next step: %s', (text) => {
    expect(() => parse(text)).toThrow(
      expect.objectContaining({ code: 'BAD_URL', nextStep: expect.any(String) }),
    );
  });
  it('tells whose URL it is', () => {
    expect(() => parse('mongodb+srv://h/d')).toThrow('This is a MongoDB URL');
    expect(() => parse('prisma+postgres://accelerate.example/?api_key=x')).toThrow('Prisma');
    expect(() => parse('postgres://u:[YOUR-PASSWORD]@h/d')).toThrow('placeholder');
  });
});

describe('describeTarget', () => {
  it.each([
    ['postgres://u:p@h/d', 'postgresql://u@h:5432/d'],
    ['postgres://u:p@[::1]:5433/d?sslmode=require', 'postgresql://u@[::1]:5433/d?sslmode=require'],
    ['postgres://u:p@/d?host=/tmp', 'postgresql://u@/d?host=%2Ftmp'],
    ['postgres://h/a%20b%2F%22c', 'postgresql://me@h:5432/a%20b%2F%22c'],
  ])('%s', (text, described) => {
    expect(describeTarget(parse(text))).toBe(described);
    expect(parse(described)).toMatchObject({ database: parse(text).database, host: parse(text).host });
  });
});

it('understands the flags that providers print', () => {
  expect(parse('psql -h db.x.example -p 6543 -d postgres -U postgres.ref')).toMatchObject({
    host: 'db.x.example',
    port: 6543,
    database: 'postgres',
    user: 'postgres.ref',
  });
});
