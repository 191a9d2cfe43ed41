import type { Category, Confidence, LockMode, Risk, Status } from '#shared/model/finding.ts';
import type { ActionOutcome, JobOutcome, PreflightItem } from '#shared/model/plan.ts';
import type { Mark } from '../components/SeverityMark.tsx';

export const CATEGORY_WORD: Readonly<Record<Category, string>> = {
  performance: 'Performance',
  storage: 'Storage',
  vacuum: 'Vacuum',
  reliability: 'Reliability',
  security: 'Security',
  configuration: 'Configuration',
};

export const CONFIDENCE_WORD: Readonly<Record<Confidence, string>> = {
  certain: 'Certain',
  likely: 'Likely',
  review: 'Needs review',
};

export const STATUS_WORD: Readonly<Record<Status, string>> = {
  new: 'New',
  open: 'Open',
  fixed: 'Fixed',
  regressed: 'Came back',
  waived: 'Accepted',
};

export const RISK_WORD: Readonly<Record<Risk, string>> = {
  R1: 'R1 · safe',
  R2: 'R2 · takes long, runs online',
  R3: 'R3 · blocks others',
  R4: 'R4 · destroys or cuts off',
};

export function lockWord(lock: LockMode): string {
  return lock === 'none' ? 'No relation lock' : `${lock} lock`;
}

/** A shape and a word: never colour alone. */
export interface MarkedWord {
  readonly mark: Mark;
  readonly word: string;
}

export const RISK_MARK: Readonly<Record<Risk, Mark>> = { R1: 'pass', R2: 'low', R3: 'high', R4: 'critical' };

export const OUTCOME: Readonly<Record<JobOutcome | ActionOutcome, MarkedWord>> = {
  waiting: { mark: 'info', word: 'Waiting' },
  running: { mark: 'low', word: 'Running' },
  done: { mark: 'pass', word: 'Done' },
  failed: { mark: 'critical', word: 'Failed' },
  cancelled: { mark: 'medium', word: 'Cancelled' },
  interrupted: { mark: 'high', word: 'Interrupted' },
  'not run': { mark: 'info', word: 'Not run' },
};

export const VERDICT: Readonly<Record<PreflightItem['verdict'], MarkedWord>> = {
  ok: { mark: 'pass', word: 'Good' },
  note: { mark: 'info', word: 'Note' },
  warning: { mark: 'high', word: 'Warning' },
  stop: { mark: 'critical', word: 'Stop' },
};
