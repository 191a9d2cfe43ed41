import { z } from 'zod';
import type { GridPage, Insight } from '../model/insight.ts';
import {
  type ConstraintDetail,
  type ConstraintRow,
  DELETE_RULES,
  type DeleteReach,
  type ForeignKeyRow,
  type ParentRow,
  type PartitionedRow,
  type PartitionRow,
  type PolicyViolation,
  type SchemaGraph,
  type SchemaOverview,
  type SequenceRow,
  type TableColumns,
} from '../model/schema.ts';
import { base, connectionId, output } from './base.ts';
import { gridInput, insightInput } from './insight.ts';

const pattern = z.string().min(1).max(130);
export const deletePolicy = z.strictObject({ parent: pattern, child: pattern, rule: z.enum(DELETE_RULES) });

export const schema = {
  /** Figures, and the user's delete policies. */
  overview: base.input(insightInput).output(output<Insight<SchemaOverview>>()),
  /** Tables that others refer to, with what their children do when a row is deleted. */
  parents: base.input(gridInput).output(output<GridPage<ParentRow>>()),
  /** How much of each sequence is used; values as they were read last, at most an hour before the overview. */
  sequences: base.input(gridInput).output(output<GridPage<SequenceRow>>()),
  /** Foreign keys that break the user's delete policies, each with what changes it. */
  violations: base.input(gridInput).output(output<GridPage<PolicyViolation>>()),
  foreignKeys: base.input(gridInput).output(output<GridPage<ForeignKeyRow>>()),
  constraints: base
    .input(gridInput.extend({ view: z.enum(['all', 'not validated']) }))
    .output(output<GridPage<ConstraintRow>>()),
  /** Definition of one constraint, and what validates it. NOT_FOUND where it is gone. */
  constraint: base
    .input(z.strictObject({ connectionId, oid: z.int().positive() }))
    .output(output<ConstraintDetail>()),
  /** Partitioned tables, also those that are partitions themselves. */
  partitioned: base.input(gridInput).output(output<GridPage<PartitionedRow>>()),
  /** One of them. NOT_FOUND where it is gone, or is not partitioned. */
  partitionedTable: base
    .input(z.strictObject({ connectionId, oid: z.int().positive() }))
    .output(output<PartitionedRow>()),
  /** The partitions of one table with their bounds; none where it is gone. */
  partitions: base
    .input(gridInput.extend({ oid: z.int().positive() }))
    .output(output<GridPage<PartitionRow>>()),
  /** Columns of a table, and those of its keys that a foreign key can point at. NOT_FOUND where it is gone. */
  tableColumns: base
    .input(z.strictObject({ connectionId, oid: z.int().positive() }))
    .output(output<TableColumns>()),
  /** What deleting a row of a table reaches through its children. NOT_FOUND where it is gone. */
  reach: base.input(z.strictObject({ connectionId, oid: z.int().positive() })).output(output<DeleteReach>()),
  /** Tables and foreign keys to draw: around one table, or the most connected ones. */
  graph: base
    .input(
      z.strictObject({
        connectionId,
        around: z.int().positive().nullable(),
        steps: z.int().min(1).max(3),
      }),
    )
    .output(output<SchemaGraph>()),
  /** Remembers which delete rule the user wants where. */
  setPolicies: base
    .input(z.strictObject({ connectionId, policies: z.array(deletePolicy).max(200) }))
    .output(output<null>()),
};
