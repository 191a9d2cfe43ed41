import type { PartitionParent } from '#shared/model/facts.ts';
import type { Coverage } from '#shared/model/schema.ts';
import { type SqlWord, sqlWords } from '#engine/postgres/sql-words.ts';

/** A partition's bounds as printed; null where they could not be read. */
export interface Bounded {
  readonly bound: string;
}

const DAY_MS = 86_400_000;

/**
 * What values have no partition of their own. Ranges are judged where the key is one column: of time, where they end
 * against `nowMs`, and "soon" is less than one more partition; of whole numbers, by their gaps. Hash: whether every
 * remainder has its partition. Source: https://www.postgresql.org/docs/current/ddl-partitioning.html.
 */
export function coverageOf(parent: PartitionParent, bounds: readonly Bounded[], nowMs: number): Coverage {
  const hasDefault = parent.defaultOid !== null;
  if (parent.strategy === 'h') return hashCoverage(bounds);
  if (parent.strategy === 'l') return { ...NOTHING_KNOWN, state: hasDefault ? 'default' : 'listed' };
  const [type = null, ...more] = parent.keyTypes;
  const scale = more.length > 0 || type === null ? null : scaleOf(type);
  const ranges = bounds.flatMap(({ bound }) => rangeIn(bound, scale) ?? []);
  if (scale === null || ranges.length === 0)
    return { ...NOTHING_KNOWN, state: hasDefault ? 'default' : 'unknown' };
  const sorted = ranges.toSorted((a, b) => a.from.at - b.from.at);
  const gaps = sorted.flatMap((range, place) => {
    const next = sorted[place + 1];
    return next && next.from.at > range.to.at ? [{ from: range.to.text, to: next.from.text }] : [];
  });
  const last = sorted.at(-1);
  if (!last || last.to.at === Number.POSITIVE_INFINITY) return { ...NOTHING_KNOWN, state: 'open', gaps };
  if (scale !== 'time')
    return { ...NOTHING_KNOWN, state: hasDefault ? 'default' : 'ends', endsAt: last.to.text, gaps };
  const daysLeft = (last.to.at - nowMs) / DAY_MS;
  const width = last.to.at - last.from.at;
  const state = daysLeft <= 0 ? 'ended' : last.to.at - nowMs < width ? 'soon' : 'ahead';
  return { state, hasDefault, endsAt: last.to.text, daysLeft, gaps, missingRemainders: 0 };
}

const NOTHING_KNOWN = {
  hasDefault: false,
  endsAt: null,
  daysLeft: null,
  gaps: [],
  missingRemainders: 0,
} as const;

type Scale = 'time' | 'number';

function scaleOf(type: string): Scale | null {
  if (type === 'date' || type.startsWith('timestamp')) return 'time';
  return ['smallint', 'integer', 'bigint', 'numeric'].includes(type) ? 'number' : null;
}

interface End {
  readonly at: number;
  readonly text: string;
}

/** FOR VALUES FROM (a) TO (b), of one column; null for the default partition and for what is not understood. */
function rangeIn(bound: string, scale: Scale | null): { from: End; to: End } | null {
  const words = sqlWords(bound);
  const from = valueAfter(words, 'from');
  const to = valueAfter(words, 'to');
  if (!from || !to || scale === null) return null;
  const [start, end] = [endOf(from, scale), endOf(to, scale)];
  return Number.isNaN(start.at) || Number.isNaN(end.at) ? null : { from: start, to: end };
}

function valueAfter(words: readonly SqlWord[], keyword: string): SqlWord | undefined {
  return words[words.findIndex((word) => word.kind === 'name' && word.text === keyword) + 2];
}

function endOf({ kind, text }: SqlWord, scale: Scale): End {
  if (kind === 'name') {
    const isLowest = text === 'minvalue';
    return { at: isLowest ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY, text: text.toUpperCase() };
  }
  const value = kind === 'string' ? text.slice(1, -1) : text;
  if (scale === 'number') return { at: Number(value), text: value };
  if (value === 'infinity') return { at: Number.POSITIVE_INFINITY, text: value };
  if (value === '-infinity') return { at: Number.NEGATIVE_INFINITY, text: value };
  return { at: Date.parse(isoOf(value)), text: value };
}

/** Sessions print instants in UTC and DateStyle ISO; a timestamp without zone is taken as UTC too. */
function isoOf(value: string): string {
  const [date = '', time = '00:00:00'] = value.split(' ');
  return `${date}T${time.replace(/[+-]00$/, '')}Z`;
}

/** WITH (modulus m, remainder r): each takes 1/m of the values. */
function hashCoverage(bounds: readonly Bounded[]): Coverage {
  const moduli = bounds.flatMap(({ bound }) => {
    const modulus = Number(/modulus (\d+)/i.exec(bound)?.[1]);
    return modulus > 0 ? [modulus] : [];
  });
  const largest = Math.max(1, ...moduli);
  const covered = moduli.reduce((sum, modulus) => sum + largest / modulus, 0);
  const missingRemainders = moduli.length === 0 ? 1 : Math.round(largest - covered);
  return { ...NOTHING_KNOWN, state: missingRemainders > 0 ? 'incomplete' : 'complete', missingRemainders };
}
