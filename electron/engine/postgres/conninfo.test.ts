import { expect, test } from 'vitest';
import { conninfoOf } from './conninfo.ts';
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
