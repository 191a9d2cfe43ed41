import { expect, test } from 'vitest';
import { type PaletteEntry, rankEntries } from './palette-entries.ts';

const entry = (title: string, group: PaletteEntry['group'] = 'Objects', hint?: string): PaletteEntry => ({
  id: title,
  group,
  title,
  run: () => undefined,
  ...(hint === undefined ? {} : { hint }),
});
const titles = (entries: readonly PaletteEntry[], typed: string) =>
  rankEntries(entries, typed).map((e) => e.title);

test('starts of titles come before starts of words and the middle of words', () => {
  const entries = [entry('reposts'), entry('scheduled_posts'), entry('posts')];
  expect(titles(entries, 'posts')).toEqual(['posts', 'scheduled_posts', 'reposts']);
});

test('every word must match, in the title or the hint', () => {
  const entries = [entry('idx_a', 'Objects', 'channels'), entry('idx_b', 'Objects', 'users')];
  expect(titles(entries, 'idx chan')).toEqual(['idx_a']);
  expect(titles(entries, 'nothing')).toEqual([]);
});

test('shows no objects before something is typed, and never a list without end', () => {
  const many = Array.from({ length: 5000 }, (_, i) => entry(`t${i}`));
  expect(titles([...many, entry('Overview', 'Pages')], ' ')).toEqual(['Overview']);
  expect(titles(many, 't')).toHaveLength(40);
});
