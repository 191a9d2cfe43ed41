import { z } from 'zod';
import type { IndexDetail, IndexOverview } from '../model/indexes.ts';
import { base, connectionId, output } from './base.ts';

export const indexes = {
  /** Totals, worst tables and all indexes as columns, from the facts of the last audit (collected now if there is none). */
  overview: base.input(z.strictObject({ connectionId })).output(output<IndexOverview>()),
  /** Definition and usage of one index. */
  detail: base.input(z.strictObject({ connectionId, oid: z.int().positive() })).output(output<IndexDetail>()),
};
