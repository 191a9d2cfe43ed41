import { getContrastRatio } from '@mui/material/styles';
import { describe, expect, test } from 'vitest';
import { DARK, LIGHT } from './palette.ts';
import { theme } from './theme.ts';

describe.each([
  ['light', LIGHT],
  ['dark', DARK],
] as const)('%s', (mode, colors) => {
  const scheme = theme.colorSchemes[mode];
  if (!scheme) throw new Error(`no ${mode} scheme`);
  const { background, text, primary } = scheme.palette;
  // Dark cards carry the marks; the page behind them is darker still. Light cards are white on the measured grey.
  const papers = [background.paper, background.default, colors.row.hover];

  test.each(Object.entries(colors.severity))('mark %s: 3:1 on every paper', (_, color) => {
    for (const paper of papers) expect(getContrastRatio(color, paper)).toBeGreaterThanOrEqual(3);
  });

  test.each(Object.entries(colors.series))('chart series %s: 3:1', (_, color) => {
    expect(getContrastRatio(color, background.paper)).toBeGreaterThanOrEqual(3);
  });

  test('words: 4.5:1 wherever they stand', () => {
    const grounds = [...papers, colors.row.active, colors.notice.background];
    for (const ground of grounds) {
      expect(getContrastRatio(text.primary, ground)).toBeGreaterThanOrEqual(4.5);
      expect(getContrastRatio(text.secondary, ground)).toBeGreaterThanOrEqual(4.5);
    }
    expect(getContrastRatio(primary.contrastText, primary.main)).toBeGreaterThanOrEqual(4.5);
    expect(getContrastRatio(primary.contrastText, primary.dark)).toBeGreaterThanOrEqual(4.5);
    const { background: ground, ...kinds } = colors.syntax;
    for (const color of Object.values(kinds))
      expect(getContrastRatio(color, ground)).toBeGreaterThanOrEqual(4.5);
  });
});
