import type { StatementFact, StatementFacts } from '#shared/model/facts.ts';
import { inDays } from './observation.ts';

/** One statement over all roles that ran it. Times in ms, blocks in server blocks. */
export interface StatementLoad {
  readonly queryId: string;
  /** Null where the text is hidden from this role. */
  readonly query: string | null;
  readonly roles: readonly string[];
  readonly calls: number;
  readonly totalMs: number;
  readonly meanMs: number;
  readonly maxMs: number;
  readonly stddevMs: number;
  readonly rows: number;
  readonly sharedBlocksHit: number;
  readonly sharedBlocksRead: number;
  readonly tempBlocksWritten: number;
  /** VACUUM, COPY, DDL and the like: long by nature, and no index makes them faster. */
  readonly isUtility: boolean;
}

export interface Workload {
  readonly loads: readonly StatementLoad[];
  /** Of all statements but our own. */
  readonly totalMs: number;
  /** Hours since pg_stat_statements was reset; null = unknown. */
  readonly hours: number | null;
  /** For `Finding.window`. */
  readonly window: string;
}

/** Statements of every role summed up per query id, PgVitals' own left out: what people and applications run. */
export function readWorkload(facts: StatementFacts, nowMs: number): Workload {
  const groups = new Map<string, StatementFact[]>();
  let ownMs = 0;
  for (const statement of facts.statements) {
    if (statement.isOwn) {
      ownMs += statement.totalMs;
      continue;
    }
    const list = groups.get(statement.queryId);
    if (list) list.push(statement);
    else groups.set(statement.queryId, [statement]);
  }
  const hours =
    facts.statisticsSince === null
      ? null
      : Math.max(0, nowMs - Date.parse(facts.statisticsSince)) / 3_600_000;
  return {
    loads: [...groups.values()].map(sumUp),
    totalMs: Math.max(0, facts.totalExecMs - ownMs),
    hours,
    window:
      facts.statisticsSince === null || hours === null
        ? 'statements since an unknown moment'
        : `statements since ${facts.statisticsSince.slice(0, 10)} (${inDays(hours / 24)})`,
  };
}

/** The text in one line, cut for messages and evidence. */
export function shortQuery(query: string | null, most = 300): string {
  if (query === null) return '(text hidden from this role)';
  const line = query.replace(/\s+/g, ' ').trim();
  return line.length > most ? `${line.slice(0, most - 1)}…` : line;
}

/** Confidence of what lifetime averages say about the present. */
export function lifetimeConfidence(workload: Workload): {
  confidence: 'likely' | 'review';
  confidenceReason: string;
} {
  return workload.hours === null
    ? {
        confidence: 'review',
        confidenceReason:
          'The moment since which pg_stat_statements counts is unknown, so this may be an old story.',
      }
    : {
        confidence: 'likely',
        confidenceReason: 'An average since the last reset of pg_stat_statements, not of the last hours.',
      };
}

function sumUp(statements: readonly StatementFact[]): StatementLoad {
  const sum = (value: (s: StatementFact) => number): number =>
    statements.reduce((total, s) => total + value(s), 0);
  const calls = sum((s) => s.calls);
  const totalMs = sum((s) => s.totalMs);
  const busiest = statements.reduce((a, b) => (b.totalMs > a.totalMs ? b : a));
  const query = busiest.query ?? statements.find((s) => s.query !== null)?.query ?? null;
  return {
    queryId: busiest.queryId,
    query,
    roles: [...new Set(statements.map((s) => s.role))].sort(),
    calls,
    totalMs,
    meanMs: calls > 0 ? totalMs / calls : 0,
    maxMs: Math.max(...statements.map((s) => s.maxMs)),
    stddevMs: busiest.stddevMs,
    rows: sum((s) => s.rows),
    sharedBlocksHit: sum((s) => s.sharedBlocksHit),
    sharedBlocksRead: sum((s) => s.sharedBlocksRead),
    tempBlocksWritten: sum((s) => s.tempBlocksWritten),
    isUtility: query !== null && isUtilityStatement(query),
  };
}

/** VACUUM, COPY, DDL, transaction control and the like. */
export function isUtilityStatement(query: string): boolean {
  return UTILITY.test(withoutComments(query));
}

const UTILITY =
  /^(?:vacuum|analy[sz]e|create|alter|drop|truncate|reindex|refresh|repack|cluster|copy|checkpoint|comment|grant|revoke|reassign|set|reset|show|begin|start|commit|end|rollback|abort|savepoint|release|prepare|deallocate|discard|listen|unlisten|notify|lock|explain|load|security|import)\b/i;

/** What is left after leading comments and opening parentheses: where the verb stands. */
function withoutComments(query: string): string {
  return query.replace(/^(?:\s+|\/\*[\s\S]*?\*\/|--[^\n]*(?:\n|$)|\()+/, '');
}
