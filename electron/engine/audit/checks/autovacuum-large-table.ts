import { formatBytes, formatCount } from '#shared/model/format.ts';
import { autovacuumTrigger } from '#engine/audit/autovacuum-trigger.ts';
import type { Draft } from '#engine/audit/check.ts';
import { defineCheck } from '#engine/audit/check.ts';
import { changeTableOptions } from '#engine/audit/table-options.ts';

export const autovacuumLargeTable = defineCheck({
  id: 'autovacuum-large-table',
  title: 'Autovacuum starts late on a large table',
  category: 'vacuum',
  topic: 'autovacuum',
  severity: 'low',
  why: 'By default autovacuum waits until a fifth of a table is dead. On a large table that is so many rows that each run takes hours and the table stays bloated in between.',
  rule: 'Low where the effective trigger (18+: with its cap) lies above 10,000,000 dead rows, or above 10 GB of them. Silent for tables whose rows are never updated or deleted and for those with autovacuum switched off.',
  remedy: 'Lower the scale factor of this table, so that autovacuum runs more often and for shorter.',
  docs: 'https://www.postgresql.org/docs/current/runtime-config-autovacuum.html#GUC-AUTOVACUUM-VACUUM-SCALE-FACTOR',
  needs: ['tables', 'settings'],
  thresholds: { triggerRows: 10_000_000, debtBytes: 10 * 1024 ** 3, appendOnlyDays: 7 },
  evaluate({ tables, server }, { catalog, limit, statisticsAgeDays, statisticsWindow }) {
    if (server.isStandby) return { notApplicable: 'Autovacuum runs on the primary, not on a standby.' };
    return tables.flatMap((table): Draft[] => {
      const rows = table.estimatedRows;
      // Never analysed counts as empty for autovacuum: it is not late there.
      if (rows === null || rows === 0 || table.kind === 'p' || table.kind === 'f') return [];
      const trigger = autovacuumTrigger(table, catalog, server.versionNum);
      const debtBytes = Math.round(trigger.deadRows * (table.sizeBytes / rows));
      const isLate = trigger.deadRows > limit('triggerRows') || debtBytes > limit('debtBytes');
      if (!isLate || !trigger.isEnabled) return [];
      const changed = table.updated + table.deleted;
      const isWatched = statisticsAgeDays !== null && statisticsAgeDays >= limit('appendOnlyDays');
      if (changed === 0 && isWatched) return [];
      return [
        {
          severity: 'low',
          confidence: changed > 0 ? 'certain' : 'review',
          confidenceReason:
            changed > 0
              ? 'Computed from the settings and the size of the table.'
              : 'No update or delete was counted yet, but the counters do not reach far enough back to call it append-only.',
          object: catalog.tableRef(table),
          message: `Autovacuum waits for ${formatCount(trigger.deadRows)} dead rows (about ${formatBytes(debtBytes)}) in ${catalog.label(table)} before it starts.`,
          evidence: {
            triggerRows: trigger.deadRows,
            formula: trigger.formula(),
            debtBytes,
            rows,
            sizeBytes: table.sizeBytes,
            deadRows: table.deadRows,
            changedRows: changed,
            changedPerDayRows: isWatched ? Math.round(changed / statisticsAgeDays) : null,
            lastAutovacuumAt: table.lastAutovacuumAt,
          },
          window: statisticsWindow,
          gain: { text: 'Shorter, more frequent runs and less bloat between them' },
          fix: changeTableOptions(table, optionsFor(rows, limit('triggerRows')), catalog, [
            'Watch one run afterwards: each takes work of the same kind as before, only sooner.',
          ]),
        },
      ];
    });
  },
});

/** 1 % of the table, or a fixed million rows where 1 % would still be too late. */
function optionsFor(rows: number, triggerRows: number): Readonly<Record<string, string>> {
  return rows * 0.01 <= triggerRows
    ? { autovacuum_vacuum_scale_factor: '0.01' }
    : { autovacuum_vacuum_scale_factor: '0', autovacuum_vacuum_threshold: '1000000' };
}
