import { z } from 'zod';
import type { QueriesOverview } from '#shared/model/queries.ts';
import { EngineError } from '#engine/errors.ts';
import type { DatabaseIdentity } from '#engine/store/identity.ts';
import type { ProfileStore } from '#engine/store/profiles.ts';
import type { CountedStatement, KnownStatement, StatementRows } from './statements.ts';

const TOPIC = 'excluded-statements';
const exclusions = z.array(
  z.object({ queryId: z.string(), query: z.string().nullable(), excludedAt: z.string() }),
);
export type Exclusions = Readonly<z.infer<typeof exclusions>>;
const MOST = 200;

/** Statements that the user took out of the lists, newest first. */
export function readExclusions(profiles: ProfileStore, database: DatabaseIdentity): Exclusions {
  return profiles.read(database, TOPIC, exclusions) ?? [];
}

/** Throws NOT_FOUND where the server does not have it, BAD_INPUT where the list is full. */
export function exclude(
  profiles: ProfileStore,
  database: DatabaseIdentity,
  known: readonly KnownStatement[],
  queryId: string,
): void {
  const found = known.find(({ fact }) => fact.queryId === queryId);
  if (!found)
    throw new EngineError(
      'NOT_FOUND',
      'This statement is no longer among those that the server keeps.',
      'Read the page again.',
    );
  const others = readExclusions(profiles, database).filter((one) => one.queryId !== queryId);
  if (others.length >= MOST)
    throw new EngineError('BAD_INPUT', `${MOST} statements are excluded.`, 'Bring one back first.');
  const excludedAt = new Date().toISOString();
  profiles.write(database, TOPIC, [{ queryId, query: found.line, excludedAt }, ...others]);
}

/** Null brings all of them back. */
export function include(profiles: ProfileStore, database: DatabaseIdentity, queryId: string | null): void {
  profiles.write(
    database,
    TOPIC,
    queryId === null ? [] : readExclusions(profiles, database).filter((one) => one.queryId !== queryId),
  );
}

/** What of all statements in the window is excluded. */
export function excludedOf(list: Exclusions, all: StatementRows): QueriesOverview['excluded'] {
  const sum = (rows: readonly CountedStatement[], of: 'calls' | 'totalMs'): number =>
    rows.reduce((total, row) => total + row[of], 0);
  const percent = (part: number, whole: number): number => (whole > 0 ? (part / whole) * 100 : 0);
  const [allMs, allCalls] = [sum(all.rows, 'totalMs'), sum(all.rows, 'calls')];
  const rowsOf = new Map<string, CountedStatement[]>();
  for (const row of all.rows) rowsOf.set(row.queryId, [...(rowsOf.get(row.queryId) ?? []), row]);
  const counted = list.map((one) => {
    const rows = rowsOf.get(one.queryId) ?? [];
    const totalMs = sum(rows, 'totalMs');
    return {
      ...one,
      calls: sum(rows, 'calls'),
      totalMs,
      timePercent: percent(totalMs, allMs),
      key: rows[0]?.key ?? null,
    };
  });
  const [totalMs, calls] = [
    counted.reduce((total, one) => total + one.totalMs, 0),
    counted.reduce((total, one) => total + one.calls, 0),
  ];
  return {
    list: counted,
    calls,
    totalMs,
    timePercent: percent(totalMs, allMs),
    callsPercent: percent(calls, allCalls),
  };
}
