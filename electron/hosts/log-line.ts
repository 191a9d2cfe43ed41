export type LogLevel = 'info' | 'warning' | 'error';

/**
 * One line for a log: dated, on one line, and without what looks like a secret. Redaction sits here, at the sink,
 * because callers cannot know what a driver or a server has put into an error text.
 */
export function formatLogLine(level: LogLevel, message: string, now: Date): string {
  return `${now.toISOString()} ${level} ${redactSecrets(message).replaceAll(/\s*[\r\n]+\s*/g, ' | ')}`;
}

/** Passwords in URLs, in key=value strings and in SQL, and the verifiers of pg_authid. */
export function redactSecrets(text: string): string {
  return REDACTIONS.reduce((result, [pattern, replacement]) => result.replaceAll(pattern, replacement), text);
}

const REDACTIONS: readonly (readonly [RegExp, string])[] = [
  // The userinfo of a URL ends at the last @ before the path: passwords may contain an @ that was not encoded.
  [/([a-z][a-z0-9+.-]*:\/\/[^\s/:@]*):[^\s/]*@/gi, '$1:[redacted]@'],
  [
    /\b((?:ssl)?password|passphrase|pgpassword|token)(["']?\s*[=:]\s*)("[^"]*"|'(?:[^']|'')*'|[^\s,;&}]+)/gi,
    '$1$2[redacted]',
  ],
  [/\b(password\s+)'(?:[^']|'')*'/gi, '$1[redacted]'],
  [/SCRAM-SHA-256\$[^\s'"]+/g, '[redacted]'],
  [/\bmd5[0-9a-f]{32}\b/g, '[redacted]'],
];
