import type { Insight } from '../model/insight.ts';
import type { StatisticsOverview } from '../model/statistics.ts';
import { base, output } from './base.ts';
import { insightInput } from './insight.ts';

export const statistics = {
  overview: base.input(insightInput).output(output<Insight<StatisticsOverview>>()),
};
