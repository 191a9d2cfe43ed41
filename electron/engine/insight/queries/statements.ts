import type { StatementFact } from '#shared/model/facts.ts';
import type { StatementLifetime, StatementRow, StatementWindow } from '#shared/model/queries.ts';
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

/** The statements of one database. */
export interface Scope {
  readonly known: readonly KnownStatement[];
  /** PgVitals' own, left out. */
  readonly own: number;
  readonly listed: number;
}

/** Statements of people and applications in this database (null) or another: PgVitals' own are left out. */
export function scopeOf(snapshot: Snapshot, database: string | null): Scope {
  const scopes = scopesOf(snapshot);
  let scope = scopes.get(database);
  if (!scope) {
    const { statements, statementsElsewhere } = snapshot.facts;
    const facts =
      database === null
        ? (statements?.statements ?? [])
        : (statementsElsewhere ?? []).filter((fact) => fact.database === database);
    const known = facts
      .filter((fact) => !fact.isOwn)
      .map(
        (fact, at): KnownStatement => ({
          // Hidden statements come without the id that tells them apart.
          key: fact.queryId === '' ? `hidden ${at} ${fact.role}` : statementKey(fact),
          fact,
          line: fact.query === null ? null : shortQuery(fact.query),
          tags: fact.query === null ? [] : tagsOf(fact.query).map(({ key, value }) => `${key}=${value}`),
          isUtility: fact.query !== null && isUtilityStatement(fact.query),
        }),
      );
    scope = { known, own: facts.length - known.length, listed: facts.length };
    scopes.set(database, scope);
  }
  return scope;
}

const scopesOf = oncePer((_snapshot: Snapshot) => new Map<string | null, Scope>());

export interface CountedStatement extends StatementRow {
  readonly known: KnownStatement;
}

export interface StatementRows {
  readonly rows: readonly CountedStatement[];
  readonly window: StatementWindow;
}

/** A stored sample that a window begins at. */
export interface Before {
  readonly at: string;
  readonly counters: ReadonlyMap<string, StatementCounters>;
}

/**
 * Figures since the reset, or since `before` where a window is given: counters subtract, extremes do not. A statement
 * without calls in the window is left out. One that began to count anew inside of it (its counters ran backwards, or
 * `stats_since` of 17+ says so) counts from then on; one that the sample did not hold though it was there then is left out.
 */
export function statementRows(
  snapshot: Snapshot,
  known: readonly KnownStatement[],
  before: Before | null,
  dayAgo: Before | null,
): StatementRows {
  const block = snapshot.facts.server.blockSizeBytes;
  const times = timesOf(snapshot);
  let [restarted, leftOut] = [0, 0];
  const counted = known.flatMap((statement) => {
    const figures = since(statement, before);
    if (figures === null) leftOut += 1;
    else if (figures.isRestarted) restarted += 1;
    return figures !== null && figures.calls > 0 ? [{ known: statement, figures }] : [];
  });
  const fromAt = before?.at ?? snapshot.facts.statements?.statisticsSince ?? null;
  const minutes =
    fromAt === null ? null : Math.max(0, Date.parse(snapshot.collectedAt) - Date.parse(fromAt)) / 60_000;
  const allMs = counted.reduce((sum, { figures }) => sum + figures.totalMs, 0);
  const calls = counted
    .flatMap((one) => (one.known.isUtility ? [] : [one.figures.calls]))
    .sort((a, b) => a - b);
  const medianCalls = calls[Math.floor(calls.length / 2)] ?? 0;
  const rows = counted.map(({ known: statement, figures }): CountedStatement => {
    const { fact, key, line, tags } = statement;
    const blocks = figures.sharedBlocksHit + figures.sharedBlocksRead;
    const perCall = {
      calls: figures.calls,
      rowsPerCall: figures.rows / figures.calls,
      meanMs: figures.totalMs / figures.calls,
    };
    return {
      known: statement,
      key,
      queryId: fact.queryId,
      role: fact.role,
      query: line,
      ...perCall,
      callsPerMinute: minutes ? figures.calls / minutes : null,
      totalMs: figures.totalMs,
      sharePercent: allMs > 0 ? (figures.totalMs / allMs) * 100 : 0,
      minMs: before === null ? fact.minMs : null,
      maxMs: before === null ? fact.maxMs : null,
      stddevMs: before === null ? fact.stddevMs : null,
      hitPercent: blocks > 0 ? (figures.sharedBlocksHit / blocks) * 100 : null,
      readBytes: figures.sharedBlocksRead * block,
      tempBytes: figures.tempBlocksWritten * block,
      // Zero means nothing where the clock does not run.
      ioMs: times.io || figures.ioMs !== 0 ? figures.ioMs : null,
      walBytes: figures.walBytes,
      planMs: times.planning || figures.planMs !== 0 ? figures.planMs : null,
      recentMs: dayAgo === null ? null : (since(statement, dayAgo)?.totalMs ?? null),
      recent: [],
      tags: tags.join(', '),
      suspicion: suspicionOf(fact.query, perCall, medianCalls),
    };
  });
  return { rows, window: { fromAt, minutes, restarted, leftOut } };
}

/** Which clocks run, as far as this session's settings tell. */
export function timesOf({ facts }: Snapshot): { readonly io: boolean; readonly planning: boolean } {
  const isOn = (name: string): boolean => facts.settings?.find((s) => s.name === name)?.setting === 'on';
  return { io: isOn('track_io_timing'), planning: isOn('pg_stat_statements.track_planning') };
}

/** What the drawer adds to the row. */
export function lifetimeOf(fact: StatementFact, snapshot: Snapshot): StatementLifetime {
  const block = snapshot.facts.server.blockSizeBytes;
  const times = timesOf(snapshot);
  return {
    dirtiedBytes: fact.sharedBlocksDirtied * block,
    writtenBytes: fact.sharedBlocksWritten * block,
    tempReadBytes: fact.tempBlocksRead * block,
    plans: times.planning || fact.plans !== 0 ? fact.plans : null,
    tempIoMs: times.io || fact.tempIoMs !== 0 ? fact.tempIoMs : null,
    jitMs: fact.jitMs,
    walBuffersFull: fact.walBuffersFull,
    workersPlanned: fact.workersPlanned,
    workersLaunched: fact.workersLaunched,
    countedSince: fact.countedSince,
    extremesSince: fact.extremesSince,
  };
}

interface Counted extends StatementCounters {
  readonly isRestarted: boolean;
}

/** Null where the sample cannot tell. */
function since({ key, fact }: KnownStatement, before: Before | null): Counted | null {
  if (before === null) return { ...difference(fact, null), isRestarted: false };
  if (fact.queryId === '') return null;
  const then = before.counters.get(key) ?? null;
  const isNew = fact.countedSince === null ? null : Date.parse(fact.countedSince) > Date.parse(before.at);
  if (then === null) return isNew === false ? null : { ...difference(fact, null), isRestarted: false };
  const isRestarted = isNew ?? fact.calls < then.calls;
  return { ...difference(fact, isRestarted ? null : then), isRestarted };
}

function difference(now: StatementCounters, before: StatementCounters | null): StatementCounters {
  const take = (field: CounterField): number => now[field] - (before?.[field] ?? 0);
  // Not in samples of before these were stored: then there is nothing to subtract.
  const takeKnown = (field: 'planMs' | 'ioMs' | 'walBytes'): number | null => {
    const [after, earlier] = [now[field], before === null ? 0 : before[field]];
    return after === null || earlier === null ? null : Math.max(0, after - earlier);
  };
  const calls = take('calls');
  return {
    calls,
    // Samples keep microseconds: a difference without calls is only what was rounded off.
    totalMs: calls === 0 ? 0 : Math.max(0, take('totalMs')),
    rows: take('rows'),
    sharedBlocksHit: take('sharedBlocksHit'),
    sharedBlocksRead: take('sharedBlocksRead'),
    tempBlocksWritten: take('tempBlocksWritten'),
    planMs: takeKnown('planMs'),
    ioMs: takeKnown('ioMs'),
    walBytes: takeKnown('walBytes'),
  };
}

type CounterField = Exclude<keyof StatementCounters, 'planMs' | 'ioMs' | 'walBytes'>;
