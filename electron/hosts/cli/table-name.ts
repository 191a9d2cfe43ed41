import type { TableName } from '#shared/model/backup.ts';
import { EngineError } from '#engine/errors.ts';

/**
 * "orders", "app.orders", or with quotes as in SQL where a name holds a dot: `"a.b"."c"`. Without quotes a name is taken as
 * it is written, not folded to lower case. BAD_INPUT for anything else.
 */
export function parseTableName(text: string): TableName {
  const match = /^(?:("(?:[^"]|"")+"|[^".]+)\.)?("(?:[^"]|"")+"|[^".]+)$/s.exec(text);
  const [, schema, name] = match ?? [];
  if (name === undefined)
    throw new EngineError(
      'BAD_INPUT',
      'A table is name, schema.name, or "schema"."name" with quotes as in SQL.',
      null,
    );
  return { schema: schema === undefined ? 'public' : unquoted(schema), name: unquoted(name) };
}

function unquoted(text: string): string {
  return text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text;
}
