import type { Insight } from '../model/insight.ts';
import type { ActivityOverview } from '../model/activity.ts';
import { base, output } from './base.ts';
import { insightInput } from './insight.ts';

export const activity = {
  overview: base.input(insightInput).output(output<Insight<ActivityOverview>>()),
};
