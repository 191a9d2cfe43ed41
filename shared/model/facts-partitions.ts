/** Facts about declarative partitioning. Conventions: `facts.ts`. Pages only, not part of an audit. */
export interface PartitionFacts {
  readonly parents: readonly PartitionParent[];
  /** Those whose table was locked are missing, and in `unread`. */
  readonly bounds: readonly PartitionBound[];
}

export interface PartitionParent {
  readonly tableOid: number;
  /** r range, l list, h hash. */
  readonly strategy: 'r' | 'l' | 'h';
  /** Types of the key's columns, without modifiers; an expression has none. */
  readonly keyTypes: readonly (string | null)[];
  readonly defaultOid: number | null;
}

export interface PartitionBound {
  readonly oid: number;
  readonly parentOid: number;
  /** pg_get_expr() of relpartbound, instants in UTC: "FOR VALUES FROM ('2026-01-01') TO ('2026-02-01')". */
  readonly bound: string;
  /** DETACH CONCURRENTLY has begun and was not finished. */
  readonly isDetachPending: boolean;
}
