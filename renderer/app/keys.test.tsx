import { describe, expect, test } from 'vitest';
import { actionOf } from './keys.ts';

const key = (
  name: string,
  modifiers: Partial<Record<'ctrlKey' | 'metaKey' | 'shiftKey' | 'altKey', boolean>> = {},
) => ({
  key: name,
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  altKey: false,
  ...modifiers,
});

describe('actionOf', () => {
  test.each([
    [key('k', { ctrlKey: true }), { type: 'show', overlay: 'palette' }],
    [key('e', { ctrlKey: true }), { type: 'show', overlay: 'export' }],
    [key('A', { ctrlKey: true, shiftKey: true }), { type: 'audit' }],
    [key('F5'), { type: 'refresh' }],
    [key('f', { ctrlKey: true }), { type: 'filter' }],
    [key('3', { ctrlKey: true }), { type: 'page', index: 2 }],
    [key('?', { shiftKey: true }), { type: 'show', overlay: 'shortcuts' }],
  ])('%o', (event, action) => expect(actionOf(event, false, false)).toEqual(action));

  test.each([
    key('k'),
    key('a', { ctrlKey: true }),
    key('k', { ctrlKey: true, altKey: true }),
    key('F5', { shiftKey: true }),
    key('0', { ctrlKey: true }),
    key('k', { metaKey: true }),
  ])('leaves %o alone', (event) => expect(actionOf(event, false, false)).toBeNull());

  test('a question mark in a field is a question mark', () => {
    expect(actionOf(key('?', { shiftKey: true }), true, false)).toBeNull();
  });

  test('on a Mac the command key counts, not control', () => {
    expect(actionOf(key('k', { metaKey: true }), false, true)).toEqual({ type: 'show', overlay: 'palette' });
    expect(actionOf(key('k', { ctrlKey: true }), false, true)).toBeNull();
  });
});
