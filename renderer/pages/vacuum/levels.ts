import type { DeadRowsLevel, FreezeLevel } from '#shared/model/vacuum.ts';
import type { Mark } from '#renderer/components/SeverityMark.tsx';

export const LEVEL_WORD: Readonly<Record<DeadRowsLevel, string>> = {
  none: 'Fine',
  moderate: 'Moderate',
  high: 'High',
  critical: 'Critical',
};

export const LEVEL_MARK: Readonly<Record<DeadRowsLevel, Mark>> = {
  none: 'pass',
  moderate: 'medium',
  high: 'high',
  critical: 'critical',
};

export const FREEZE_WORD: Readonly<Record<FreezeLevel, string>> = {
  fine: 'Fine',
  forced: 'Forced now',
  overdue: 'Overdue',
  urgent: 'Urgent',
  critical: 'Critical',
};

/** That autovacuum starts by force is routine. */
export const FREEZE_MARK: Readonly<Record<FreezeLevel, Mark>> = {
  fine: 'pass',
  forced: 'info',
  overdue: 'medium',
  urgent: 'high',
  critical: 'critical',
};
