import { z } from 'zod';
import type { Insight } from '../model/insight.ts';
import type { SettingsDiff, SettingsOverview } from '../model/settings.ts';
import { base, connectionId, output } from './base.ts';
import { insightInput } from './insight.ts';

export const machine = z.strictObject({
  memoryGb: z.number().min(0.25).max(65_536),
  cpus: z.int().min(1).max(4_096),
  disk: z.enum(['ssd', 'hdd', 'network']),
  workload: z.enum(['web', 'mixed', 'analytics']),
});

export const settings = {
  /** Every setting with its origin, and advice for the machine that the user described. */
  overview: base.input(insightInput).output(output<Insight<SettingsOverview>>()),
  /** Remembers RAM, CPUs, disk and workload of this server. */
  setMachine: base.input(z.strictObject({ connectionId, machine })).output(output<null>()),
  /** Settings that differ between two open connections. */
  diff: base
    .input(z.strictObject({ connectionId, otherConnectionId: connectionId }))
    .output(output<SettingsDiff>()),
};
