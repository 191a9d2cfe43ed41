import { formatCount, formatDuration } from '#shared/model/format.ts';
import type { Draft } from '#engine/audit/check.ts';
import { defineCheck } from '#engine/audit/check.ts';
import { guidedFix } from '#engine/audit/fixes.ts';
import { lifetimeConfidence, readWorkload, shortQuery } from '#engine/audit/statement-load.ts';
import { statementEvidence, statementRef } from '#engine/audit/statement-evidence.ts';

export const slowStatement = defineCheck({
  id: 'slow-statement',
  title: 'Statement is slow',
  category: 'performance',
  topic: 'queries',
  severity: 'medium',
  why: 'A statement that users wait for and that runs often decides how fast the application feels. Its plan usually shows one step that an index or a rewrite removes.',
  rule: 'Over all roles, since pg_stat_statements was reset: a mean of at least 100 ms over at least 100 calls, or at least 1 s over at least 5. Medium from 1 s or from 5 % of all execution time, else low. Utility statements (VACUUM, COPY, DDL) and those of PgVitals are left out; the 20 heaviest are listed.',
  remedy: 'Look at its plan with EXPLAIN (ANALYZE, BUFFERS), then index, rewrite or page.',
  docs: 'https://www.postgresql.org/docs/current/using-explain.html',
  needs: ['statements'],
  thresholds: {
    frequentMeanMs: 100,
    frequentCalls: 100,
    longMeanMs: 1000,
    longCalls: 5,
    mediumMeanMs: 1000,
    mediumTotalPercent: 5,
    listedCount: 20,
  },
  evaluate({ statements, server }, { limit, nowMs }) {
    const workload = readWorkload(statements, nowMs);
    return workload.loads
      .filter(
        (s) =>
          !s.isUtility &&
          ((s.meanMs >= limit('frequentMeanMs') && s.calls >= limit('frequentCalls')) ||
            (s.meanMs >= limit('longMeanMs') && s.calls >= limit('longCalls'))),
      )
      .sort((a, b) => b.totalMs - a.totalMs)
      .slice(0, limit('listedCount'))
      .map((load): Draft => {
        const percent = workload.totalMs > 0 ? (load.totalMs / workload.totalMs) * 100 : 0;
        const isMedium = load.meanMs >= limit('mediumMeanMs') || percent >= limit('mediumTotalPercent');
        return {
          severity: isMedium ? 'medium' : 'low',
          ...lifetimeConfidence(workload),
          object: statementRef(load),
          message: `${formatDuration(load.meanMs)} on average over ${formatCount(load.calls)} calls: ${shortQuery(load.query, 120)}`,
          evidence: statementEvidence(load, workload, server.blockSizeBytes),
          window: workload.window,
          gain: dailyGain(load.totalMs, workload.hours),
          fix: guidedFix('Find out why it is slow', [
            'Run EXPLAIN (ANALYZE, BUFFERS) with real values; on 16 and later EXPLAIN (GENERIC_PLAN) takes the text as it is.',
            'Look for sequential scans over many rows, row estimates far off, sorts that spill, and nested loops over many rows.',
            'Try an index with HypoPG before building it.',
          ]),
        };
      });
  },
});

/** Time that is at stake, not promised: a day's worth of this statement. */
function dailyGain(totalMs: number, hours: number | null): { msPerDay: number } | undefined {
  return hours === null || hours < 24 ? undefined : { msPerDay: Math.round((totalMs / hours) * 24) };
}
