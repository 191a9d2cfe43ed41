import type { WayBack } from '#shared/model/plan.ts';

/** How one kind of statement waits, and what it leaves. */
export interface StatementPolicy {
  /** 0 = waits for as long as it takes; CONCURRENTLY waits without stopping anybody. */
  readonly lockTimeoutMs: number;
  readonly statementTimeoutMs: number;
  /** After a lock that was not free: pauses before each further try. */
  readonly retryPausesMs: readonly number[];
  /** Runs alone, never between BEGIN and COMMIT. */
  readonly isAlone: boolean;
  /** Runs code of others, which may rely on the role's search path. */
  readonly usesOwnSearchPath: boolean;
  /** Where the action has no undo: is there something to put back at all? */
  readonly way: Exclude<WayBack, 'exact'>;
  /** May leave an INVALID index when it is interrupted. */
  readonly leavesIndexes: boolean;
}

const PAUSES: readonly number[] = [2_000, 4_000, 8_000, 15_000, 30_000];

const BRIEF: StatementPolicy = {
  lockTimeoutMs: 1_000,
  statementTimeoutMs: 10_000,
  retryPausesMs: PAUSES,
  isAlone: false,
  usesOwnSearchPath: false,
  way: 'none',
  leavesIndexes: false,
};
const ONLINE: StatementPolicy = {
  ...BRIEF,
  lockTimeoutMs: 5_000,
  statementTimeoutMs: 0,
  retryPausesMs: [],
  isAlone: true,
  way: 'none needed',
};
const CONCURRENT: StatementPolicy = {
  ...ONLINE,
  lockTimeoutMs: 0,
  usesOwnSearchPath: true,
  leavesIndexes: true,
};

/** By the first words of a statement of ours; the first that fits. Source: reliability.md §4.3. */
const POLICIES: ReadonlyArray<readonly [pattern: RegExp, policy: StatementPolicy]> = [
  [/^VACUUM \([^)]*\bFULL\b/, { ...ONLINE, lockTimeoutMs: 2_000, retryPausesMs: PAUSES }],
  [/^VACUUM\b/, ONLINE],
  [/^ANALYZE\b/, { ...ONLINE, isAlone: false }],
  [/^REINDEX (INDEX|TABLE) CONCURRENTLY\b/, CONCURRENT],
  [/^CREATE (UNIQUE )?INDEX CONCURRENTLY\b/, { ...CONCURRENT, way: 'none' }],
  [/^DROP INDEX CONCURRENTLY\b/, { ...CONCURRENT, way: 'none' }],
  [/^REFRESH MATERIALIZED VIEW CONCURRENTLY\b/, { ...ONLINE, isAlone: false, usesOwnSearchPath: true }],
  // Holds ACCESS EXCLUSIVE while the query runs: waits as VACUUM FULL does.
  [
    /^REFRESH MATERIALIZED VIEW\b/,
    { ...ONLINE, lockTimeoutMs: 2_000, retryPausesMs: PAUSES, isAlone: false, usesOwnSearchPath: true },
  ],
  [/^ALTER TABLE \S+ VALIDATE CONSTRAINT\b/, { ...ONLINE, usesOwnSearchPath: true, way: 'none' }],
  [/^ALTER SYSTEM\b/, { ...BRIEF, isAlone: true }],
  [/^SELECT pg_reload_conf\(\)/, { ...BRIEF, isAlone: true, way: 'none needed' }],
  // Its script may read nothing, but it needs a schema to create in: the first of the role's path.
  [/^(CREATE|ALTER) EXTENSION\b/, { ...BRIEF, statementTimeoutMs: 60_000, usesOwnSearchPath: true }],
  // Scripts of extensions make many objects, some of them from data.
  [/^(CREATE|ALTER) EXTENSION\b/, { ...BRIEF, statementTimeoutMs: 120_000 }],
  [/^ALTER ROLE\b/, { ...BRIEF, lockTimeoutMs: 2_000 }],
  [/^(ROLLBACK PREPARED|SELECT )/, { ...BRIEF, isAlone: true }],
  // What is built while the lock is held: creation of a plain index, a key or a view reads all rows.
  [
    /^(CREATE (UNIQUE )?INDEX|CREATE MATERIALIZED VIEW)\b/,
    { ...BRIEF, statementTimeoutMs: 0, usesOwnSearchPath: true },
  ],
];

export function policyOf(sql: string): StatementPolicy {
  const bare = skeletonOf(sql);
  return POLICIES.find(([pattern]) => pattern.test(bare))?.[1] ?? BRIEF;
}

/** A statement with every name and text in it left empty: nobody's table is taken for a keyword. */
export function skeletonOf(sql: string): string {
  return sql.replaceAll(QUOTED, (quoted) => (quoted.startsWith('"') ? '""' : "''"));
}

const QUOTED = /"(?:[^"]|"")*"|\bE'(?:[^'\\]|''|\\.)*'|'(?:[^']|'')*'/gs;

/** A quarter more or less, so that two that wait for each other do not meet again. */
export function withJitter(pauseMs: number, random: () => number = Math.random): number {
  return Math.round(pauseMs * (0.75 + random() / 2));
}
