import { z } from 'zod';
import type { TableSize } from '../model/tables.ts';
import { base, connectionId, output } from './base.ts';

export const tables = {
  /** The largest relations of the last audit's facts, heap, indexes and TOAST apart; largest first. */
  largest: base
    .input(z.strictObject({ connectionId, limit: z.int().min(1).max(200) }))
    .output(output<readonly TableSize[]>()),
};
