import { z } from 'zod';
import type { ActivityOverview, SessionFixes } from '../model/activity.ts';
import type { Insight } from '../model/insight.ts';
import { base, connectionId, output } from './base.ts';
import { insightInput } from './insight.ts';

export const activity = {
  /** Sessions of all databases, who blocks whom, prepared transactions and running maintenance. */
  overview: base.input(insightInput).output(output<Insight<ActivityOverview>>()),
  /** SQL that cancels or ends one session; names its start, because process ids are used again. NOT_FOUND once it is gone. */
  sessionFixes: base
    .input(z.strictObject({ connectionId, pid: z.int().positive(), backendStartedAt: z.string().max(64) }))
    .output(output<SessionFixes>()),
  /** SQL that ends one prepared transaction. */
  preparedFixes: base
    .input(z.strictObject({ connectionId, gid: z.string().max(200) }))
    .output(output<SessionFixes>()),
};
