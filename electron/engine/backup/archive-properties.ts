import { text as readAll } from 'node:stream/consumers';
import { sqlPieces } from '#shared/model/sql-lexer.ts';
import type { ToolInstall } from '#shared/model/backup.ts';
import { quoteIdentifier } from '#engine/postgres/quote.ts';
import { restorePathOf } from './archive.ts';
import { archivePath, assertRestored, type BackupAt } from './archive-restore.ts';
import { runTool } from './tool-process.ts';

/** What an archive says about the database itself. */
export interface ArchiveProperties {
  /** Settings, limits and rights, one statement each, for the database as it is called meanwhile. */
  readonly statements: readonly string[];
  /** `COMMENT ON DATABASE` for the name that it gets. */
  readonly comment: string | null;
}

export interface PropertyNames {
  /** Its name while it is restored. */
  readonly as: string;
  /** The name that it gets. */
  readonly comesBackAs: string;
}

/**
 * The properties of the database in the archive (DATABASE PROPERTIES, its ACL and comment): there the database itself is
 * not asked, for it may be gone. TOOL_FAILED where pg_restore cannot read them.
 */
export async function archiveProperties(
  backup: BackupAt,
  tools: ToolInstall,
  options: PropertyNames & { readonly keepsOwners: boolean; readonly signal: AbortSignal },
): Promise<ArchiveProperties> {
  let script = '';
  const end = await runTool({
    path: restorePathOf(tools),
    args: [
      '--create',
      // What belongs to the database itself is not subject to a choice of schemas: nothing else is left.
      `--schema=${NO_SCHEMA}`,
      '--no-owner',
      ...(options.keepsOwners ? [] : ['--no-privileges']),
      '--file=-',
      archivePath(backup),
    ],
    password: null,
    signal: options.signal,
    onOutput: async (output) => {
      script = await readAll(output);
    },
  });
  assertRestored(end, backup.manifest, tools);
  return propertiesIn(script, backup.manifest.server.database, options);
}

/** Of a script of `pg_restore --create`: what is about the database of this name, and nothing else. */
export function propertiesIn(
  script: string,
  database: string,
  { as, comesBackAs }: PropertyNames,
): ArchiveProperties {
  const quoted = quoteIdentifier(database);
  // pg_restore quotes where it must, or always if pg_dump was told so.
  const names = /^[a-z_][a-z0-9_]*$/.test(database) ? [quoted, database] : [quoted];
  const statements = statementsOf(script);
  const about = (head: RegExp, after: string, to: string): string[] =>
    statements.flatMap((statement) => {
      const start = head.exec(statement)?.[0] ?? null;
      const name = names.find((one) => start !== null && statement.startsWith(`${start}${one}${after}`));
      return start === null || name === undefined
        ? []
        : [`${start}${quoteIdentifier(to)}${statement.slice(start.length + name.length)}`];
    });
  return {
    statements: [
      ...about(/^ALTER DATABASE /, ' ', as),
      ...about(/^ALTER ROLE (?:"(?:[^"]|"")*"|\w+) IN DATABASE /, ' SET ', as),
      ...about(/^(?:GRANT|REVOKE) [A-Z, ]+ ON DATABASE /, ' ', as),
    ],
    comment: about(/^COMMENT ON DATABASE /, ' IS ', comesBackAs)[0] ?? null,
  };
}

/** No schema of this name can be: it is longer than PostgreSQL's names are. */
const NO_SCHEMA = 'x'.repeat(64);

function statementsOf(script: string): string[] {
  const statements: string[] = [];
  let current = '';
  // Of psql, with quotes of its own kind.
  const sql = script.replaceAll(/^\\connect .*$/gm, '');
  for (const { kind, text } of sqlPieces(sql)) {
    if (kind === 'comment') continue;
    if (kind === 'symbol' && text === ';') {
      statements.push(current.trim());
      current = '';
    } else current += text;
  }
  return statements;
}
