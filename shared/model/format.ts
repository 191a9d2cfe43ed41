/**
 * Numbers, sizes, durations and instants as people read them: one voice for the window, the terminal and reports.
 * Pure and the same everywhere (fixed English, UTC unless a zone is given), so that a report compares byte for byte.
 */
import type { EvidenceValue } from './finding.ts';

/** What stands where a value is not known. Unknown is never shown as zero. */
export const UNKNOWN = 'unknown';

/** A size with 1024 as base, in the units of pg_size_pretty: "512 B", "8 kB", "1.7 GB". */
export function formatBytes(bytes: number): string {
  if (!Number.isFinite(bytes)) return UNKNOWN;
  const sign = bytes < 0 ? '-' : '';
  let value = Math.abs(bytes);
  let unit = 0;
  // 1,023.7 would round to "1024 kB": step up as soon as the rounded figure reaches the next unit.
  while (unit < BYTE_UNITS.length - 1 && roundTo(value, decimalsFor(value, 1)) >= 1024) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit === 0 ? 0 : decimalsFor(value, 1);
  return `${sign}${plain(value, digits)} ${BYTE_UNITS[unit]}`;
}

/** A whole number with a narrow no-break space between thousands: "6 700 000"; fractions keep two places. */
export function formatCount(count: number): string {
  if (!Number.isFinite(count)) return UNKNOWN;
  return plain(count, Number.isInteger(count) ? 0 : 2);
}

/** A counted noun: "1 finding", "12 findings", "3 indexes". */
export function formatCountOf(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** Milliseconds as the two largest units that matter: "0.66 ms", "49.9 s", "3 min 20 s", "53 days". */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms)) return UNKNOWN;
  if (ms < 0) return `-${formatDuration(-ms)}`;
  if (ms === 0) return '0 ms';
  if (ms < 0.01) return '< 0.01 ms';
  if (ms < 999.5) return `${plain(ms, decimalsFor(ms, 2))} ms`;
  if (ms < 59_950) return `${plain(ms / SECOND_MS, 1)} s`;
  if (ms < HOUR_MS - 500) return twoUnits(ms, MINUTE_MS, 'min', SECOND_MS, 's');
  if (ms < DAY_MS - 30_000) return twoUnits(ms, HOUR_MS, 'h', MINUTE_MS, 'min');
  if (ms < 10 * DAY_MS) return daysAndHours(ms);
  const days = Math.round(ms / DAY_MS);
  return days < 1000 ? `${days} days` : `${plain(ms / YEAR_MS, 1)} years`;
}

/** How long something lasts, from days: as a duration, and no silly precision about what nobody will live to see. */
export function formatDaysLeft(days: number): string {
  return days > 100 * 365.25 ? '> 100 years' : formatDuration(days * DAY_MS);
}

/** A percentage (0–100). Never rounds something to nothing, nor nearly all to all: "< 0.01 %", "> 99.99 %". */
export function formatPercent(percent: number): string {
  if (!Number.isFinite(percent)) return UNKNOWN;
  if (percent !== 0 && Math.abs(percent) < 0.005) return percent > 0 ? '< 0.01 %' : '> -0.01 %';
  if (percent < 100 && percent >= 99.995) return '> 99.99 %';
  const digits = Math.abs(percent) < 10 || (percent > 99 && percent < 100) ? 2 : 1;
  return `${plain(percent, digits)} %`;
}

/** A ratio (0–1) as a percentage. */
export function formatRatio(ratio: number): string {
  return formatPercent(ratio * 100);
}

/** An ISO instant to the minute: "2026-11-23 15:21 UTC". Pass an IANA zone to show another clock. */
export function formatInstant(iso: string, timeZone = 'UTC'): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return UNKNOWN;
  const parts = new Map(
    instantFormat(timeZone)
      .formatToParts(at)
      .map((part) => [part.type, part.value]),
  );
  const day = `${parts.get('year')}-${parts.get('month')}-${parts.get('day')}`;
  return `${day} ${parts.get('hour')}:${parts.get('minute')} ${parts.get('timeZoneName')}`;
}

/** How long ago, coarse on purpose: "just now", "2 min ago", "5 h ago", "53 days ago". */
export function formatAgo(ageMs: number): string {
  if (!Number.isFinite(ageMs)) return UNKNOWN;
  if (ageMs < 45 * SECOND_MS) return 'just now';
  if (ageMs < HOUR_MS) return `${Math.max(1, Math.round(ageMs / MINUTE_MS))} min ago`;
  if (ageMs < 2 * DAY_MS) return `${Math.round(ageMs / HOUR_MS)} h ago`;
  return `${formatDuration(Math.floor(ageMs / DAY_MS) * DAY_MS)} ago`;
}

/**
 * One evidence entry as a label and a text. The unit is read from the end of the key (`Bytes`, `Ms`, `Seconds`,
 * `Days`, `Percent`, `Ratio`, `Share`, `Rows`, `Pages`, `At`); anything else stays as it is.
 */
export function formatEvidence(key: string, value: EvidenceValue): { label: string; text: string } {
  const unit = UNITS.find(({ suffix }) => suffix.test(key));
  return { label: labelOf(unit ? nameOf(key, unit) : key), text: textOf(value, unit?.format) };
}

type Formatter = (value: number | string) => string;

interface Unit {
  readonly suffix: RegExp;
  readonly format: Formatter;
  /** What stands for the unit in the label: `indexBytes` is "Index size" beside the "Index" that `index` is. */
  readonly noun?: string;
  /** Names that say it already: `ageMs` is "Age", not "Age time". */
  readonly saysIt?: RegExp;
}

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const YEAR_MS = 365.25 * DAY_MS;
const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;
const NARROW_SPACE = '\u202f';

const ofNumber = (format: (value: number) => string): Formatter => {
  return (value) => (typeof value === 'number' ? format(value) : value);
};
const ofText = (format: (value: string) => string): Formatter => {
  return (value) => (typeof value === 'string' ? format(value) : formatCount(value));
};

const TIME_WORD = /(?:age|time|timeout|duration|delay|lag|interval|window|wait|uptime|period)$/i;
const SIZE_WORD = /(?:size|memory|space|total|limit)$/i;

const UNITS: readonly Unit[] = [
  { suffix: /(?:^b|B)ytes$/, format: ofNumber(formatBytes), noun: 'Size', saysIt: SIZE_WORD },
  { suffix: /(?:^m|M)s$/, format: ofNumber(formatDuration), noun: 'Time', saysIt: TIME_WORD },
  {
    suffix: /(?:^s|S)econds$/,
    format: ofNumber((seconds) => formatDuration(seconds * SECOND_MS)),
    noun: 'Time',
    saysIt: TIME_WORD,
  },
  {
    suffix: /(?:^d|D)ays$/,
    format: ofNumber((days) => formatDuration(days * DAY_MS)),
    noun: 'Time',
    saysIt: TIME_WORD,
  },
  {
    suffix: /(?:^p|P)ercent$/,
    format: ofNumber(formatPercent),
    noun: 'Share',
    saysIt: /^share|(?:share|ratio)$/i,
  },
  { suffix: /(?:^r|R)atio$/, format: ofNumber(formatRatio), noun: 'Ratio' },
  { suffix: /(?:^s|S)hare$/, format: ofNumber(formatRatio), noun: 'Share' },
  { suffix: /(?<=[a-z])At$/, format: ofText((iso) => formatInstant(iso)) },
];

/** Words that are written their own way inside a label. */
const SPELLINGS = new Map(
  ['TOAST', 'WAL', 'XID', 'SQL', 'TLS', 'SSL', 'HOT', 'FK', 'PK', 'RLS', 'URL', 'I/O', 'MXID', 'SCRAM', 'MD5']
    .map((word): [string, string] => [word.toLowerCase().replace('/', ''), word])
    .concat([
      ['pid', 'PID'],
      ['oid', 'OID'],
      ['cpu', 'CPU'],
      ['ttl', 'TTL'],
    ]),
);

function nameOf(key: string, unit: Unit): string {
  const stem = key.replace(unit.suffix, '');
  return unit.saysIt?.test(stem) ? stem : `${stem}${unit.noun ?? ''}`;
}

function labelOf(key: string): string {
  const words = key
    .replace(/^(?:is|has)(?=[A-Z])/, '')
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/[_-]+/g, ' ')
    .trim()
    .toLowerCase()
    .split(/\s+/);
  const text = words.map((word) => SPELLINGS.get(word) ?? word).join(' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function textOf(value: EvidenceValue, format: Formatter | undefined): string {
  if (value === null) return UNKNOWN;
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'object') return value.length === 0 ? 'none' : value.join(', ');
  if (format) return format(value);
  return typeof value === 'number' ? formatCount(value) : value;
}

function twoUnits(ms: number, bigMs: number, big: string, smallMs: number, small: string): string {
  const total = Math.round(ms / smallMs);
  const perBig = bigMs / smallMs;
  const rest = total % perBig;
  const head = `${Math.floor(total / perBig)} ${big}`;
  return rest === 0 ? head : `${head} ${rest} ${small}`;
}

function daysAndHours(ms: number): string {
  const hours = Math.round(ms / HOUR_MS);
  const days = Math.floor(hours / 24);
  const head = days === 1 ? '1 day' : `${days} days`;
  return hours % 24 === 0 ? head : `${head} ${hours % 24} h`;
}

/** Three significant figures at most: 1.75 and 17.5, but 175. */
function decimalsFor(value: number, most: number): number {
  if (value >= 100) return 0;
  return value >= 10 ? Math.min(1, most) : most;
}

function roundTo(value: number, digits: number): number {
  const scale = 10 ** digits;
  return Math.round(value * scale) / scale;
}

function plain(value: number, maximumFractionDigits: number): string {
  // Most figures are small whole numbers, and formatToParts costs a microsecond each time.
  if (Number.isInteger(value) && value >= 0 && value < 1000) return String(value);
  return numberFormat(maximumFractionDigits)
    .formatToParts(value)
    .map((part) => (part.type === 'group' ? NARROW_SPACE : part.value))
    .join('');
}

// Building an Intl object costs ~50 µs; a table of 50,000 rows would pay it in every cell.
const numberFormats = new Map<number, Intl.NumberFormat>();
const instantFormats = new Map<string, Intl.DateTimeFormat>();

function numberFormat(maximumFractionDigits: number): Intl.NumberFormat {
  const known = numberFormats.get(maximumFractionDigits);
  if (known) return known;
  const made = new Intl.NumberFormat('en-US', { maximumFractionDigits });
  numberFormats.set(maximumFractionDigits, made);
  return made;
}

function instantFormat(timeZone: string): Intl.DateTimeFormat {
  const known = instantFormats.get(timeZone);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'short',
  });
  instantFormats.set(timeZone, made);
  return made;
}
