import type { Category, Confidence, LockMode, Risk, Status } from '#shared/model/finding.ts';

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
