import { expect, test } from 'vitest';
import type { SettingFact } from '#shared/model/facts.ts';
import { serverWideSetting, settingBytes } from './server-settings.ts';

function setting(value: string, unit: string | null, source = 'configuration file'): SettingFact {
  return {
    name: 'work_mem',
    setting: value,
    unit,
    source,
    bootValue: null,
    context: 'user',
    sourceFile: null,
    sourceLine: null,
    pendingRestart: false,
  };
}

test('sizes come in the unit of the setting', () => {
  expect(settingBytes(setting('4096', 'kB'))).toBe(4 * 1024 ** 2);
  expect(settingBytes(setting('16384', '8kB'))).toBe(128 * 1024 ** 2);
  expect(settingBytes(setting('-1', 'kB'))).toBe(-1);
});

test('what is no size, or not there, is unknown', () => {
  expect(settingBytes(setting('100', null))).toBeNull();
  expect(settingBytes(setting('on', 'kB'))).toBeNull();
  expect(settingBytes(undefined)).toBeNull();
});

test("a value of our own role, database or session is not the server's", () => {
  for (const source of ['session', 'client', 'user', 'database', 'database user'])
    expect(serverWideSetting(setting('1', null, source))).toBeNull();
  expect(serverWideSetting(setting('1', null, 'default'))).toBe('1');
});
