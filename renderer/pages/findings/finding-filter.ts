import {
  CATEGORIES,
  type Category,
  CONFIDENCES,
  type Confidence,
  type Finding,
  SEVERITIES,
  type Severity,
  STATUSES,
  type Status,
} from '#shared/model/finding.ts';
import { isOpenFinding } from '#renderer/state/findings.ts';

export interface FindingFilter {
  readonly severity: readonly Severity[];
  readonly category: readonly Category[];
  readonly confidence: readonly Confidence[];
  /** Nothing chosen means what is open: fixed and accepted ones only on request. */
  readonly status: readonly Status[];
  /** Every word must occur in the title, the object or the message. */
  readonly text: string;
  /** One check only. */
  readonly check: string | null;
}

export type Facet = 'severity' | 'category' | 'confidence' | 'status';

export const FACET_VALUES = {
  severity: SEVERITIES,
  category: CATEGORIES,
  confidence: CONFIDENCES,
  status: STATUSES,
} as const satisfies Readonly<Record<Facet, readonly string[]>>;

/** The filter of an address; what it does not know is ignored. */
export function readFilter(params: URLSearchParams): FindingFilter {
  return {
    severity: chosen(params, 'severity', SEVERITIES),
    category: chosen(params, 'category', CATEGORIES),
    confidence: chosen(params, 'confidence', CONFIDENCES),
    status: chosen(params, 'status', STATUSES),
    text: params.get('q') ?? '',
    check: params.get('check'),
  };
}

/** The same address with one value of a facet switched on or off. */
export function toggleFacet(params: URLSearchParams, facet: Facet, value: string): URLSearchParams {
  const values = new Set((params.get(facet) ?? '').split(',').filter(Boolean));
  if (!values.delete(value)) values.add(value);
  const next = new URLSearchParams(params);
  if (values.size === 0) next.delete(facet);
  else next.set(facet, [...values].join(','));
  return next;
}

export function filterFindings(
  findings: readonly Finding[],
  filter: FindingFilter,
  titleOf: (check: string) => string,
): Finding[] {
  const matches = matcher(filter, titleOf);
  return findings.filter((finding) => matches(finding));
}

/** How many findings each value would show, given everything else that is chosen. */
export function countFacet(
  findings: readonly Finding[],
  filter: FindingFilter,
  facet: Facet,
  titleOf: (check: string) => string,
): Map<string, number> {
  const others = matcher({ ...filter, [facet]: facet === 'status' ? STATUSES : [] }, titleOf);
  const counts = new Map<string, number>();
  for (const finding of findings) {
    if (others(finding)) counts.set(finding[facet], (counts.get(finding[facet]) ?? 0) + 1);
  }
  return counts;
}

function matcher(filter: FindingFilter, titleOf: (check: string) => string): (finding: Finding) => boolean {
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  const allows = <T extends string>(values: readonly T[], value: T): boolean =>
    values.length === 0 || values.includes(value);
  return (finding) => {
    if (filter.check !== null && finding.check !== filter.check) return false;
    if (filter.status.length === 0 ? !isOpenFinding(finding) : !filter.status.includes(finding.status))
      return false;
    if (!allows(filter.severity, finding.severity)) return false;
    if (!allows(filter.category, finding.category)) return false;
    if (!allows(filter.confidence, finding.confidence)) return false;
    if (words.length === 0) return true;
    const { object } = finding;
    const text =
      `${titleOf(finding.check)} ${finding.check} ${object.schema ?? ''}.${object.name} ${object.table ?? ''} ${finding.message}`.toLowerCase();
    return words.every((word) => text.includes(word));
  };
}

function chosen<T extends string>(params: URLSearchParams, facet: Facet, known: readonly T[]): readonly T[] {
  const values = (params.get(facet) ?? '').split(',');
  return known.filter((value) => values.includes(value));
}
