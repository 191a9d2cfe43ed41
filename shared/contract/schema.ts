import type { Insight } from '../model/insight.ts';
import type { SchemaOverview } from '../model/schema.ts';
import { base, output } from './base.ts';
import { insightInput } from './insight.ts';

export const schema = {
  overview: base.input(insightInput).output(output<Insight<SchemaOverview>>()),
};
