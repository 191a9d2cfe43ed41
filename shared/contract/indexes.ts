import { z } from 'zod';
import type { IndexDetail, IndexOverview, IndexRow, RemovalPlan } from '../model/indexes.ts';
import type { GridPage, Insight } from '../model/insight.ts';
import { base, connectionId, output } from './base.ts';
import { gridInput, insightInput } from './insight.ts';

export const INDEX_VIEWS = ['all', 'unused', 'removable', 'rare', 'used', 'invalid'] as const;

export const indexes = {
  /** Totals, worst tables, families and missing indexes. */
  overview: base.input(insightInput).output(output<Insight<IndexOverview>>()),
  list: base.input(gridInput.extend({ view: z.enum(INDEX_VIEWS) })).output(output<GridPage<IndexRow>>()),
  /** Definition and usage of one index. NOT_FOUND where it is gone. */
  detail: base.input(z.strictObject({ connectionId, oid: z.int().positive() })).output(output<IndexDetail>()),
  /** SQL that drops what was never scanned and may go, the SQL that builds it again, and what stays and why. */
  removalPlan: base.input(z.strictObject({ connectionId })).output(output<RemovalPlan>()),
  /** Remembers that the user has looked at the standbys. */
  confirmStandbys: base.input(z.strictObject({ connectionId })).output(output<null>()),
};
