import { z } from 'zod';
import type { HistoryPoint } from '../model/history.ts';
import type { GridPage, Insight } from '../model/insight.ts';
import type { RelationDetail, RelationRow, StatisticsOverview } from '../model/statistics.ts';
import { base, connectionId, output } from './base.ts';
import { gridInput, insightInput } from './insight.ts';

export const categoryDefinition = z.strictObject({
  name: z.string().min(1).max(60),
  patterns: z.array(z.string().min(1).max(130)).max(500),
});

export const statistics = {
  /** Sizes, categories, and what the server did between two readings. */
  overview: base.input(insightInput).output(output<Insight<StatisticsOverview>>()),
  /** Every table and matview with its sizes and use. */
  list: base
    .input(gridInput.extend({ category: z.string().max(130).nullable() }))
    .output(output<GridPage<RelationRow>>()),
  /** One of them, with its columns and indexes; NOT_FOUND where it is gone. */
  relation: base
    .input(z.strictObject({ connectionId, oid: z.int().positive() }))
    .output(output<RelationDetail>()),
  /** Sizes of a database of this server in bytes, by the samples of the last 30 days; of any that was sampled. */
  growth: base
    .input(z.strictObject({ connectionId, databaseOid: z.int().positive() }))
    .output(output<readonly HistoryPoint[]>()),
  /** Which tables belong together, by the user; null = by schemas and names again. */
  setCategories: base
    .input(z.strictObject({ connectionId, categories: z.array(categoryDefinition).max(100).nullable() }))
    .output(output<null>()),
};
