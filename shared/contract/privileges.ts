import { z } from 'zod';
import type { Insight } from '../model/insight.ts';
import { MONITORING_CHOICES, type MonitoringScript, type PrivilegesOverview } from '../model/privileges.ts';
import { base, connectionId, output } from './base.ts';
import { insightInput } from './insight.ts';

export const privileges = {
  /** What the role of this connection is and may read, and which checks miss what it may not. */
  overview: base.input(insightInput).output(output<Insight<PrivilegesOverview>>()),
  /** A psql script for a role that may only look, for this server. BAD_INPUT for a name that no role can have. */
  script: base
    .input(
      z.strictObject({
        connectionId,
        name: z.string().max(200),
        choices: z.array(z.enum(MONITORING_CHOICES)).max(MONITORING_CHOICES.length),
      }),
    )
    .output(output<MonitoringScript>()),
};
