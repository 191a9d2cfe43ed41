import type { StatementFact } from '#shared/model/facts.ts';
import type { StatementRow } from '#shared/model/queries.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import { isUtilityStatement, shortQuery } from '#engine/audit/statement-load.ts';
import { type StatementCounters, statementKey } from '#engine/store/history.ts';
import { oncePer } from '../grid.ts';
import { suspicionOf } from './suspicion.ts';
import { tagsOf } from './tags.ts';

/** A statement with what does not depend on the window. */
export interface KnownStatement {
  readonly key: string;
  readonly fact: StatementFact;
  readonly line: string | null;
  readonly tags: readonly string[];
  readonly isUtility: boolean;
}

/** Statements of people and applications: PgVitals' own are left out. */
export const knownStatements = oncePer((snapshot: Snapshot): readonly KnownStatement[] =>
  (snapshot.facts.statements?.statements ?? [])
    .filter((fact) => !fact.isOwn)
    .map((fact) => ({
      key: statementKey(fact),
      fact,
      line: fact.query === null ? null : shortQuery(fact.query),
      tags: fact.query === null ? [] : tagsOf(fact.query).map(({ key, value }) => `${key}=${value}`),
      isUtility: fact.query !== null && isUtilityStatement(fact.query),
    })),
);

/**
 * Figures since the reset, or since `before` where a window is given: counters subtract, maxima do not. A statement
 * without calls in the window is left out; one whose counters ran backwards was reset and counts from zero.
 */
export function statementRows(
  snapshot: Snapshot,
  before: ReadonlyMap<string, StatementCounters> | null,
): (StatementRow & { readonly known: KnownStatement })[] {
  const block = snapshot.facts.server.blockSizeBytes;
  const counted = knownStatements(snapshot).flatMap((known) => {
    const figures = since(known.fact, before?.get(known.key) ?? null);
    return figures.calls > 0 ? [{ known, figures }] : [];
  });
  const allMs = counted.reduce((sum, { figures }) => sum + figures.totalMs, 0);
  const calls = counted.map(({ figures }) => figures.calls).sort((a, b) => a - b);
  const medianCalls = calls[Math.floor(calls.length / 2)] ?? 0;
  return counted.map(({ known, figures }) => {
    const { fact } = known;
    const blocks = figures.sharedBlocksHit + figures.sharedBlocksRead;
    const perCall = {
      query: known.line,
      calls: figures.calls,
      rowsPerCall: figures.rows / figures.calls,
      meanMs: figures.totalMs / figures.calls,
    };
    return {
      known,
      key: known.key,
      queryId: fact.queryId,
      role: fact.role,
      ...perCall,
      totalMs: figures.totalMs,
      sharePercent: allMs > 0 ? (figures.totalMs / allMs) * 100 : 0,
      maxMs: before === null ? fact.maxMs : null,
      stddevMs: before === null ? fact.stddevMs : null,
      hitPercent: blocks > 0 ? (figures.sharedBlocksHit / blocks) * 100 : null,
      tempBytes: figures.tempBlocksWritten * block,
      ioMs: before === null ? fact.ioMs : null,
      walBytes: before === null ? fact.walBytes : null,
      planMs: before === null ? fact.planMs : null,
      tags: known.tags.join(', '),
      suspicion: suspicionOf(perCall, medianCalls),
    };
  });
}

function since(now: StatementFact, before: StatementCounters | null): StatementCounters {
  const wasReset = before !== null && now.calls < before.calls;
  const take = (field: keyof StatementCounters): number =>
    now[field] - (before === null || wasReset ? 0 : before[field]);
  return {
    calls: take('calls'),
    totalMs: take('totalMs'),
    rows: take('rows'),
    sharedBlocksHit: take('sharedBlocksHit'),
    sharedBlocksRead: take('sharedBlocksRead'),
    tempBlocksWritten: take('tempBlocksWritten'),
  };
}
