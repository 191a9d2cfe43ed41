import { z } from 'zod';
import { type AuditDiff, HISTORY_RANGES, type HistoryOverview } from '../model/history.ts';
import type { Insight } from '../model/insight.ts';
import { base, connectionId, output } from './base.ts';
import { insightInput } from './insight.ts';

export const SAMPLE_SECONDS = [0, 15, 60, 300, 900] as const;

export const history = {
  /** Audits so far, trends over the range, and how long what runs out will last. */
  overview: base
    .input(insightInput.extend({ range: z.enum(HISTORY_RANGES) }))
    .output(output<Insight<HistoryOverview>>()),
  /** What changed between two audits. NOT_FOUND where one is not kept any more. */
  diff: base
    .input(z.strictObject({ connectionId, older: z.int().positive(), newer: z.int().positive() }))
    .output(output<AuditDiff>()),
  /** How often samples are taken while this database is connected; 0 = never. */
  setSampling: base
    .input(z.strictObject({ connectionId, seconds: z.literal([...SAMPLE_SECONDS]) }))
    .output(output<null>()),
};
