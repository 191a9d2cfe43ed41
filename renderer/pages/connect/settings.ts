/** libpq's keywords and their values. */
export type Settings = Readonly<Record<string, string>>;

/** One of them changed; empty takes it away. */
export function withSetting(settings: Settings, keyword: string, value: string): Settings {
  if (value !== '') return { ...settings, [keyword]: value };
  return Object.fromEntries(Object.entries(settings).filter(([known]) => known !== keyword));
}

/** As one of libpq's keyword strings, which the address field understands again: in the order of the fields, then the rest. */
export function settingsText(settings: Settings): string {
  const place = (keyword: string): number =>
    FIELDS.includes(keyword) ? FIELDS.indexOf(keyword) : FIELDS.length;
  return Object.entries(settings)
    .toSorted(([a], [b]) => place(a) - place(b))
    .map(([keyword, value]) => `${keyword}=${/^[\w.:/-]+$/.test(value) ? value : quoted(value)}`)
    .join(' ');
}

function quoted(value: string): string {
  return `'${value.replace(/[\\']/g, '\\$&')}'`;
}

/** Those that have a field. */
const FIELDS: readonly string[] = [
  'host',
  'port',
  'dbname',
  'user',
  'sslmode',
  'sslrootcert',
  'sslcert',
  'sslkey',
];

/** Those that have none: they stay, and can be read. */
export function settingsWithoutField(settings: Settings): Settings {
  return Object.fromEntries(Object.entries(settings).filter(([keyword]) => !FIELDS.includes(keyword)));
}

/** As typed, without blanks around. */
export function tidied(settings: Settings): Settings {
  return Object.fromEntries(
    Object.entries(settings)
      .map(([keyword, value]) => [keyword, FIELDS.includes(keyword) ? value.trim() : value] as const)
      .filter(([, value]) => value !== ''),
  );
}

/** None is 5432. */
export function isPort(text: string): boolean {
  const digits = text.trim();
  return digits === '' || (/^\d{1,5}$/.test(digits) && Number(digits) >= 1 && Number(digits) <= 65_535);
}
