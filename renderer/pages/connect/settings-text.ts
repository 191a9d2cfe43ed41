/** The settings of a saved connection as one of libpq's keyword strings, which the address field understands again. */
export function settingsText(settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings)
    .map(([keyword, value]) => `${keyword}=${/^[\w.:/-]+$/.test(value) ? value : quoted(value)}`)
    .join(' ');
}

function quoted(value: string): string {
  return `'${value.replace(/[\\']/g, '\\$&')}'`;
}
