import type { CategoryDefinition } from '#shared/model/statistics.ts';

/** "Core: users, posts*", one line each. */
export function definitionText(categories: readonly CategoryDefinition[]): string {
  return categories.map(({ name, patterns }) => `${name}: ${patterns.join(', ')}`).join('\n');
}

/** Lines without a colon or without patterns say nothing and are left out. */
export function definitionsIn(text: string): { name: string; patterns: string[] }[] {
  return text.split('\n').flatMap((line) => {
    const at = line.indexOf(':');
    const name = line.slice(0, Math.max(0, at)).trim();
    const patterns = line
      .slice(at + 1)
      .split(',')
      .map((pattern) => pattern.trim())
      .filter(Boolean);
    return at < 0 || name === '' || patterns.length === 0 ? [] : [{ name, patterns }];
  });
}
