import type { CategoryDefinition } from '#shared/model/statistics.ts';

interface Named {
  readonly schema: string;
  readonly name: string;
}

const OTHER = 'Other';
/** Fewer tables than this share a beginning by chance. */
const SMALLEST_GROUP = 2;

/** The category of each table, in the order given: the user's where there are any, else by schema and name. */
export function categoriesOf(
  tables: readonly Named[],
  defined: readonly CategoryDefinition[] | null,
): readonly string[] {
  return defined === null ? inferred(tables) : byPatterns(tables, defined);
}

/** The first category with a pattern that fits. */
function byPatterns(tables: readonly Named[], defined: readonly CategoryDefinition[]): string[] {
  const rules = defined.map(({ name, patterns }) => ({ name, patterns: patterns.map(toRegExp) }));
  return tables.map((table) => {
    const label = table.schema === 'public' ? table.name : `${table.schema}.${table.name}`;
    return rules.find((rule) => rule.patterns.some((pattern) => pattern.test(label)))?.name ?? OTHER;
  });
}

function toRegExp(pattern: string): RegExp {
  const escaped = pattern
    .replace(/^public\./, '')
    .split('*')
    .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${escaped.join('.*')}$`);
}

/** With several schemas they are the categories; within one, tables that begin with the same word. */
function inferred(tables: readonly Named[]): string[] {
  const schemas = new Set(tables.map((table) => table.schema));
  if (schemas.size > 1) return tables.map((table) => table.schema);
  const stems = tables.map(({ name }) => stemOf(name));
  const counts = new Map<string, number>();
  for (const stem of stems) counts.set(stem, (counts.get(stem) ?? 0) + 1);
  return stems.map((stem) => ((counts.get(stem) ?? 0) >= SMALLEST_GROUP ? capitalised(stem) : OTHER));
}

/** "posts" and "post_metrics" begin alike. */
function stemOf(name: string): string {
  const first = name.split('_')[0] ?? name;
  return first.length > 3 && first.endsWith('s') && !first.endsWith('ss') ? first.slice(0, -1) : first;
}

function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
