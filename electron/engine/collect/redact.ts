/** Values that hold a secret by their name, as PostgREST's app.jwt_secret does. */
const SECRET_NAME = /(?:secret|passw(?:or)?d|passphrase|token|api_?key|private_?key)$/i;
/** Settings whose text may hold a password: connection strings and commands of a shell. */
const MAY_HOLD = /conninfo|command/i;
const PAIR = /\b(password|passwd|secret|token|access_?key)(\s*=\s*)('(?:[^'\\]|\\.|'')*'|[^\s;&]+)/gi;
const URL_PASSWORD = /(\/\/[^\s:/@]+:)[^\s@/]+@/g;

export const REDACTED = '[redacted]';

/** The value of a setting without passwords: facts end up in files and on the clipboard. */
export function withoutSecrets(name: string, value: string): string {
  if (value !== '' && SECRET_NAME.test(name)) return REDACTED;
  if (!MAY_HOLD.test(name)) return value;
  return value
    .replace(PAIR, (_, key: string, equals: string) => `${key}${equals}${REDACTED}`)
    .replace(URL_PASSWORD, (_, before: string) => `${before}${REDACTED}@`);
}
