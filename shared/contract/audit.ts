import { eventIterator } from '@orpc/contract';
import { z } from 'zod';
import type { Audit, AuditEvent, CheckInfo } from '../model/audit.ts';
import { base, connectionId, output } from './base.ts';

export const audit = {
  /** Collects, checks and grades; findings arrive as checks finish. Abort ends the reading on the server too. */
  run: base.input(z.strictObject({ connectionId })).output(eventIterator(output<AuditEvent>())),
  /** The last audit of this connection in this process, or null. */
  latest: base.input(z.strictObject({ connectionId })).output(output<Audit | null>()),
  /** Every check with its rule, reason and thresholds. */
  checks: base.output(output<readonly CheckInfo[]>()),
};
