import { formatCount, formatDuration, formatPercent } from '#shared/model/format.ts';
import type { Draft } from '#engine/audit/check.ts';
import { defineCheck } from '#engine/audit/check.ts';
import { guidedFix } from '#engine/audit/fixes.ts';
import { statementEvidence, statementRef } from '#engine/audit/statement-evidence.ts';
import { lifetimeConfidence, readWorkload, shortQuery } from '#engine/audit/statement-load.ts';

export const statementDominates = defineCheck({
  id: 'statement-dominates',
  title: 'One statement takes most of the time',
  category: 'performance',
  topic: 'queries',
  severity: 'medium',
  why: 'Where one statement takes a large part of all execution time, making it faster or rarer relieves the whole server more than anything else.',
  rule: 'Medium where a statement takes 25 % or more of the execution time of all roles in this database since pg_stat_statements was reset, PgVitals left out, once the total reaches 10 s.',
  remedy:
    'If it is slow, look at its plan. If it is fast but frequent, cache its result or join it into a larger statement (N+1).',
  docs: 'https://www.postgresql.org/docs/current/pgstatstatements.html',
  needs: ['statements'],
  thresholds: { totalPercent: 25, minimumTotalMs: 10_000, frequentMeanMs: 10 },
  evaluate({ statements, server }, { limit, nowMs }) {
    const workload = readWorkload(statements, nowMs);
    // A share of next to nothing says nothing.
    if (workload.totalMs < limit('minimumTotalMs')) return [];
    return workload.loads.flatMap((load): Draft[] => {
      const percent = (load.totalMs / workload.totalMs) * 100;
      if (percent < limit('totalPercent')) return [];
      const isFrequent = load.meanMs < limit('frequentMeanMs');
      return [
        {
          severity: 'medium',
          ...lifetimeConfidence(workload),
          object: statementRef(load),
          message: `${formatPercent(percent)} of all execution time (${formatCount(load.calls)} calls, ${formatDuration(load.meanMs)} on average): ${shortQuery(load.query, 120)}`,
          evidence: statementEvidence(load, workload, server.blockSizeBytes),
          window: workload.window,
          gain: { text: `Up to ${formatPercent(percent)} of the execution time` },
          fix: guidedFix(isFrequent ? 'Call it less often' : 'Make it faster', [
            isFrequent
              ? 'Each call is short: look for a loop in the application that runs it once per row, and fetch the rows together.'
              : 'Run EXPLAIN (ANALYZE, BUFFERS) with real values and look for the step that takes the time.',
            'Cache the result where it may be a little old.',
          ]),
        },
      ];
    });
  },
});
