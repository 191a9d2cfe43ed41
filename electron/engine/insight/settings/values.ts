import { formatBytes, formatDuration } from '#shared/model/format.ts';

/** `vartype` of pg_settings. */
export type SettingType = 'bool' | 'integer' | 'real' | 'string' | 'enum';

const UNIT_BYTES: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1024,
  '8kB': 8192,
  '16kB': 16_384,
  '32kB': 32_768,
  MB: 1024 ** 2,
  GB: 1024 ** 3,
  TB: 1024 ** 4,
};
const UNIT_MS: Readonly<Record<string, number>> = {
  us: 0.001,
  ms: 1,
  s: 1000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** "16384" with "8kB" is "128 MB"; special values (−1, 0) and what carries a unit of its own stay as they are. */
export function withUnit(value: string, unit: string | null): string {
  const number = Number(value);
  if (unit === null || value === '' || !Number.isFinite(number) || number <= 0) return value;
  const bytes = UNIT_BYTES[unit];
  if (bytes !== undefined) return formatBytes(number * bytes);
  const ms = UNIT_MS[unit];
  return ms === undefined ? `${value} ${unit}` : formatDuration(number * ms);
}

/** Whatever was written, in the way of pg_settings: "2min" of a setting in seconds is "2 min". */
export function shownValue(written: string, unit: string | null, type: SettingType): string {
  if (type === 'bool') return truth(written) ?? written;
  const number = baseNumber(written, unit);
  if (unit === null || number === null || (type !== 'integer' && type !== 'real')) return written;
  if (number <= 0) return written;
  return UNIT_BYTES[unit] === undefined ? formatDuration(number) : formatBytes(number);
}

/** What pg_settings lets a setting be: "on, off", "64 kB to 2147483647 kB (about 2 TB)"; null for texts, which say nothing. */
export function rangeOf(
  type: SettingType,
  {
    unit,
    least,
    most,
    choices,
  }: {
    readonly unit: string | null;
    readonly least: string | null;
    readonly most: string | null;
    readonly choices: readonly string[];
  },
): string | null {
  if (type === 'bool') return 'on, off';
  if (choices.length > 0) return choices.join(', ');
  return least === null || most === null ? null : `${bound(least, unit)} to ${bound(most, unit)}`;
}

/**
 * True where both mean the same to PostgreSQL, whatever their units and spelling. Integers are rounded to their unit, and
 * texts such as DateStyle are put in order: it errs on the side of "the same".
 */
export function isSameValue(
  a: { readonly text: string; readonly unit: string | null },
  b: { readonly text: string; readonly unit: string | null },
  type: SettingType,
): boolean {
  if (a.text === b.text && a.unit === b.unit) return true;
  if (type === 'bool') return truth(a.text) === truth(b.text);
  if (type === 'enum') return a.text.toLowerCase() === b.text.toLowerCase();
  if (type === 'string') return condensed(a.text) === condensed(b.text);
  const [left, right] = [baseNumber(a.text, a.unit), baseNumber(b.text, b.unit)];
  if (left === null || right === null) return false;
  const step = type === 'integer' ? Math.max(scaleOf(a.unit), scaleOf(b.unit)) : 0;
  return left === right || Math.abs(left - right) < step || Math.abs(left - right) < Math.abs(left) * 1e-6;
}

/** To the last digit, so that the server takes it; the words stand beside it where they are rounded. */
function bound(value: string, unit: string | null): string {
  const words = withUnit(value, unit);
  const number = Number(value);
  if (words === value || unit === null || baseNumber(words, null) === number * scaleOf(unit)) return words;
  const bytes = UNIT_BYTES[unit];
  const exact =
    bytes !== undefined && bytes % 1024 === 0 ? `${(number * bytes) / 1024} kB` : `${value} ${unit}`;
  return `${exact} (about ${words})`;
}

/** Bytes, milliseconds or a plain number; null for what is no number. */
function baseNumber(text: string, unit: string | null): number | null {
  const match = /^\s*([+-]?(?:0x[\da-f]+|\d*\.?\d+(?:e[+-]?\d+)?))\s*([a-z]*)\s*$/i.exec(text);
  if (!match) return null;
  const [, digits = '', suffix = ''] = match;
  const value = Number(digits);
  if (suffix === '') return value <= 0 ? value : value * scaleOf(unit);
  const scale = UNIT_BYTES[suffix] ?? UNIT_MS[suffix];
  return scale === undefined ? null : value * scale;
}

function scaleOf(unit: string | null): number {
  return unit === null ? 1 : (UNIT_BYTES[unit] ?? UNIT_MS[unit] ?? 1);
}

function condensed(text: string): string {
  return text.toLowerCase().replace(/[\s"']/g, '');
}

function truth(text: string): 'on' | 'off' | null {
  if (/^(on|yes?|t(r(ue?)?)?|1)$/i.test(text.trim())) return 'on';
  return /^(off?|no?|f(a(l(se?)?)?)?|0)$/i.test(text.trim()) ? 'off' : null;
}
