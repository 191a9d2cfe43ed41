import { expect, test } from 'vitest';
import type { HbaRule } from '#shared/model/facts.ts';
import { type Arrival, ruleOf } from './hba-match.ts';
import { addressBytes } from './network-address.ts';

/** As pg_hba_file_rules prints it: "type databases users address netmask method". */
function rules(...texts: string[]): HbaRule[] {
  return texts.map((text, at) => {
    const [type = '', databases = '', users = '', ...rest] = text.split(' ');
    const [address = null, netmask = null] = type === 'local' ? [] : [rest.shift(), rest.shift()];
    return {
      lineNumber: at + 1,
      fileName: null,
      type,
      databases: databases.split(','),
      users: users.split(','),
      address,
      netmask: netmask === '-' ? null : netmask,
      method: rest[0] ?? null,
      options: [],
      error: null,
    };
  });
}

const ANNA: Arrival = {
  role: 'anna',
  database: 'shop',
  address: '10.1.2.3',
  usesTls: false,
  isMemberOf: (role) => ['anna', 'staff'].includes(role),
};
const LAST = 'host all all all - md5';

test.each<[string, Partial<Arrival>, boolean]>([
  ['host all all 10.1.0.0 255.255.0.0 md5', {}, true],
  ['host all all 10.2.0.0 255.255.0.0 md5', {}, false],
  ['host all all 10.1.2.9 255.255.255.248 md5', { address: '10.1.2.15' }, true],
  ['host all all 10.1.2.9 255.255.255.248 md5', { address: '10.1.2.16' }, false],
  ['host all all 9.9.9.9 0.0.0.0 md5', {}, true],
  ['host all all :: :: md5', {}, false],
  ['host all all :: :: md5', { address: '2001:db8::7' }, true],
  ['host all all 2001:db8:: ffff:ffff:: md5', { address: '2001:db8:1::7' }, true],
  ['host all all 2001:db8:: ffff:ffff:: md5', { address: '2001:db9::7' }, false],
  ['host all all fe80:: ffc0:: md5', { address: 'febf::1' }, true],
  ['host all all fe80:: ffc0:: md5', { address: 'fec0::1' }, false],
  ['host all all samehost - md5', { address: '127.0.0.1' }, true],
  ['host all all samenet - md5', { address: '127.9.0.1' }, true],
  ['local all all md5', {}, false],
  ['local all all md5', { address: null }, true],
  ['host all all all - md5', { address: null }, false],
  ['hostssl all all all - md5', {}, false],
  ['hostssl all all all - md5', { usesTls: true }, true],
  ['hostnossl all all all - md5', { usesTls: true }, false],
  ['hostgssenc all all all - md5', { usesTls: true }, false],
  ['hostnogssenc all all all - md5', { usesTls: true }, true],
  ['host shop,stock anna,bob all - md5', {}, true],
  ['host stock anna all - md5', {}, false],
  ['host Shop anna all - md5', {}, false],
  ['host replication all all - md5', {}, false],
  ['host sameuser all all - md5', {}, false],
  ['host sameuser all all - md5', { database: 'anna' }, true],
  ['host samerole all all - md5', { database: 'staff' }, true],
  ['host samerole all all - md5', {}, false],
  ['host all +staff all - md5', {}, true],
  ['host all +boss all - md5', {}, false],
  ['host all +boss,anna all - md5', {}, true],
])('%s for %j: %s', (text, arrival, fits) => {
  const found = ruleOf(rules(text, LAST, 'local all all peer'), { ...ANNA, ...arrival });
  expect(found?.lineNumber === 1).toBe(fits);
  expect(found).not.toBeNull();
});

test.each([
  'host all all db.example.com - md5',
  'host all all samehost - md5',
  'host all all samenet - md5',
  'host all /^an all - md5',
  'host /^sh all all - md5',
  'hostgssenc all all all - md5',
  'hostnogssenc all all all - md5',
])('%s cannot be told, unless it does not fit anyway or comes too late', (text) => {
  expect(ruleOf(rules(text, LAST), ANNA)).toBeNull();
  const ofOthers = text.replace(/^(\S+) \S+/, '$1 other');
  expect(ruleOf(rules(ofOthers, LAST), ANNA)?.lineNumber).toBe(2);
  expect(ruleOf(rules(LAST, text), ANNA)?.lineNumber).toBe(1);
});

test('none fits, or the file is not what is in force', () => {
  expect(ruleOf(rules('local all all peer'), ANNA)).toBeNull();
  const [rule] = rules(LAST);
  const broken: HbaRule[] = rule ? [rule, { ...rule, method: null, error: 'invalid' }] : [];
  expect(ruleOf(broken, ANNA)).toBeNull();
});

test.each<[string, readonly number[] | null]>([
  ['127.0.0.1', [127, 0, 0, 1]],
  ['::1', [...Array<number>(15).fill(0), 1]],
  ['::', Array<number>(16).fill(0)],
  ['ffff::', [255, 255, ...Array<number>(14).fill(0)]],
  ['1:2:3:4:5:6:7:8', [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8]],
  ['::ffff:10.0.0.1', [...Array<number>(10).fill(0), 255, 255, 10, 0, 0, 1]],
  ['256.0.0.1', null],
  ['10.0.0', null],
  ['1:2:3', null],
  ['1::2::3', null],
  ['fe80::1%eth0', null],
  ['db.example.com', null],
])('%s in bytes', (text, bytes) => {
  expect(addressBytes(text)).toEqual(bytes);
});
