import type { Severity } from '#shared/model/finding.ts';
import type { TableFact } from '#shared/model/facts.ts';
import { formatCount, formatPercent } from '#shared/model/format.ts';
import type { CheckContext, Draft } from '#engine/audit/check.ts';
import { defineCheck } from '#engine/audit/check.ts';
import {
  DEAD_ROWS_LEVELS,
  type DeadRows,
  type DeadRowsLevel,
  deadPercent,
  deadRowsEvidence,
  deadRowsLevel,
  holderFor,
  holderNotes,
  readDeadRows,
} from '#engine/audit/dead-rows.ts';
import { vacuumTable } from '#engine/audit/fixes.ts';
import { xminHolders } from '#engine/audit/xmin-holders.ts';

const DAY_MS = 86_400_000;

export const deadRowsShare = defineCheck({
  id: 'dead-rows-share',
  title: 'Table carries many dead rows',
  category: 'vacuum',
  topic: 'table health',
  severity: 'critical',
  why: 'Every UPDATE and DELETE leaves a dead row behind until VACUUM removes it. Dead rows fill pages that every scan has to read, and a table that was never vacuumed keeps all of them.',
  rule: 'Share of dead rows among live and dead: moderate from 5 %, high from 20 %, critical from 50 %; at least 3 dead rows. Critical where it was never vacuumed, high where it was. From 100,000 dead rows, shares under 50 % belong to dead-tuples-behind. Tables under 50 rows that autovacuum is not yet due on are told only where never vacuumed; one step lower where autovacuum is evidently keeping up.',
  remedy: 'Run VACUUM (ANALYZE), and lower the autovacuum thresholds of the table if this keeps coming back.',
  docs: 'https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-SPACE-RECOVERY',
  needs: ['tables', 'settings'],
  thresholds: {
    ...DEAD_ROWS_LEVELS,
    minimumDeadRows: 3,
    smallTableRows: 50,
    /** From here on `dead-tuples-behind` judges shares below `criticalPercent`. */
    largeDeadRows: 100_000,
    holderAgeXids: 100_000,
  },
  evaluate(facts, context) {
    const { tables, server } = facts;
    if (server.isStandby) return { notApplicable: 'A standby does not count dead rows; see the primary.' };
    const { catalog, limit } = context;
    const holder = holderFor(xminHolders(facts), server.database, limit('holderAgeXids'));
    return tables.flatMap((table): Draft[] => {
      if (table.deadRows < limit('minimumDeadRows') || table.kind === 'p' || table.kind === 'f') return [];
      const level = deadRowsLevel(deadPercent(table), {
        moderatePercent: limit('moderatePercent'),
        highPercent: limit('highPercent'),
        criticalPercent: limit('criticalPercent'),
      });
      if (level === 'none') return [];
      const dead = readDeadRows(table, catalog, server.versionNum);
      if (isLeftToOthers(table, dead, level, context)) return [];
      const never = dead.wasVacuumed ? '' : ', and it was never vacuumed';
      return [
        {
          severity: severityOf(level, dead, table, context),
          confidence: 'likely',
          confidenceReason: reasonOf(table),
          object: catalog.tableRef(table),
          message: `${catalog.label(table)} has ${formatCount(table.deadRows)} dead rows beside ${formatCount(table.liveRows)} live ones (${formatPercent(dead.percent)} dead: ${level})${never}.`,
          evidence: { ...deadRowsEvidence(table, dead, holder), level },
          window: context.statisticsWindow,
          gain: { text: `Room of ${formatCount(table.deadRows)} rows becomes usable again` },
          fix: vacuumTable(table, catalog, 'ANALYZE', holderNotes(holder)),
        },
      ];
    });
  },
});

function isLeftToOthers(
  table: TableFact,
  dead: DeadRows,
  level: DeadRowsLevel,
  { limit }: CheckContext,
): boolean {
  if (level !== 'critical' && table.deadRows >= limit('largeDeadRows')) return true;
  const isSmall = table.liveRows + table.deadRows < limit('smallTableRows');
  return isSmall && dead.wasVacuumed && dead.trigger.isEnabled && !dead.isOverTrigger;
}

function severityOf(level: DeadRowsLevel, dead: DeadRows, table: TableFact, context: CheckContext): Severity {
  if (level === 'critical') return dead.wasVacuumed ? 'high' : 'critical';
  // Below its trigger, a table that autovacuum visits is in its normal cycle.
  const isInCycle = dead.trigger.isEnabled && !dead.isOverTrigger && dead.wasVacuumed;
  const autovacuumAgeMs = table.lastAutovacuumAt
    ? context.nowMs - Date.parse(table.lastAutovacuumAt)
    : Number.POSITIVE_INFINITY;
  if (level === 'high') return isInCycle ? 'medium' : 'high';
  return isInCycle && autovacuumAgeMs < DAY_MS ? 'low' : 'medium';
}

function reasonOf(table: TableFact): string {
  const small =
    table.liveRows + table.deadRows < 1000
      ? ' On a table this small the share is striking but costs little space.'
      : '';
  return `Live and dead rows are the server's own estimates.${small}`;
}
