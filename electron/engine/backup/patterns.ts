import type { BackupScope } from '#shared/model/backup.ts';
import { quoteIdentifier, quoteQualified } from '#engine/postgres/quote.ts';

/**
 * What pg_dump is told of a scope: nothing for a whole database, else exactly the named schemas or tables, and failure where
 * one of them is not there. A name that is not quoted is a pattern: `a.b*c` would be tables of the schema `a`.
 * https://www.postgresql.org/docs/current/app-psql.html#APP-PSQL-PATTERNS
 */
export function scopeArguments(scope: BackupScope): readonly string[] {
  switch (scope.kind) {
    case 'database':
      return [];
    case 'schemas':
      return [STRICT, ...scope.schemas.map((schema) => `--schema=${quoteIdentifier(schema)}`)];
    case 'tables':
      return [STRICT, ...scope.tables.map(({ schema, name }) => `--table=${quoteQualified(schema, name)}`)];
  }
}

const STRICT = '--strict-names';
