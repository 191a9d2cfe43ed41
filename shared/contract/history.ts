import type { Insight } from '../model/insight.ts';
import type { HistoryOverview } from '../model/history.ts';
import { base, output } from './base.ts';
import { insightInput } from './insight.ts';

export const history = {
  overview: base.input(insightInput).output(output<Insight<HistoryOverview>>()),
};
