/** Quotes an identifier as PostgreSQL's quote_ident does, but always: no list of reserved words can go stale. */
export function quoteIdentifier(name: string): string {
  if (name.includes('\0')) throw new RangeError('An identifier cannot contain a zero byte.');
  return `"${name.replaceAll('"', '""')}"`;
}

/** Quotes a string constant so that it reads the same with standard_conforming_strings on or off. */
export function quoteLiteral(text: string): string {
  if (text.includes('\0')) throw new RangeError('A text constant cannot contain a zero byte.');
  const quoted = `'${text.replaceAll("'", "''")}'`;
  return text.includes('\\') ? `E${quoted.replaceAll('\\', '\\\\')}` : quoted;
}

/** "schema"."name". */
export function quoteQualified(schema: string, name: string): string {
  return `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`;
}
