import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { DEFAULT_PASSWORDS, guessPassword, isDefaultPassword, verifierKind } from './passwords.ts';

const never = (): boolean => false;
// The example of RFC 7677: password "pencil", 4,096 iterations; StoredKey and ServerKey follow from it.
const PENCIL =
  'SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=';

it('knows kinds of verifiers by their form', () => {
  expect(verifierKind(PENCIL)).toBe('scram-sha-256');
  expect(verifierKind(`md5${'a'.repeat(32)}`)).toBe('md5');
  expect(verifierKind(null)).toBe('none');
  expect(verifierKind('plain text of an ancient server')).toBe('other');
});

it('finds the password of the RFC example by the name of its role or database only', async () => {
  expect(await guessPassword(PENCIL, 'pencil', [], never)).toBe('role-name');
  expect(await guessPassword(PENCIL, 'alice', ['x', 'pencil'], never)).toBe('database-name');
  expect(await guessPassword(PENCIL, 'alice', ['x'], never)).toBeNull();
});

it('md5 includes the role, and damaged verifiers match nothing', async () => {
  const md5 = (password: string, role: string): string =>
    `md5${createHash('md5')
      .update(password + role)
      .digest('hex')}`;
  expect(await guessPassword(md5('secret', 'bob'), 'bob', [], never)).toBe('default');
  expect(await guessPassword(md5('secret', 'bob'), 'eve', [], never)).toBeNull();
  expect(await guessPassword('md5nonsense', 'bob', [], never)).toBeNull();
});

it('says that it does not know when it has to stop', async () => {
  let asked = 0;
  expect(await guessPassword(PENCIL, 'alice', [], () => (asked += 1) > 3)).toBeUndefined();
});

it('lists at most 40 defaults, each once', () => {
  expect(DEFAULT_PASSWORDS.length).toBeLessThanOrEqual(40);
  expect(new Set(DEFAULT_PASSWORDS).size).toBe(DEFAULT_PASSWORDS.length);
  expect([
    isDefaultPassword('change_me'),
    isDefaultPassword('Change_Me'),
    isDefaultPassword('kX9-other'),
  ]).toEqual([true, true, false]);
});
