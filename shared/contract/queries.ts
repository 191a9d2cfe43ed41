import type { Insight } from '../model/insight.ts';
import type { QueriesOverview } from '../model/queries.ts';
import { base, output } from './base.ts';
import { insightInput } from './insight.ts';

export const queries = {
  overview: base.input(insightInput).output(output<Insight<QueriesOverview>>()),
};
