import { CATEGORIES, type Category, type Confidence, type Finding, type Severity } from './finding.ts';

export interface Grade {
  /** A+ … F. */
  readonly overall: Letter;
  /** 0–100 after caps. */
  readonly score: number;
  /** Before caps; equal to `score` where no cap applied. */
  readonly uncappedScore: number;
  /** Why the score was lowered, in words; null where it was not. */
  readonly cappedBy: string | null;
  readonly categories: Readonly<Record<Category, CategoryGrade>>;
  /** Every lost point, largest first. */
  readonly losses: readonly Loss[];
}

export interface CategoryGrade {
  readonly grade: Letter;
  readonly score: number;
}

export interface Loss {
  readonly category: Category;
  readonly check: string;
  readonly severity: Severity;
  readonly findings: number;
  readonly points: number;
}

/** Best first. */
export const LETTERS = ['A+', 'A', 'A-', 'B+', 'B', 'B-', 'C+', 'C', 'C-', 'D+', 'D', 'D-', 'F'] as const;
export type Letter = (typeof LETTERS)[number];

/** Points that the first finding of a check costs its category; the published table. */
export const SEVERITY_POINTS: Readonly<Record<Severity, number>> = {
  critical: 40,
  high: 20,
  medium: 8,
  low: 3,
  info: 0,
};
export const CONFIDENCE_FACTOR: Readonly<Record<Confidence, number>> = {
  certain: 1,
  likely: 0.7,
  review: 0.3,
};
/** The n-th finding of a check costs 1/n of the first; a check never costs more than this many times its first. */
export const REPEAT_LIMIT = 3;
/** Share of each category in the overall score; they add up to 1. */
export const CATEGORY_WEIGHTS: Readonly<Record<Category, number>> = {
  reliability: 0.25,
  security: 0.2,
  vacuum: 0.15,
  performance: 0.2,
  storage: 0.1,
  configuration: 0.1,
};
/** An open critical finding caps the score at the top of D, a high one at the top of B. */
export const CRITICAL_CAP = 66;
export const HIGH_CAP = 86;

const LEAST_SCORES: readonly (readonly [number, Letter])[] = [
  [97, 'A+'],
  [93, 'A'],
  [90, 'A-'],
  [87, 'B+'],
  [83, 'B'],
  [80, 'B-'],
  [77, 'C+'],
  [73, 'C'],
  [70, 'C-'],
  [67, 'D+'],
  [63, 'D'],
  [60, 'D-'],
];

export function letterOf(score: number): Letter {
  return LEAST_SCORES.find(([least]) => score >= least)?.[1] ?? 'F';
}

/** Findings → grade. Waived, fixed and info findings never count. */
export function gradeFindings(findings: readonly Finding[]): Grade {
  const counting = findings.filter(
    (f) => f.status !== 'waived' && f.status !== 'fixed' && f.severity !== 'info',
  );
  const losses = lossesOf(counting);
  const categories = {} as Record<Category, CategoryGrade>;
  let uncapped = 0;
  for (const category of CATEGORIES) {
    const lost = losses.reduce((sum, l) => (l.category === category ? sum + l.points : sum), 0);
    const score = round(Math.max(0, 100 - lost));
    categories[category] = { grade: letterOf(score), score };
    uncapped += score * CATEGORY_WEIGHTS[category];
  }
  const uncappedScore = round(uncapped);
  const [cap, cappedBy] = capOf(counting);
  const score = Math.min(uncappedScore, cap);
  return {
    overall: letterOf(score),
    score,
    uncappedScore,
    cappedBy: score < uncappedScore ? cappedBy : null,
    categories,
    losses,
  };
}

function lossesOf(findings: readonly Finding[]): Loss[] {
  const byCheck = new Map<string, Finding[]>();
  for (const finding of findings) {
    const list = byCheck.get(finding.check);
    if (list) list.push(finding);
    else byCheck.set(finding.check, [finding]);
  }
  const losses: Loss[] = [];
  for (const [check, list] of byCheck) {
    const costs = list
      .map((f) => SEVERITY_POINTS[f.severity] * CONFIDENCE_FACTOR[f.confidence])
      .sort((a, b) => b - a);
    const first = costs[0] ?? 0;
    const sum = costs.reduce((total, cost, i) => total + cost / (i + 1), 0);
    const worst = [...list].sort((a, b) => SEVERITY_POINTS[b.severity] - SEVERITY_POINTS[a.severity])[0];
    if (!worst) continue;
    losses.push({
      category: worst.category,
      check,
      severity: worst.severity,
      findings: list.length,
      points: round(Math.min(sum, first * REPEAT_LIMIT)),
    });
  }
  return losses.sort((a, b) => b.points - a.points || a.check.localeCompare(b.check));
}

function capOf(findings: readonly Finding[]): [number, string] {
  const critical = findings.filter((f) => f.severity === 'critical').length;
  if (critical > 0)
    return [CRITICAL_CAP, `${critical} critical ${critical === 1 ? 'finding' : 'findings'}: at most D`];
  const high = findings.filter((f) => f.severity === 'high').length;
  if (high > 0) return [HIGH_CAP, `${high} high ${high === 1 ? 'finding' : 'findings'}: at most B`];
  return [100, ''];
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
