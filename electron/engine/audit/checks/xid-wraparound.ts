import { defineCheck } from '#engine/audit/check.ts';
import { judgeFreeze } from '#engine/audit/freeze.ts';
import { TRANSACTIONS } from '#engine/audit/freeze-kinds.ts';
import { FREEZE_THRESHOLDS } from '#engine/audit/freeze-ladder.ts';

export const xidWraparound = defineCheck({
  id: 'xid-wraparound',
  title: 'Old rows are not frozen in time',
  category: 'vacuum',
  topic: 'wraparound',
  severity: 'critical',
  why: 'Transaction IDs are 32 bits wide. Rows that VACUUM has not frozen before 2 billion more transactions would seem to lie in the future, so PostgreSQL refuses all writes shortly before that point.',
  rule: 'Per table, matview and TOAST table, and for every database: medium from 1.25 × the effective autovacuum_freeze_max_age unless a VACUUM is running on it, high from 50 % of 2^31 or 80 % of vacuum_failsafe_age, critical from 75 % of 2^31. Reaching autovacuum_freeze_max_age alone is routine.',
  remedy:
    'End what holds back VACUUM (old transactions, forgotten slots, prepared transactions), then run VACUUM (FREEZE) on the oldest tables.',
  docs: 'https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-WRAPAROUND',
  needs: ['tables', 'databases', 'settings'],
  thresholds: FREEZE_THRESHOLDS,
  evaluate: (facts, context) => judgeFreeze(TRANSACTIONS, facts, context),
});
