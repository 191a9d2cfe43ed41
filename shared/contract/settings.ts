import type { Insight } from '../model/insight.ts';
import type { SettingsOverview } from '../model/settings.ts';
import { base, output } from './base.ts';
import { insightInput } from './insight.ts';

export const settings = {
  overview: base.input(insightInput).output(output<Insight<SettingsOverview>>()),
};
