import { z } from 'zod';
import type { Insight } from '../model/insight.ts';
import type { MatviewDetail, MatviewsOverview } from '../model/matviews.ts';
import { base, connectionId, output } from './base.ts';
import { insightInput } from './insight.ts';

export const matviews = {
  /** Every materialized view, and those that should be there and are not. */
  overview: base.input(insightInput).output(output<Insight<MatviewsOverview>>()),
  /** Definition, dependants and how to refresh. NOT_FOUND where it is gone. */
  detail: base
    .input(z.strictObject({ connectionId, oid: z.int().positive() }))
    .output(output<MatviewDetail>()),
  /** Which matviews this database should have: names, with their schema where it is not public. */
  setExpected: base
    .input(z.strictObject({ connectionId, names: z.array(z.string().min(1).max(130)).max(500) }))
    .output(output<null>()),
};
