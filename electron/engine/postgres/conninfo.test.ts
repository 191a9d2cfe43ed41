import { expect, test } from 'vitest';
import { conninfoOf } from './conninfo.ts';
import { parseHop } from './tunnel/hop.ts';
import { parseConnectionInput } from './url.ts';

function valueOf(keyword: string, url: string, clientVersionNum: number): string | null {
  const conninfo = conninfoOf(parseConnectionInput(url), 'pgvitals/backup:1', clientVersionNum);
  return new RegExp(`(?:^| )${keyword}='((?:[^'\\\\]|\\\\.)*)'`).exec(conninfo)?.[1] ?? null;
}

test('every value is quoted, and the password is none of them', () => {
  const conninfo = conninfoOf(
    parseConnectionInput('postgres://u:secret@h/a%27b%5Cc%20host%3Dx'),
    'name',
    150_000,
  );
  expect(conninfo).toMatch(
    /^dbname='a\\'b\\\\c host=x' host='h' port='5432' user='u' application_name='name' /,
  );
  expect(conninfo).not.toContain('secret');
});

test('how one may log in is told to clients that understand it', () => {
  expect(valueOf('require_auth', 'postgres://u@far/d?require_auth=scram-sha-256', 150_020)).toBeNull();
  expect(valueOf('require_auth', 'postgres://u@far/d?require_auth=scram-sha-256', 160_000)).toBe(
    'scram-sha-256',
  );
});

test('a server that proves nothing does not get the password in clear', () => {
  expect(valueOf('require_auth', 'postgres://u@far/d', 160_000)).toBe('!password');
  expect(valueOf('require_auth', 'postgres://u@127.0.0.1/d', 160_000)).toBeNull();
  expect(valueOf('require_auth', 'postgres://u@far/d?sslmode=verify-full', 160_000)).toBeNull();
});

test('direct TLS is for clients from 17 on; older ones ask first', () => {
  const url = 'postgres://u@far/d?sslnegotiation=direct&sslmode=require';
  expect([valueOf('sslnegotiation', url, 160_016), valueOf('sslnegotiation', url, 170_000)]).toEqual([
    null,
    'direct',
  ]);
});

test('a key with a passphrase is refused', () => {
  const target = parseConnectionInput('postgres://u@far/d?sslkey=/k&sslcert=/c&sslpassword=pass');
  expect(() => conninfoOf(target, 'name', 150_000)).toThrow(/passphrase/);
});

test('through a tunnel libpq goes to its end here, and keeps the name of the server', () => {
  const forward = { host: '127.0.0.1', port: 4711 } as const;
  const of = (url: string): string =>
    conninfoOf({ ...parseConnectionInput(url), ssh: parseHop('me@bastion') }, 'name', 170_000, forward);
  expect(of('postgres://u@db.internal:5433/d?sslmode=verify-full')).toMatch(
    /host='db.internal' hostaddr='127.0.0.1' port='4711' .*sslmode='verify-full'/,
  );
  // What the SSH server passes on to is not proven by our end being near.
  expect(of('postgres://u@db.internal/d')).toContain("require_auth='!password'");
  expect(of('postgres:///d?host=/run/postgresql')).toMatch(/host='localhost' .*sslmode='disable'/);
  expect(() => conninfoOf({ ...parseConnectionInput('u@h'), ssh: parseHop('b') }, 'name')).toThrow(TypeError);
});
