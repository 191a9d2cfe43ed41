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
    /** Foreign keys that do something else than the first policy that fits them wants. */
    readonly violations: number;
    readonly constraints: number;
    /** Not validated, or not enforced. */
    readonly notValidated: number;
    readonly sequences: number;
    readonly partitionedTables: number;
  };
  /** The table with the most foreign keys to it; null = there is none. */
  readonly mostReferred: ParentRow | null;
  readonly policies: readonly DeletePolicy[];
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

/** A constraint as it was declared. */
export interface ConstraintRow {
  readonly oid: number;
  readonly tableOid: number;
  readonly table: string;
  readonly name: string;
  readonly kind: 'CHECK' | 'FOREIGN KEY' | 'NOT NULL' | 'PRIMARY KEY' | 'UNIQUE' | 'EXCLUDE' | 'TRIGGER';
  readonly columns: string;
  /** What a check checks, what a foreign key refers to; null = the columns say it all, or it was not read. */
  readonly rule: string | null;
  readonly state: 'validated' | 'not validated' | 'not enforced';
  readonly deferrable: 'no' | 'initially immediate' | 'initially deferred';
  /** Its own index; of a foreign key the one it refers to. */
  readonly index: string | null;
}

export interface ConstraintDetail {
  /** As the server prints it; null while its table is locked. */
  readonly definition: string | null;
  readonly fix: Fix | null;
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
  /** Tables that lose rows, whose columns are cleared, and that stop the delete where they refer to a row that would go. */
  readonly deleted: number;
  readonly cleared: number;
  readonly stopping: number;
  /** In all; `steps` has the first of them, nearest first. */
  readonly stepCount: number;
  readonly steps: readonly ReachStep[];
}

/** What the user wants: children that fit `child` of parents that fit `parent` have this rule. Patterns with *. */
export interface DeletePolicy {
  readonly parent: string;
  readonly child: string;
  readonly rule: DeleteRule;
}

export interface PolicyViolation {
  /** Of the constraint. */
  readonly oid: number;
  readonly policy: DeletePolicy;
  readonly child: string;
  readonly parent: string;
  readonly constraint: string;
  readonly now: DeleteRule;
  readonly fix: Fix | null;
}

export interface SequenceRow {
  readonly oid: number;
  readonly name: string;
  readonly type: string;
  readonly feeds: string | null;
  readonly lastValue: string | null;
  /** Why `lastValue` is null; `unread` says what kept us from reading. */
  readonly value: 'known' | 'never used' | 'not read';
  readonly limit: string;
  readonly limitOf: string;
  /** Null where the value was not read. */
  readonly usedPercent: number | null;
  /** At its pace since the oldest sample of the last 30 days; null = unknown. */
  readonly daysLeft: number | null;
  readonly isCycled: boolean;
}

export interface PartitionedRow {
  readonly oid: number;
  readonly name: string;
  /** Set where it is a partition itself. */
  readonly partitionOf: string | null;
  /** Null = not read. */
  readonly strategy: 'range' | 'list' | 'hash' | null;
  readonly defaultPartition: string | null;
  /** Direct ones. */
  readonly partitions: number;
  /** Estimated, of all leaves; null where one was never analysed. */
  readonly rows: number | null;
  /** Main forks of all leaves. */
  readonly bytes: number;
  readonly largest: string | null;
  readonly empty: number;
  /** DETACH CONCURRENTLY began and was not finished: it is left out of new queries. */
  readonly detachPending: number;
  /** Null where not all bounds could be read. */
  readonly coverage: Coverage | null;
}

/** Which values have no partition. */
export interface Coverage {
  /**
   * Ranges of time: `ahead` there is more than one further partition, `soon` less, `ended` new rows have none. Others:
   * `open` up to MAXVALUE, `ends` at a number, `default` the default partition takes the rest, `listed` values only,
   * `complete` or `incomplete` remainders of a hash. `unknown`: keys of several columns or of other types.
   */
  readonly state:
    | 'ahead'
    | 'soon'
    | 'ended'
    | 'open'
    | 'ends'
    | 'default'
    | 'listed'
    | 'complete'
    | 'incomplete'
    | 'unknown';
  readonly hasDefault: boolean;
  /** As PostgreSQL prints it. */
  readonly endsAt: string | null;
  /** Negative = so long ago. */
  readonly daysLeft: number | null;
  readonly gaps: readonly { readonly from: string; readonly to: string }[];
  readonly missingRemainders: number;
}

export interface PartitionRow {
  readonly oid: number;
  readonly name: string;
  /** Null while its table is locked. */
  readonly bound: string | null;
  readonly isDefault: boolean;
  readonly isDetachPending: boolean;
  readonly isPartitioned: boolean;
  readonly rows: number | null;
  readonly bytes: number;
}

export interface TableColumns {
  readonly columns: readonly string[];
  /** The primary key first; each with its columns in the order of the index. */
  readonly keys: readonly (readonly string[])[];
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
