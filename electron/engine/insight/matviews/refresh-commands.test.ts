import { expect, it } from 'vitest';
import { refreshesIn } from './refresh-commands.ts';

const named = (command: string) =>
  refreshesIn(command, ['app', 'public']).map(({ schema, name, searchPath, fills, isAlone }) => [
    schema ?? searchPath.join(),
    name,
    fills,
    isAlone,
  ]);

it.each([
  ['REFRESH MATERIALIZED VIEW Daily', [['app,public', 'daily', true, true]]],
  ['refresh materialized view concurrently Sales."Daily" with data;', [['sales', 'Daily', true, true]]],
  ['REFRESH MATERIALIZED VIEW db.sales.daily', [['sales', 'daily', true, true]]],
  [
    'REFRESH /* a; b */ MATERIALIZED\n-- x\nVIEW "concurrently"',
    [['app,public', 'concurrently', true, true]],
  ],
  ['REFRESH MATERIALIZED VIEW a WITH NO DATA', [['app,public', 'a', false, true]]],
  ['REFRESH MATERIALIZED VIEW "no"', [['app,public', 'no', true, true]]],
  [
    'SELECT 1; REFRESH MATERIALIZED VIEW a; REFRESH MATERIALIZED VIEW x.b',
    [
      ['app,public', 'a', true, false],
      ['x', 'b', true, false],
    ],
  ],
  [`SET search_path = "Own", 'it''s'; REFRESH MATERIALIZED VIEW a`, [["Own,it's", 'a', true, false]]],
  ["SELECT 'REFRESH MATERIALIZED VIEW a'", []],
  ['DO $$ BEGIN REFRESH MATERIALIZED VIEW a; END $$', []],
  ['REFRESH MATERIALIZED VIEW', []],
  ['REFRESH PUBLICATION a', []],
] as const)('%s', (command, expected) => expect(named(command)).toEqual(expected));
