/** Facts about tables, indexes, columns, constraints, sequences and triggers. Conventions: `facts.ts`. */

export interface TableFact {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  /** pg_class.relkind: r table, p partitioned table, m matview, f foreign table. */
  readonly kind: 'r' | 'p' | 'm' | 'f';
  /** p permanent, u unlogged, t temporary. */
  readonly persistence: 'p' | 'u' | 't';
  readonly owner: string;
  readonly isPartition: boolean;
  /** Partitioned parent (or inheritance parent); null for none. */
  readonly parentOid: number | null;
  readonly isExtensionOwned: boolean;
  readonly pages: number;
  /** pg_class.relallfrozen: pages that hold nothing to freeze any more; null before 18. */
  readonly allFrozenPages: number | null;
  /** pg_class.reltuples; null = never vacuumed or analysed (−1 in the catalog, 14+; also 0 pages and 0 rows on 13). */
  readonly estimatedRows: number | null;
  /** Main fork. Exact where `sizeIsExact`, else pages × block size as of the last VACUUM/ANALYZE. */
  readonly sizeBytes: number;
  readonly sizeIsExact: boolean;
  readonly toastOid: number | null;
  readonly toastPages: number;
  readonly toastFrozenXidAge: number | null;
  readonly toastMinMxidAge: number | null;
  /** Null for partitioned parents and foreign tables. */
  readonly frozenXidAge: number | null;
  readonly minMxidAge: number | null;
  /** reloptions, for example { autovacuum_enabled: "false" }; "toast." prefixed ones come from the TOAST table. */
  readonly options: Readonly<Record<string, string>>;
  readonly rowSecurity: boolean;
  readonly forceRowSecurity: boolean;
  /** d default (PK), n nothing, f full, i index. */
  readonly replicaIdentity: 'd' | 'n' | 'f' | 'i';
  /** Matviews: has data. True for everything else. */
  readonly isPopulated: boolean;
  readonly comment: string | null;
  readonly columnCount: number;
  readonly liveRows: number;
  readonly deadRows: number;
  readonly modifiedSinceAnalyze: number;
  readonly insertedSinceVacuum: number;
  readonly seqScans: number;
  readonly seqRowsRead: number;
  readonly indexScans: number;
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
  readonly hotUpdated: number;
  /** 16+; null before. */
  readonly newPageUpdated: number | null;
  readonly lastSeqScanAt: string | null;
  readonly lastIndexScanAt: string | null;
  readonly lastVacuumAt: string | null;
  readonly lastAutovacuumAt: string | null;
  readonly lastAnalyzeAt: string | null;
  readonly lastAutoanalyzeAt: string | null;
  readonly vacuumCount: number;
  readonly autovacuumCount: number;
  readonly analyzeCount: number;
  readonly autoanalyzeCount: number;
}

export interface IndexFact {
  readonly oid: number;
  readonly tableOid: number;
  readonly schema: string;
  readonly name: string;
  /** btree, hash, gist, gin, spgist, brin or an extension's. */
  readonly accessMethod: string;
  readonly pages: number;
  readonly estimatedRows: number | null;
  readonly sizeBytes: number;
  readonly sizeIsExact: boolean;
  readonly isUnique: boolean;
  readonly isPrimary: boolean;
  readonly isExclusion: boolean;
  readonly isImmediate: boolean;
  readonly isValid: boolean;
  readonly isReady: boolean;
  readonly isClustered: boolean;
  readonly isReplicaIdentity: boolean;
  /** 15+: UNIQUE NULLS NOT DISTINCT. */
  readonly nullsNotDistinct: boolean;
  readonly keyColumnCount: number;
  /** pg_index.indkey: attribute numbers, 0 for an expression; positions after `keyColumnCount` are INCLUDE columns. */
  readonly columns: readonly number[];
  /** Operator class oids, key positions only. */
  readonly opclasses: readonly number[];
  /** Opclass names at key positions where it is not the default of its type; "" where it is. */
  readonly opclassNames: readonly string[];
  /** Collation oids, key positions only; 0 = not collatable. */
  readonly collations: readonly number[];
  /** Quoted collation names at key positions where it differs from the column's own; "" elsewhere. */
  readonly collationNames: readonly string[];
  /** Key positions: bit 1 DESC, bit 2 NULLS FIRST. */
  readonly options: readonly number[];
  /** Deparsed expressions, comma-separated as pg_get_expr prints them; null for none. */
  readonly expressions: string | null;
  /** Deparsed predicate of a partial index, or null. */
  readonly predicate: string | null;
  /** True where expressions, predicate or operator class parameters could not be deparsed (its table was locked). */
  readonly isOpaque: boolean;
  /** pg_get_indexdef, fetched only where it can't be composed from the arrays (expressions, predicates, parameters). */
  readonly definition: string | null;
  readonly storageOptions: Readonly<Record<string, string>>;
  readonly tablespace: string | null;
  /** Constraint that owns the index: p, u or x; null for none. */
  readonly constraintOid: number | null;
  readonly constraintType: 'p' | 'u' | 'x' | null;
  /** Foreign keys of other tables rely on this unique index (pg_constraint.conindid, contype f). */
  readonly isReferencedByForeignKey: boolean;
  /** relkind I: index of a partitioned table, no storage of its own. */
  readonly isPartitioned: boolean;
  /** Attached to this partitioned index; null for none. */
  readonly parentIndexOid: number | null;
  readonly isExtensionOwned: boolean;
  readonly scans: number;
  readonly rowsRead: number;
  readonly rowsFetched: number;
  /** 16+; null before or never. */
  readonly lastScanAt: string | null;
}

/** Live columns of `tables`, as parallel arrays: 250,000 rows as objects cost half again the memory and time. */
export interface ColumnFacts {
  readonly tableOid: readonly number[];
  readonly number: readonly number[];
  readonly name: readonly string[];
  readonly typeOid: readonly number[];
  readonly typeModifier: readonly number[];
  readonly notNull: readonly boolean[];
}

export interface ColumnStatistics {
  /** A table, or an index for the columns of its expressions. */
  readonly relationOid: number;
  readonly column: number;
  /** 0–1. */
  readonly nullFraction: number;
  readonly averageWidthBytes: number;
  /** pg_stats.n_distinct: positive = count, negative = minus the share of rows (−1 = unique). */
  readonly distinct: number;
}

export interface TypeFact {
  readonly oid: number;
  /** format_type() without modifier. */
  readonly name: string;
  /** pg_type.typcategory: N numeric, S string, D date/time, B boolean, U user-defined, A array, … */
  readonly category: string;
  /** Fixed length, −1 varlena, −2 cstring. */
  readonly lengthBytes: number;
  /** Base type of a domain, else null. */
  readonly baseTypeOid: number | null;
}

export interface ConstraintFact {
  readonly oid: number;
  readonly tableOid: number;
  readonly name: string;
  /** c check, f foreign key, n not null (18+), p primary key, u unique, x exclusion, t constraint trigger. */
  readonly type: 'c' | 'f' | 'n' | 'p' | 'u' | 'x' | 't';
  readonly isValidated: boolean;
  /** 18+; true before. */
  readonly isEnforced: boolean;
  readonly isDeferrable: boolean;
  readonly isInitiallyDeferred: boolean;
  /** Constraint of the partitioned parent this one was inherited from; null for a root. */
  readonly parentOid: number | null;
  readonly isExtensionOwned: boolean;
  /** Index behind p, u, x, or (f) the referenced unique index. */
  readonly indexOid: number | null;
  readonly columns: readonly number[];
  readonly referencedTableOid: number | null;
  readonly referencedColumns: readonly number[];
  /** a no action, r restrict, c cascade, n set null, d set default; null when not a foreign key. */
  readonly onDelete: ForeignKeyAction | null;
  readonly onUpdate: ForeignKeyAction | null;
  /** f full, p partial, s simple. */
  readonly match: 'f' | 'p' | 's' | null;
  /** 18+: temporal foreign key (PERIOD). */
  readonly hasPeriod: boolean;
  /** 15+: ON DELETE SET NULL/DEFAULT (columns). */
  readonly onDeleteColumns: readonly number[];
  /** pg_get_constraintdef, fetched for constraints that are not validated or not enforced, and for up to 1,000 checks; else null. */
  readonly definition: string | null;
}

export type ForeignKeyAction = 'a' | 'r' | 'c' | 'n' | 'd';

export interface SequenceFact {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  /** smallint, integer or bigint. */
  readonly dataType: string;
  readonly startValue: string;
  readonly minValue: string;
  readonly maxValue: string;
  readonly increment: string;
  readonly isCycled: boolean;
  /** The column it feeds: a serial (owned), an identity column, or a column whose default calls nextval() on it. */
  readonly tableOid: number | null;
  readonly column: number | null;
  readonly link: 'serial' | 'identity' | 'default' | null;
  readonly isExtensionOwned: boolean;
}

export interface SequenceValue {
  readonly sequenceOid: number;
  /** Null = never used. Sequences whose value we may not read are in `unread`, not here. */
  readonly lastValue: string | null;
  /** When the server gave it, its clock. */
  readonly countedAt: string | null;
}

export interface TriggerFact {
  readonly oid: number;
  readonly tableOid: number;
  readonly name: string;
  /** O origin, D disabled, R replica, A always. */
  readonly enabled: 'O' | 'D' | 'R' | 'A';
  /** Internal triggers carry out foreign keys. */
  readonly isInternal: boolean;
  readonly constraintOid: number | null;
  readonly functionSchema: string;
  readonly functionName: string;
}
