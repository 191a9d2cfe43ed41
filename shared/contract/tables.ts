import { z } from 'zod';
import type { TableName, TableSize } from '../model/tables.ts';
import { base, connectionId, output } from './base.ts';

export const tables = {
  /** The largest relations of the last audit's facts, heap, indexes and TOAST apart; largest first. */
  largest: base
    .input(z.strictObject({ connectionId, limit: z.int().min(1).max(200) }))
    .output(output<readonly TableSize[]>()),
  /** Tables whose name holds the typed words, for the palette; at most 40. */
  search: base
    .input(z.strictObject({ connectionId, text: z.string().min(1).max(200) }))
    .output(output<readonly TableName[]>()),
};
