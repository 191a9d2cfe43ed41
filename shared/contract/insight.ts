import { z } from 'zod';
import { connectionId } from './base.ts';

/** Facts older than this are read again first. Absent: what is in memory will do, whatever its age. */
const maxAgeMs = z.int().min(0).max(86_400_000).optional();

/** What the procedures of pages take at least. */
export const insightInput = z.strictObject({ connectionId, maxAgeMs });

/** A stretch of a list; `GridQuery` of the model. Add a `view` where a page has several lists. */
export const gridInput = z.strictObject({
  connectionId,
  sortBy: z.string().min(1).max(40),
  direction: z.enum(['ascending', 'descending']),
  filter: z.string().max(400),
  offset: z.int().min(0),
  limit: z.int().min(1).max(5_000),
});
