/** Turns one value of a row into what the facts promise. The session has already parsed numbers, booleans and arrays. */

export function text(value: unknown): string {
  return typeof value === 'string' ? value : String(value);
}

export function textOrNull(value: unknown): string | null {
  return value === null || value === undefined ? null : text(value);
}

export function number(value: unknown): number {
  return typeof value === 'number' ? value : Number(value);
}

/** NaN and infinity have no place in JSON and mean "no figure" in every column we read. */
export function numberOrNull(value: unknown): number | null {
  if (value === null || value === undefined) return null;
  const parsed = number(value);
  return Number.isFinite(parsed) ? parsed : null;
}

export function list(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(text) : [];
}

export function numberList(value: unknown): readonly number[] {
  return Array.isArray(value) ? value.map(number) : [];
}

/**
 * `2026-11-23 15:43:44.5+00` → `2026-11-23T15:43:44.5Z`. Null for "infinity" and for years before Christ: JavaScript
 * dates know neither.
 */
export function instant(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  const match = /^(\d{4,6}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)([+-]\d\d)?(:\d\d)?$/.exec(value);
  if (!match) return null;
  const [, date, time, hours = '+00', minutes = ':00'] = match;
  return `${date}T${time}${hours === '+00' && minutes === ':00' ? 'Z' : hours + minutes}`;
}

/** `name=value` entries of reloptions, proconfig or setconfig; values may hold further equals signs. */
export function options(value: unknown, prefix = ''): Readonly<Record<string, string>> {
  if (!Array.isArray(value) || value.length === 0) return NO_OPTIONS;
  return Object.fromEntries(
    value.map((entry) => {
      const pair = text(entry);
      const at = pair.indexOf('=');
      return at < 0 ? [prefix + pair, 'true'] : [prefix + pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

const NO_OPTIONS: Readonly<Record<string, string>> = Object.freeze({});

/** What PostgreSQL takes for true in a boolean storage option: any unique beginning of on, true, yes or 1. */
export function isOn(value: string | undefined): boolean {
  return value !== undefined && /^(on|1|t(r(u(e)?)?)?|y(e(s)?)?)$/i.test(value);
}

/** age() and mxid_age() of "no transaction id", as partitioned and foreign tables have. */
export const NO_XID_AGE = 2_147_483_647;

export function ageOrNull(value: unknown): number | null {
  const age = numberOrNull(value);
  return age === NO_XID_AGE ? null : age;
}

/** PostgreSQL's `reltuples`: −1 = never counted (14+); before 14 that was 0 rows on 0 pages. */
export function estimatedRows(rows: number, pages: number, versionNum: number): number | null {
  if (rows < 0) return null;
  return versionNum < 140000 && rows === 0 && pages === 0 ? null : rows;
}
