import { z } from 'zod';
import type { FactName } from '#shared/model/facts.ts';
import type { GridPage, GridQuery, Insight } from '#shared/model/insight.ts';
import {
  type ConstraintDetail,
  type ConstraintRow,
  DELETE_RULES,
  type DeletePolicy,
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
} from '#shared/model/schema.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import type { Abortable } from '#engine/engine.ts';
import type { DatabaseIdentity } from '#engine/store/identity.ts';
import { EngineError } from '#engine/errors.ts';
import { type InsightContext, insightOf, type InsightRequest } from '../context.ts';
import { readDefinition } from '../definition.ts';
import { type Grid, gridPage, oncePer } from '../grid.ts';
import { constraintFix, constraintRows } from './constraints.ts';
import { schemaGraph } from './graph.ts';
import { sequenceForecasts } from '../sequence-forecast.ts';
import { catalogOf, deleteReach, foreignKeyRows, parentRows, policyViolations } from './keys.ts';
import { partitionedRows, partitionRows, urgencyOf } from './partitions.ts';
import { schemaOverview } from './overview.ts';
import { sequenceGrid } from './sequences.ts';
import { tableColumns } from './table-columns.ts';

const NEEDS: readonly FactName[] = ['tables', 'constraints', 'columns', 'indexes', 'types', 'partitions'];
/** Reading values locks each sequence for a moment: as they were read last, at most an hour ago. */
const SEQUENCES: readonly FactName[] = ['sequences', 'sequenceValues'];
const SEQUENCES_AGE_MS = 3_600_000;
const TOPIC = 'delete-policies';
const policiesSchema: z.ZodType<DeletePolicy[]> = z.array(
  z.strictObject({ parent: z.string(), child: z.string(), rule: z.enum(DELETE_RULES) }),
);

/** How do the tables hang together, and what would a delete reach? */
export function schemaTopic(context: InsightContext) {
  const inMemory = async (connectionId: string, options: Abortable): Promise<Snapshot> =>
    (await context.facts({ connectionId }, NEEDS, options)).snapshot;
  const policiesOf = (database: DatabaseIdentity): readonly DeletePolicy[] =>
    context.profiles.read(database, TOPIC, policiesSchema) ?? [];
  return {
    overview: async (request: InsightRequest, options: Abortable): Promise<Insight<SchemaOverview>> => {
      const { connectionId } = request;
      // Sequences first: columns and constraints come with them, and would make what was read before them look old.
      const sequences = await context.facts({ connectionId, maxAgeMs: SEQUENCES_AGE_MS }, SEQUENCES, options);
      const view = await context.facts(request, NEEDS, options);
      const database = await context.identity(connectionId, options);
      const policies = policiesOf(database);
      const insight = insightOf(view, (snapshot) =>
        schemaOverview(
          snapshot,
          sequences.snapshot,
          policies,
          violationGrids(snapshot)(policies).rows.length,
        ),
      );
      return { ...insight, unread: [...insight.unread, ...sequences.snapshot.unread] };
    },
    parents: async (
      request: GridQuery & { connectionId: string },
      options: Abortable,
    ): Promise<GridPage<ParentRow>> =>
      gridPage(parentGrid(await inMemory(request.connectionId, options)), request),
    sequences: async (
      request: GridQuery & { connectionId: string },
      options: Abortable,
    ): Promise<GridPage<SequenceRow>> => {
      const { connectionId } = request;
      const snapshot = await inMemory(connectionId, options);
      const sequences = (await context.facts({ connectionId }, SEQUENCES, options)).snapshot;
      const database = await context.identity(connectionId, options);
      const grid = sequenceGrid(snapshot, sequences, () =>
        sequenceForecasts(sequences, catalogOf(snapshot), context.history, database),
      );
      return gridPage(grid, request);
    },
    violations: async (
      request: GridQuery & { connectionId: string },
      options: Abortable,
    ): Promise<GridPage<PolicyViolation>> => {
      const snapshot = await inMemory(request.connectionId, options);
      const policies = policiesOf(await context.identity(request.connectionId, options));
      return gridPage(violationGrids(snapshot)(policies), request);
    },
    foreignKeys: async (
      request: GridQuery & { connectionId: string },
      options: Abortable,
    ): Promise<GridPage<ForeignKeyRow>> =>
      gridPage(gridOf(await inMemory(request.connectionId, options)), request),
    constraints: async (
      request: GridQuery & { connectionId: string; view: ConstraintView },
      options: Abortable,
    ): Promise<GridPage<ConstraintRow>> =>
      gridPage(constraintGrids(await inMemory(request.connectionId, options))[request.view], request),
    constraint: async (
      request: { connectionId: string; oid: number },
      options: Abortable,
    ): Promise<ConstraintDetail> => {
      const fix = constraintFix(await inMemory(request.connectionId, options), request.oid);
      const definition = await context.withSession(
        request.connectionId,
        (session) => readDefinition(session, 'constraint', request.oid, options),
        options,
      );
      return { definition, fix };
    },
    partitioned: async (
      request: GridQuery & { connectionId: string },
      options: Abortable,
    ): Promise<GridPage<PartitionedRow>> =>
      gridPage(partitionedGrid(await inMemory(request.connectionId, options)), request),
    partitionedTable: async (
      request: { connectionId: string; oid: number },
      options: Abortable,
    ): Promise<PartitionedRow> => {
      const rows = partitionedRows(await inMemory(request.connectionId, options));
      const table = rows.find((row) => row.oid === request.oid);
      if (!table)
        throw new EngineError('NOT_FOUND', 'This partitioned table is gone.', 'Read the page again.');
      return table;
    },
    partitions: async (
      request: GridQuery & { connectionId: string; oid: number },
      options: Abortable,
    ): Promise<GridPage<PartitionRow>> =>
      gridPage(partitionGrids(await inMemory(request.connectionId, options))(request.oid), request),
    tableColumns: async (
      request: { connectionId: string; oid: number },
      options: Abortable,
    ): Promise<TableColumns> => tableColumns(await inMemory(request.connectionId, options), request.oid),
    reach: async (
      request: { connectionId: string; oid: number },
      options: Abortable,
    ): Promise<DeleteReach> => {
      const snapshot = await inMemory(request.connectionId, options);
      const table = snapshot.facts.tables?.find((t) => t.oid === request.oid);
      if (!table) throw new EngineError('NOT_FOUND', 'This table is gone.', 'Read the page again.');
      return deleteReach(snapshot, table);
    },
    graph: async (
      request: { connectionId: string; around: number | null; steps: number },
      options: Abortable,
    ): Promise<SchemaGraph> =>
      schemaGraph(await inMemory(request.connectionId, options), request.around, request.steps),
    setPolicies: async (
      request: { connectionId: string; policies: readonly DeletePolicy[] },
      options: Abortable,
    ): Promise<void> =>
      context.profiles.write(await context.identity(request.connectionId, options), TOPIC, request.policies),
  };
}

const gridOf = oncePer((snapshot: Snapshot) => ({
  rows: foreignKeyRows(snapshot),
  text: (row: ForeignKeyRow) => `${row.child} ${row.parent} ${row.name} ${row.columns} ${row.onDelete}`,
}));

const parentGrid = oncePer(
  (snapshot: Snapshot): Grid<ParentRow> => ({
    rows: parentRows(snapshot),
    text: (row) => `${row.schema}.${row.name}`,
    orders: Object.fromEntries(DELETE_RULES.map((rule) => [rule, (row: ParentRow) => row.byRule[rule]])),
  }),
);

/** Of the policies that were asked for last: they change seldom, and every look at the page asks. */
const violationGrids = oncePer((snapshot: Snapshot) => {
  let made: { readonly of: string; readonly grid: Grid<PolicyViolation> } | null = null;
  return (policies: readonly DeletePolicy[]): Grid<PolicyViolation> => {
    const of = JSON.stringify(policies);
    if (made?.of !== of) {
      const rows = policyViolations(snapshot, policies);
      made = { of, grid: { rows, text: violationText, orders: { wanted: (row) => row.policy.rule } } };
    }
    return made.grid;
  };
});

function violationText({ child, parent, constraint, now, policy }: PolicyViolation): string {
  return `${child} ${parent} ${constraint} ${now} ${policy.rule}`;
}

const partitionedGrid = oncePer(
  (snapshot: Snapshot): Grid<PartitionedRow> => ({
    rows: partitionedRows(snapshot),
    text: (row) => `${row.name} ${row.partitionOf ?? ''} ${row.strategy ?? ''}`,
    orders: { coverage: (row) => (row.coverage === null ? null : urgencyOf(row.coverage)) },
  }),
);

const partitionGrids = oncePer((snapshot: Snapshot) => {
  const grids = new Map<number, Grid<PartitionRow>>();
  return (oid: number): Grid<PartitionRow> => {
    const grid = grids.get(oid) ?? {
      rows: partitionRows(snapshot, oid),
      text: (row: PartitionRow) => `${row.name} ${row.bound ?? ''}`,
    };
    grids.set(oid, grid);
    return grid;
  };
});

type ConstraintView = 'all' | 'not validated';

const constraintGrids = oncePer((snapshot: Snapshot) => {
  const rows = constraintRows(snapshot);
  const text = (row: ConstraintRow): string =>
    `${row.table} ${row.name} ${row.kind} ${row.columns} ${row.rule ?? ''} ${row.state} ${row.index ?? ''}`;
  return {
    all: { rows, text },
    'not validated': { rows: rows.filter((row) => row.state !== 'validated'), text },
  };
});
