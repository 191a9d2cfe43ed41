/** A table whose name says that it keeps a record: audit_log, user_history, changelog. */
const RECORD = /(?:^|[_.])(?:audit\w*|\w*log|logs|history|journal|changes|events?)$|audit/i;
const INSERT_INTO = /\binsert\s+into\s+((?:"[^"]+"|[\w$]+)(?:\s*\.\s*(?:"[^"]+"|[\w$]+))?)/gi;
const WHOLE_ROW = /\b(?:to_jsonb|row_to_json|to_json|hstore)\s*\(\s*(?:old|new)\b/i;

/** Why a trigger function's text looks like auditing; null where it does not. Comments do not count. */
export function auditReason(source: string): string | null {
  const code = source.replace(/--[^\n]*|\/\*[\s\S]*?\*\//g, ' ');
  const targets = [...code.matchAll(INSERT_INTO)].map((match) => (match[1] ?? '').replaceAll('"', ''));
  const record = targets.find((target) => RECORD.test(target.replace(/\s/g, '')));
  if (record !== undefined) return `inserts into ${record}`;
  if (targets.length > 0 && WHOLE_ROW.test(code)) return `inserts whole rows into ${targets[0]}`;
  return null;
}
