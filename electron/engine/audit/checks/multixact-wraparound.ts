import { defineCheck } from '#engine/audit/check.ts';
import { judgeFreeze } from '#engine/audit/freeze.ts';
import { MULTIXACTS } from '#engine/audit/freeze-kinds.ts';
import { FREEZE_THRESHOLDS } from '#engine/audit/freeze-ladder.ts';

export const multixactWraparound = defineCheck({
  id: 'multixact-wraparound',
  title: 'Old row locks are not frozen in time',
  category: 'vacuum',
  topic: 'wraparound',
  severity: 'critical',
  why: 'Rows locked by several transactions at once, as foreign keys do, use multixact IDs. They are 32 bits wide like transaction IDs: when the old ones are not cleared in time, PostgreSQL refuses statements that need new ones.',
  rule: 'Per table, matview and TOAST table, and for every database: medium from 1.25 × the effective autovacuum_multixact_freeze_max_age unless a VACUUM is running on it, high from 50 % of 2^31 or 80 % of vacuum_multixact_failsafe_age, critical from 75 % of 2^31. The space of multixact members (up to 18) is not measured.',
  remedy: 'End old transactions, then run VACUUM (FREEZE) on the oldest tables.',
  docs: 'https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-MULTIXACT-WRAPAROUND',
  needs: ['tables', 'databases', 'settings'],
  thresholds: FREEZE_THRESHOLDS,
  evaluate: (facts, context) => judgeFreeze(MULTIXACTS, facts, context),
});
