import type { Fix } from './finding.ts';

export type DeleteRule = 'no action' | 'restrict' | 'cascade' | 'set null' | 'set default';
export const DELETE_RULES: readonly DeleteRule[] = [
  'no action',
  'restrict',
  'cascade',
  'set null',
  'set default',
];

export interface SchemaOverview {
  readonly figures: {
    readonly foreignKeys: number;
    readonly parents: number;
    /** Parents whose children do different things when a row is deleted. */
    readonly mixedParents: number;
    readonly notValidated: number;
    readonly sequences: number;
    readonly partitionedTables: number;
  };
  /** Tables that others refer to, most referred to first. */
  readonly parents: readonly ParentRow[];
  readonly policies: readonly DeletePolicy[];
  readonly violations: readonly PolicyViolation[];
  readonly notValidated: readonly {
    readonly table: string;
    readonly name: string;
    readonly what: string;
    readonly fix: Fix | null;
  }[];
  readonly sequences: readonly SequenceRow[];
  readonly partitioned: readonly PartitionedRow[];
}

export interface ParentRow {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly children: number;
  readonly byRule: Readonly<Record<DeleteRule, number>>;
  /** As the check fk-delete-rule-mixed sees it: children that keep records may differ. */
  readonly isMixed: boolean;
  /** Tables that deleting a row can change, directly or not. */
  readonly reached: number;
  readonly rows: number | null;
}

export interface ForeignKeyRow {
  readonly oid: number;
  readonly name: string;
  readonly child: string;
  readonly childOid: number;
  readonly columns: string;
  readonly parent: string;
  readonly parentOid: number;
  readonly onDelete: DeleteRule;
  readonly isValidated: boolean;
  /** An index of the child begins with its columns. */
  readonly isIndexed: boolean;
}

/** One step of what deleting a row of a table reaches. */
export interface ReachStep {
  readonly depth: number;
  readonly table: string;
  readonly from: string;
  readonly constraint: string;
  readonly does: 'deletes rows' | 'clears columns' | 'stops the delete';
  /** Rows of the whole table: an upper bound of what is touched. */
  readonly rows: number | null;
}

export interface DeleteReach {
  readonly table: string;
  readonly steps: readonly ReachStep[];
}

/** What the user wants: children that fit `child` of parents that fit `parent` have this rule. Patterns with *. */
export interface DeletePolicy {
  readonly parent: string;
  readonly child: string;
  readonly rule: DeleteRule;
}

export interface PolicyViolation {
  readonly policy: DeletePolicy;
  readonly child: string;
  readonly parent: string;
  readonly constraint: string;
  readonly now: DeleteRule;
  readonly fix: Fix | null;
}

export interface SequenceRow {
  readonly name: string;
  readonly type: string;
  readonly feeds: string | null;
  readonly lastValue: string | null;
  readonly limit: string;
  readonly limitOf: string;
  readonly usedPercent: number;
  readonly daysLeft: number | null;
  readonly isCycled: boolean;
}

export interface PartitionedRow {
  readonly oid: number;
  readonly name: string;
  readonly partitions: number;
  readonly rows: number | null;
  readonly bytes: number;
  readonly largest: string | null;
  readonly empty: number;
}

export interface SchemaGraph {
  readonly nodes: readonly { readonly oid: number; readonly name: string; readonly rows: number | null }[];
  readonly edges: readonly {
    readonly id: number;
    readonly child: number;
    readonly parent: number;
    readonly rule: DeleteRule;
  }[];
  /** Tables without any foreign key, left out. */
  readonly unconnected: number;
  /** Tables beyond those shown. */
  readonly left: number;
}
