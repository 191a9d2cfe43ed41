import type { StatementAdvice, StatementAdviceRow } from '#shared/model/indexes.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import type { Catalog } from '#engine/audit/catalog.ts';
import { readWorkload, shortQuery } from '#engine/audit/statement-load.ts';
import { EngineError, throwIfAborted } from '#engine/errors.ts';
import type { ReadSession } from '#engine/postgres/read-session.ts';
import { indexAdvice, verifiedAdvice } from '../queries/advice.ts';
import { explain } from '../queries/explain.ts';

const MOST_STATEMENTS = 20;
const QUERY_CHARACTERS = 200;

/**
 * Plans the heaviest statements, one after the other and without running them, and collects the indexes that their
 * sequential scans ask for; asks HypoPG where it is. What cannot be planned here (cut off, of another schema, not
 * permitted) is counted, not an error. Throws NOT_FOUND where pg_stat_statements cannot be read.
 */
export async function adviseStatements(
  session: ReadSession,
  snapshot: Snapshot,
  catalog: Catalog,
  signal: AbortSignal | undefined,
): Promise<StatementAdvice> {
  const { statements, server } = snapshot.facts;
  if (!statements) {
    const cause = snapshot.unread.find((unread) => unread.fact === 'statements');
    throw new EngineError(
      'NOT_FOUND',
      cause?.reason ?? 'The statements of this server were not read.',
      'The Queries page says how to set up pg_stat_statements.',
    );
  }
  const loads = readWorkload(statements, Date.parse(server.sampledAt))
    .loads.filter((load) => !load.isUtility && load.query !== null)
    .sort((a, b) => b.totalMs - a.totalMs);
  const rows = new Map<string, StatementAdviceRow>();
  let planned = 0;
  const heaviest = loads.slice(0, MOST_STATEMENTS);
  for (const { query, calls, totalMs } of heaviest) {
    const request = { text: query ?? '', values: [], analyze: false };
    try {
      const explained = await explain(session, request, signal);
      const guessed = indexAdvice(snapshot, explained, catalog);
      const advice = await verifiedAdvice(session, request, guessed, explained, signal);
      planned += 1;
      for (const { table, columns, verdict, fix, request: asRequest, costBefore, costAfter } of advice) {
        const key = `${table} ${columns.join()}`;
        const row = rows.get(key) ?? { table, columns, verdict, fix, request: asRequest, statements: [] };
        const statement = {
          query: shortQuery(query, QUERY_CHARACTERS),
          calls,
          totalMs,
          costBefore,
          costAfter,
        };
        rows.set(key, { ...row, statements: [...row.statements, statement] });
      }
    } catch (error) {
      throwIfAborted(signal);
      if (error instanceof EngineError && error.code === 'CONNECTION_LOST') throw error;
    }
  }
  return { of: loads.length, planned, notPlanned: heaviest.length - planned, rows: [...rows.values()] };
}
