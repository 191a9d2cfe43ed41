import type { Fix } from '#shared/model/finding.ts';
import { quoteIdentifier } from '#engine/postgres/quote.ts';
import { statementFix } from './fixes.ts';

/** `schema`: null where the extension says itself where it lives. */
export function createExtension(name: string, schema: string | null): Fix {
  const target = quoteIdentifier(name);
  return statementFix({
    title: `Create the extension ${name}`,
    sql: [`CREATE EXTENSION ${target}${schema === null ? '' : ` SCHEMA ${quoteIdentifier(schema)}`}`],
    undo: [`DROP EXTENSION ${target}`],
    risk: 'R1',
    lock: 'none',
    lockInWords: 'No table of yours is locked.',
    notes: [
      'The undo drops it again, unless something of yours uses it by then: that is never dropped with it.',
    ],
  });
}

/** `back`: the version that scripts of the server lead back to; null where none do. */
export function updateExtension(name: string, back: string | null, notes: readonly string[] = []): Fix {
  const target = `ALTER EXTENSION ${quoteIdentifier(name)} UPDATE`;
  return statementFix({
    title: `Update the extension ${name}`,
    sql: [target],
    undo: back === null ? [] : [`${target} TO ${quoteIdentifier(back)}`],
    risk: 'R3',
    lock: 'ACCESS EXCLUSIVE',
    lockInWords: `The update script may lock objects of ${name} while it runs; your tables are locked only where the script touches them.`,
    notes: [
      ...(back === null
        ? ['Cannot be undone: scripts lead to newer versions only. Read its release notes first.']
        : []),
      'If it fails, the transaction is rolled back and the installed version stays.',
      ...notes,
    ],
  });
}
