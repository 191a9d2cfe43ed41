import type { DeadRowsLevel } from '#shared/model/vacuum.ts';
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
