import type { SettingRow } from '#shared/model/settings.ts';

/** In words, for the table and the drawer. */
export function stateOf({ waitsFor, isChanged, value }: SettingRow): string {
  if (waitsFor !== null) return `waits for ${waitsFor}`;
  if (value === null) return 'hidden';
  return isChanged ? 'changed' : 'as shipped';
}
