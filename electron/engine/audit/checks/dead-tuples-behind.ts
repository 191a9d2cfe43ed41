import type { Severity } from '#shared/model/finding.ts';
import type { TableFact } from '#shared/model/facts.ts';
import { formatAgo, formatCount, formatPercent } from '#shared/model/format.ts';
import type { CheckContext, Draft } from '#engine/audit/check.ts';
import { defineCheck } from '#engine/audit/check.ts';
import {
  type DeadRows,
  deadRowsEvidence,
  holderFor,
  holderNotes,
  readDeadRows,
} from '#engine/audit/dead-rows.ts';
import { vacuumTable } from '#engine/audit/fixes.ts';
import { xminHolders } from '#engine/audit/xmin-holders.ts';

const HOUR_MS = 3_600_000;

export const deadTuplesBehind = defineCheck({
  id: 'dead-tuples-behind',
  title: 'Autovacuum is behind on this table',
  category: 'vacuum',
  topic: 'autovacuum',
  severity: 'high',
  why: 'Dead rows beyond the point where autovacuum should have started mean that it is switched off here, starved, or held back by an old transaction. Until it catches up, the table grows and every scan reads more than it needs.',
  rule: 'Medium from 100,000 dead rows that are 20 % of the table. High from 10,000 dead rows beyond the effective autovacuum trigger (18+: with its cap) where the last VACUUM is more than 24 hours old, or never was while the counters are older than that, and none is running. From 50 % dead on, dead-rows-share reports it.',
  remedy:
    'End what holds back VACUUM, run VACUUM (ANALYZE), then lower the scale factor of the table or give autovacuum more workers and cost limit.',
  docs: 'https://www.postgresql.org/docs/current/routine-vacuuming.html#AUTOVACUUM',
  needs: ['tables', 'settings'],
  wants: ['progress'],
  thresholds: {
    mediumDeadRows: 100_000,
    mediumDeadPercent: 20,
    overTriggerDeadRows: 10_000,
    overTriggerHours: 24,
    /** From here on `dead-rows-share` judges. */
    criticalPercent: 50,
    holderAgeXids: 100_000,
  },
  evaluate(facts, context) {
    const { tables, server } = facts;
    if (server.isStandby) return { notApplicable: 'A standby does not count dead rows; see the primary.' };
    const { catalog, limit } = context;
    const least = Math.min(limit('mediumDeadRows'), limit('overTriggerDeadRows'));
    const holder = holderFor(xminHolders(facts), server.database, limit('holderAgeXids'));
    return tables.flatMap((table): Draft[] => {
      if (table.deadRows < least || table.kind === 'p' || table.kind === 'f') return [];
      const dead = readDeadRows(table, catalog, server.versionNum);
      if (dead.percent >= limit('criticalPercent')) return [];
      const severity = severityOf(table, dead, context);
      if (!severity) return [];
      return [
        {
          severity,
          ...confidenceOf(severity),
          object: catalog.tableRef(table),
          message: `${catalog.label(table)} has ${formatCount(table.deadRows)} dead rows (${formatPercent(dead.percent)}); autovacuum starts at ${formatCount(dead.trigger.deadRows)}, the last VACUUM was ${lastRun(dead, context)}.`,
          evidence: deadRowsEvidence(table, dead, holder),
          window: context.statisticsWindow,
          gain: { text: `Room of ${formatCount(table.deadRows)} rows becomes usable again` },
          fix: vacuumTable(table, catalog, 'ANALYZE', holderNotes(holder)),
        },
      ];
    });
  },
});

function severityOf(table: TableFact, dead: DeadRows, context: CheckContext): Severity | null {
  const { catalog, limit } = context;
  const isVacuumed = catalog.progressOn(table.oid)?.command === 'vacuum';
  const isLate =
    table.deadRows >= limit('overTriggerDeadRows') &&
    dead.isOverTrigger &&
    hoursWithout(dead, context) >= limit('overTriggerHours');
  if (isLate && !isVacuumed) return 'high';
  const isMany = table.deadRows >= limit('mediumDeadRows') && dead.percent >= limit('mediumDeadPercent');
  return isMany ? 'medium' : null;
}

/** Hours in which provably no VACUUM ended: unknown counters prove nothing. */
function hoursWithout(dead: DeadRows, { nowMs, statisticsAgeDays }: CheckContext): number {
  if (dead.lastVacuumAt !== null) return (nowMs - Date.parse(dead.lastVacuumAt)) / HOUR_MS;
  return dead.wasVacuumed ? 0 : (statisticsAgeDays ?? 0) * 24;
}

function lastRun(dead: DeadRows, { nowMs }: CheckContext): string {
  if (dead.lastVacuumAt === null) return dead.wasVacuumed ? 'at an unknown time' : 'never';
  return formatAgo(nowMs - Date.parse(dead.lastVacuumAt));
}

function confidenceOf(severity: Severity): Pick<Draft, 'confidence' | 'confidenceReason'> {
  return severity === 'high'
    ? {
        confidence: 'likely',
        confidenceReason:
          'One reading: the table is past its trigger and long not vacuumed; since when it is past the trigger is not known.',
      }
    : {
        confidence: 'likely',
        confidenceReason: "Live and dead rows are the server's own estimates.",
      };
}
