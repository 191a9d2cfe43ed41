import { z } from 'zod';
import type { Schedules } from '../model/schedule.ts';
import { base, connectionId, output } from './base.ts';

const name = z.string().min(1).max(63);

/** What happens by itself, and only while PgVitals runs and is connected. Nothing that destroys can be scheduled. */
export const schedules = {
  list: base.input(z.strictObject({ connectionId })).output(output<Schedules>()),
  /**
   * Adds or replaces the schedule of one materialized view. READ_ONLY while the connection is locked: this is the
   * confirmation of every refresh that follows. BAD_INPUT where the pattern is none, or comes more than once a minute.
   */
  set: base
    .input(
      z.strictObject({
        connectionId,
        schema: name,
        name,
        pattern: z.string().min(1).max(100),
        isConcurrent: z.boolean(),
      }),
    )
    .output(output<Schedules>()),
  remove: base.input(z.strictObject({ connectionId, schema: name, name })).output(output<Schedules>()),
};
