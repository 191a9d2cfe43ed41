import { expect, test } from 'vitest';
import type { HbaRule } from '#shared/model/facts.ts';
import { hbaLine, listensLocallyOnly, reachOf, shadowedBy } from './hba-rules.ts';

/** As pg_hba_file_rules prints it: "type databases users address netmask method options". */
function rule(text: string, lineNumber = 1): HbaRule {
  const [type = '', databases = '', users = '', ...rest] = text.split(' ');
  const [address = null, netmask = null] = type === 'local' ? [] : [rest.shift(), rest.shift()];
  const [method = null, ...options] = rest;
  return {
    lineNumber,
    fileName: null,
    type,
    databases: databases.split(','),
    users: users.split(','),
    address,
    netmask: netmask === '-' ? null : netmask,
    method,
    options,
    error: null,
  };
}

test.each([
  ['local all all trust', 'socket'],
  ['host all all 127.0.0.1 255.255.255.255 trust', 'loopback'],
  ['host all all 127.0.0.0 255.0.0.0 trust', 'loopback'],
  ['host all all ::1 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff trust', 'loopback'],
  ['host all all samehost - trust', 'loopback'],
  ['host all all localhost - trust', 'loopback'],
  ['host all all 10.0.0.0 255.0.0.0 trust', 'network'],
  ['host all all samenet - trust', 'network'],
  ['host all all db.example.com - trust', 'network'],
  ['host all all 0.0.0.0 0.0.0.0 trust', 'anywhere'],
  ['host all all :: :: trust', 'anywhere'],
  ['host all all 127.0.0.1 0.0.0.0 trust', 'anywhere'],
  ['host all all ::1 :: trust', 'anywhere'],
  ['host all all ::1 ffff:ffff:ffff:ffff:: trust', 'network'],
  ['host all all 127.0.0.1 127.0.0.0 trust', 'network'],
  ['host all all all - trust', 'anywhere'],
  ['host all all 0.0.0.0 128.0.0.0 trust', 'network'],
])('%s reaches %s', (text, reach) => {
  expect(reachOf(rule(text))).toBe(reach);
});

test.each([
  ['host app,web all 10.1.0.0 255.255.0.0 scram-sha-256', 'host app,web all 10.1.0.0/16 scram-sha-256'],
  ['host all all ::1 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff md5', 'host all all ::1/128 md5'],
  ['host all all fe80:: ffc0:: md5', 'host all all fe80::/10 md5'],
  ['hostssl all bob all - cert map=m', 'hostssl all bob all cert map=m'],
  ['local all all peer', 'local all all peer'],
])('%s reads %s', (text, line) => {
  expect(hbaLine(rule(text))).toBe(line);
});

test.each([
  ['localhost', true],
  ['127.0.0.1, ::1', true],
  ['', true],
  ['*', false],
  ['localhost,10.0.0.5', false],
  ['0.0.0.0', false],
])('listen_addresses %j is local only: %s', (addresses, expected) => {
  expect(listensLocallyOnly(addresses)).toBe(expected);
});

test('an unknown listen_addresses may be anything', () => {
  expect(listensLocallyOnly(undefined)).toBe(false);
});

const TRUST = 'host app bob 10.1.0.0 255.255.0.0 trust';

test.each([
  ['host all all 0.0.0.0 0.0.0.0 reject', TRUST],
  ['host app,web bob,eve 10.1.0.0 255.255.0.0 scram-sha-256', TRUST],
  ['host all all all - reject', TRUST],
  ['host all all 10.1.0.0 255.255.0.0 reject', 'hostssl app bob 10.1.0.0 255.255.0.0 trust'],
  ['local all all peer', 'local app bob trust'],
  ['host all all 0.0.0.0 0.0.0.0 reject', 'host app bob 0.0.0.0 0.0.0.0 trust'],
])('%s hides %s', (earlier, later) => {
  expect(shadowedBy([rule(earlier), rule(later)], 1)).toBe(0);
});

test.each([
  ['hostssl all all 0.0.0.0 0.0.0.0 reject', TRUST],
  ['host other all 0.0.0.0 0.0.0.0 reject', TRUST],
  ['host all eve 0.0.0.0 0.0.0.0 reject', TRUST],
  ['host all +staff 0.0.0.0 0.0.0.0 reject', TRUST],
  ['host all all :: :: reject', TRUST],
  ['host all all 10.1.2.0 255.255.255.0 reject', TRUST],
  ['host all all 0.0.0.0 0.0.0.0 reject', 'host app bob db.example.com - trust'],
  ['host all all 0.0.0.0 0.0.0.0 reject', 'host replication bob 10.1.0.0 255.255.0.0 trust'],
])('%s does not hide %s', (earlier, later) => {
  expect(shadowedBy([rule(earlier), rule(later)], 1)).toBe(-1);
});

test('only earlier rules, and none with an error', () => {
  const all = rule('host all all 0.0.0.0 0.0.0.0 reject');
  expect(shadowedBy([rule(TRUST), all], 0)).toBe(-1);
  expect(shadowedBy([{ ...all, error: 'invalid' }, rule(TRUST)], 1)).toBe(-1);
});
