import { expect, test } from 'vitest';
import type { RoleFact } from '#shared/model/facts.ts';
import { roleGraph } from './role-graph.ts';

function role(name: string, memberOf: string[] = [], canLogin = false): RoleFact {
  return {
    oid: 1,
    name,
    isSuperuser: false,
    canLogin,
    canCreateRole: false,
    canCreateDatabase: false,
    canReplicate: false,
    bypassesRls: false,
    connectionLimit: -1,
    validUntil: null,
    memberOf,
    isSystem: false,
  };
}

const graph = roleGraph([
  role('writers', ['pg_write_server_files']),
  role('team', ['writers']),
  role('api', ['team'], true),
  role('guest', [], true),
  role('pg_write_server_files'),
]);

test('memberships are followed to the end', () => {
  expect([...graph.reach('api')]).toEqual(['api', 'team', 'writers', 'pg_write_server_files']);
  expect([...graph.reach('guest')]).toEqual(['guest']);
});

test('logins through a role include the role itself', () => {
  expect(graph.loginsThrough('writers').map((r) => r.name)).toEqual(['api']);
  expect(graph.loginsThrough('guest').map((r) => r.name)).toEqual(['guest']);
  expect(graph.loginsThrough('nobody')).toEqual([]);
});

test('a circle ends', () => {
  const circle = roleGraph([role('a', ['b']), role('b', ['a'], true)]);
  expect([...circle.reach('a')]).toEqual(['a', 'b']);
});

test('a chain of 10,000 roles is walked without recursion', () => {
  const chain = Array.from({ length: 10_000 }, (_, i) => role(`r${i}`, i > 0 ? [`r${i - 1}`] : []));
  expect(roleGraph(chain).reach('r9999').size).toBe(10_000);
});
