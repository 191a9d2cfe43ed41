import { z } from 'zod';
import type { GridPage, Insight } from '../model/insight.ts';
import type {
  BloatMeasured,
  BloatRow,
  FreezeTableRow,
  VacuumLog,
  VacuumOverview,
  VacuumTableDetail,
  VacuumTableRow,
} from '../model/vacuum.ts';
import { base, connectionId, output } from './base.ts';
import { gridInput, insightInput } from './insight.ts';

const oid = z.int().positive();

export const vacuum = {
  /** Figures, freeze ages, holders of the xmin horizon, configuration, advice, and what vacuuming did lately. */
  overview: base.input(insightInput).output(output<Insight<VacuumOverview>>()),
  /** Every table and matview with its dead rows and its own triggers; `summed` = a partitioned table as one row. */
  list: base
    .input(
      gridInput.extend({
        level: z.enum(['any', 'moderate', 'high', 'critical', 'due', 'off']),
        partitions: z.enum(['each', 'summed']).optional(),
      }),
    )
    .output(output<GridPage<VacuumTableRow>>()),
  /** What the partitions of one table add up to. NOT_FOUND where it is gone, or none of them holds rows. */
  partitioned: base.input(z.strictObject({ connectionId, oid })).output(output<VacuumTableRow>()),
  /** The partitions of one partitioned table that hold rows, on every level; none where it is gone. */
  partitions: base.input(gridInput.extend({ oid })).output(output<GridPage<VacuumTableRow>>()),
  /** Freeze ages of every table, matview and TOAST table against their own limits; `id` tells the two parts of a table apart. */
  freeze: base.input(gridInput).output(output<GridPage<FreezeTableRow>>()),
  /** Triggers and what to run for one table. NOT_FOUND where it is gone. */
  detail: base.input(z.strictObject({ connectionId, oid })).output(output<VacuumTableDetail>()),
  /** Estimates for tables and btree indexes of 8 MB and more. */
  bloat: base.input(gridInput).output(output<GridPage<BloatRow>>()),
  /** One of those estimates. NOT_FOUND where it is gone, or smaller. */
  bloatDetail: base.input(z.strictObject({ connectionId, oid })).output(output<BloatRow>()),
  /** Runs of autovacuum of this database from the end (1 MB) of the server's log; where it cannot be read, why, and what to set. */
  log: base.input(z.strictObject({ connectionId })).output(output<VacuumLog>()),
  /** Reads the whole relation to measure it; refused without `confirmed`. Abort ends the reading on the server too. */
  measure: base
    .input(z.strictObject({ connectionId, oid, confirmed: z.literal(true) }))
    .output(output<BloatMeasured>()),
};
