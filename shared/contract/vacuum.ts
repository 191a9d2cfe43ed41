import type { Insight } from '../model/insight.ts';
import type { VacuumOverview } from '../model/vacuum.ts';
import { base, output } from './base.ts';
import { insightInput } from './insight.ts';

export const vacuum = {
  overview: base.input(insightInput).output(output<Insight<VacuumOverview>>()),
};
