import type { Insight } from '../model/insight.ts';
import type { SecurityOverview } from '../model/security.ts';
import { base, output } from './base.ts';
import { insightInput } from './insight.ts';

export const security = {
  overview: base.input(insightInput).output(output<Insight<SecurityOverview>>()),
};
