/** Facts about what runs now, replication, archiving and statements. Conventions: `facts.ts`. */

export interface ActivityFact {
  readonly pid: number;
  readonly backendStartedAt: string;
  readonly database: string | null;
  readonly role: string | null;
  readonly application: string;
  /** Null for a local socket or a background process. */
  readonly clientAddress: string | null;
  readonly isLoopback: boolean;
  readonly backendType: string | null;
  /** Null where this role may not see it. */
  readonly state: string | null;
  readonly waitEventType: string | null;
  readonly waitEvent: string | null;
  readonly xactAgeMs: number | null;
  readonly stateAgeMs: number | null;
  readonly queryAgeMs: number | null;
  readonly backendXidAge: number | null;
  readonly backendXminAge: number | null;
  /** Backends that hold or await ahead of us the lock we wait for (pg_blocking_pids); only filled while waiting. */
  readonly blockedBy: readonly number[];
  /** How long this backend has waited for its lock (14+), null when it does not wait. */
  readonly lockWaitMs: number | null;
  readonly lockMode: string | null;
  readonly lockRelation: string | null;
  /** pg_stat_ssl.ssl; null for non-client backends or where hidden. */
  readonly usesTls: boolean | null;
  /** "TLSv1.3"; null without TLS and where hidden. */
  readonly tlsVersion: string | null;
  readonly tlsCipher: string | null;
  /** First 8,192 characters; null where hidden. */
  readonly query: string | null;
  /** PgVitals' own session. */
  readonly isOwn: boolean;
}

export interface PreparedTransaction {
  readonly gid: string;
  readonly owner: string;
  readonly database: string;
  readonly ageMs: number;
  readonly xidAge: number;
}

export interface ReplicationSlot {
  readonly name: string;
  readonly plugin: string | null;
  readonly type: string;
  readonly database: string | null;
  readonly isActive: boolean;
  readonly isTemporary: boolean;
  readonly xminAge: number | null;
  readonly catalogXminAge: number | null;
  readonly retainedBytes: number | null;
  /** reserved, extended, unreserved, lost. */
  readonly walStatus: string | null;
  readonly safeWalSizeBytes: number | null;
  /** 17+. */
  readonly inactiveMs: number | null;
  readonly invalidationReason: string | null;
}

export interface ReplicationClient {
  readonly pid: number;
  readonly application: string;
  readonly clientAddress: string | null;
  readonly state: string | null;
  readonly syncState: string | null;
  readonly replayLagBytes: number | null;
  readonly replayLagMs: number | null;
  readonly backendXminAge: number | null;
}

export interface PublicationFact {
  readonly name: string;
  readonly publishesUpdates: boolean;
  readonly publishesDeletes: boolean;
  readonly tableOids: readonly number[];
}

export interface ArchiverFact {
  readonly archivedCount: number;
  readonly lastArchivedWal: string | null;
  readonly lastArchivedAt: string | null;
  readonly failedCount: number;
  readonly lastFailedWal: string | null;
  readonly lastFailedAt: string | null;
}

export interface CheckpointFact {
  readonly timed: number;
  readonly requested: number;
  readonly statisticsResetAt: string | null;
}

/** Cumulative; each part null where the version does not have it or this role may not read it. */
export interface ServerCounters {
  /** When the server gave them, its clock. */
  readonly countedAt: string | null;
  readonly checkpoints: {
    readonly timed: number;
    readonly requested: number;
    readonly writeMs: number;
    readonly syncMs: number;
    readonly buffersWritten: number;
    readonly resetAt: string | null;
    /** As everywhere here: null also where this role may not read the view. */
  } | null;
  /** 14+. */
  readonly wal: {
    readonly records: number;
    readonly fullPageImages: number;
    readonly bytes: number;
    /** Times that WAL was written because its buffers were full. */
    readonly buffersFull: number;
    readonly resetAt: string | null;
  } | null;
  /** How WAL got to the disk; from pg_stat_io since 18. */
  readonly walWrites: {
    readonly writes: number;
    readonly syncs: number;
    /** Null while track_wal_io_timing is off. */
    readonly writeMs: number | null;
    readonly syncMs: number | null;
    readonly resetAt: string | null;
  } | null;
  /** 16+: per kind of process and use; rows without any operation are left out. */
  readonly io: readonly IoFact[] | null;
  /** When `io` began to count; null where there is none. */
  readonly ioResetAt: string | null;
}

export interface IoFact {
  readonly backendType: string;
  /** relation, temp relation; 18+ also wal. */
  readonly object: string;
  /** normal, vacuum, bulkread, bulkwrite; 18+ also init. */
  readonly context: string;
  readonly readBytes: number;
  readonly writtenBytes: number;
  readonly extendedBytes: number;
  readonly hits: number;
  readonly evictions: number;
}

export interface ProgressFact {
  readonly pid: number;
  readonly command: 'vacuum' | 'analyze' | 'create-index' | 'cluster' | 'copy' | 'basebackup';
  /** What the view itself calls it, where it tells forms apart: "CREATE INDEX CONCURRENTLY", "VACUUM FULL", "COPY FROM". */
  readonly form: string | null;
  readonly relationOid: number | null;
  /** `schema.table`; of a TOAST table, the table that it belongs to. Null = a base backup, or gone meanwhile. */
  readonly relation: string | null;
  readonly isToast: boolean;
  readonly indexOid: number | null;
  readonly index: string | null;
  readonly phase: string;
  /** All numbers of the view, by the names of its columns, which differ between versions. */
  readonly counters: Readonly<Record<string, number>>;
}

export interface StatementFacts {
  /** Extension version, for example "1.10". */
  readonly extensionVersion: string;
  readonly schema: string;
  /** pg_stat_statements_info (14+); null = unknown. */
  readonly statisticsSince: string | null;
  /** Entries evicted since then; null before 14. */
  readonly evictions: number | null;
  /** The sum over all statements, also those not listed. */
  readonly totalExecMs: number;
  readonly statements: readonly StatementFact[];
}

/** A database that pg_stat_statements, which counts for the whole server, has statements of. */
export interface StatementDatabase {
  /** "dropped (OID 16384)" where it is gone. */
  readonly name: string;
  readonly totalMs: number;
}

/** A statement of another database than the one we are connected to. */
export interface ForeignStatementFact extends StatementFact {
  /** As in `StatementDatabase`. */
  readonly database: string;
}

/** One row of pg_stat_statements of this database; the 5,000 heaviest each by total time, mean time and calls. */
export interface StatementFact {
  readonly queryId: string;
  readonly role: string;
  readonly calls: number;
  readonly totalMs: number;
  readonly meanMs: number;
  readonly minMs: number;
  readonly maxMs: number;
  readonly stddevMs: number;
  readonly rows: number;
  readonly sharedBlocksHit: number;
  readonly sharedBlocksRead: number;
  readonly sharedBlocksDirtied: number;
  readonly sharedBlocksWritten: number;
  readonly tempBlocksRead: number;
  readonly tempBlocksWritten: number;
  /** How often it was planned; 0 where track_planning is off, null before 1.8. */
  readonly plans: number | null;
  /** Time of planning; 0 where track_planning is off, null before 1.8. */
  readonly planMs: number | null;
  /** Waiting for reads and writes of shared blocks; 0 where track_io_timing is off. */
  readonly ioMs: number | null;
  /** The same for temporary files, 15+. */
  readonly tempIoMs: number | null;
  /** Compiling, 15+. */
  readonly jitMs: number | null;
  readonly walBytes: number | null;
  /** Times that WAL had to be written because its buffers were full, 18+. */
  readonly walBuffersFull: number | null;
  /** 18+. */
  readonly workersPlanned: number | null;
  readonly workersLaunched: number | null;
  /** When this entry began to count, 17+; null = unknown. */
  readonly countedSince: string | null;
  /** When min and max began anew, 17+; null = unknown. */
  readonly extremesSince: string | null;
  /** 14+: called by a client, not from inside a function. */
  readonly isTopLevel: boolean;
  /** First 8,192 characters, literals already replaced by the extension; null where hidden from this role. */
  readonly query: string | null;
  /** One of PgVitals' own (tagged) statements. */
  readonly isOwn: boolean;
}
