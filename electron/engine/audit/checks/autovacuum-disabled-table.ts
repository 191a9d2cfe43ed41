import type { Severity } from '#shared/model/finding.ts';
import { formatCount } from '#shared/model/format.ts';
import { isSwitchedOff } from '#engine/audit/autovacuum-trigger.ts';
import type { Draft, Unknown } from '#engine/audit/check.ts';
import { defineCheck } from '#engine/audit/check.ts';
import { onPrimary } from '#engine/audit/standby.ts';
import { changeTableOptions } from '#engine/audit/table-options.ts';
import { rowsOf } from '#engine/audit/table-totals.ts';

const OPTIONS = ['autovacuum_enabled', 'toast.autovacuum_enabled'] as const;
const WEEK_MS = 7 * 86_400_000;

export const autovacuumDisabledTable = defineCheck({
  id: 'autovacuum-disabled-table',
  title: 'Autovacuum is switched off for a table',
  category: 'vacuum',
  topic: 'autovacuum',
  severity: 'high',
  why: 'With autovacuum_enabled off, dead rows pile up and statistics grow old until somebody runs VACUUM by hand. It is often a leftover of a bulk load.',
  rule: 'Medium where the option is off for the table or its TOAST table and it has at least 10,000 rows, high from 1,000,000 rows. To review where it was vacuumed by hand within a week.',
  remedy: 'Reset the option. For bulk loads, switch it off for the load only.',
  docs: 'https://www.postgresql.org/docs/current/sql-createtable.html#RELOPTION-AUTOVACUUM-ENABLED',
  needs: ['tables'],
  thresholds: { mediumRows: 10_000, highRows: 1_000_000, byHandWithinMs: WEEK_MS },
  evaluate({ tables, server }, { catalog, limit, nowMs }) {
    const unknown: Unknown[] = [];
    const findings = tables.flatMap((table): Draft[] => {
      const off = OPTIONS.filter((name) => isSwitchedOff(table.options[name]));
      if (off.length === 0) return [];
      const rows = rowsOf(table);
      if (rows === null) {
        unknown.push({
          reason: `Autovacuum is off for ${catalog.label(table)}, but its number of rows is not known: run ANALYZE.`,
          grant: null,
        });
        return [];
      }
      if (rows < limit('mediumRows')) return [];
      const severity: Severity = rows >= limit('highRows') ? 'high' : 'medium';
      const isByHand =
        table.lastVacuumAt !== null && nowMs - Date.parse(table.lastVacuumAt) < limit('byHandWithinMs');
      const what = off.includes('autovacuum_enabled') ? 'for' : 'for the TOAST table of';
      return [
        {
          severity,
          confidence: isByHand ? 'review' : 'certain',
          confidenceReason: isByHand
            ? 'It was vacuumed by hand lately: somebody may run VACUUM on purpose instead.'
            : 'Read from the options of the table.',
          object: catalog.tableRef(table),
          message: `Autovacuum is off ${what} ${catalog.label(table)} (${formatCount(rows)} rows, ${formatCount(table.deadRows)} dead).`,
          evidence: {
            options: off.map((name) => `${name}=${table.options[name]}`),
            rows,
            deadRows: table.deadRows,
            modifiedSinceAnalyzeRows: table.modifiedSinceAnalyze,
            frozenAgeXids: table.frozenXidAge,
            lastVacuumAt: table.lastVacuumAt,
            lastAnalyzeAt: table.lastAnalyzeAt,
            sizeBytes: table.sizeBytes,
          },
          gain: { text: 'Dead rows are removed and statistics stay fresh by themselves' },
          fix: onPrimary(
            changeTableOptions(table, Object.fromEntries(off.map((name) => [name, null])), catalog),
            server,
          ),
        },
      ];
    });
    return { findings, unknown };
  },
});
