import { scriptOf } from './SqlBlock.tsx';

/** SQL in Markdown: the fence is longer than any run of backticks in it. */
export function fencedSql(statements: readonly string[]): string[] {
  const sql = scriptOf(statements);
  const longest = Math.max(2, ...[...sql.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return [`${fence}sql`, sql, fence];
}
