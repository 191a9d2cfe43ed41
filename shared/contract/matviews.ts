import type { Insight } from '../model/insight.ts';
import type { MatviewsOverview } from '../model/matviews.ts';
import { base, output } from './base.ts';
import { insightInput } from './insight.ts';

export const matviews = {
  overview: base.input(insightInput).output(output<Insight<MatviewsOverview>>()),
};
