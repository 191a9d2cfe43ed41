import type { CategoryDefinition } from '#shared/model/statistics.ts';

interface Named {
  readonly schema: string;
  readonly name: string;
}

const OTHER = 'Other';
/** Fewer tables than this share a beginning by chance. */
const SMALLEST_GROUP = 2;
/** A schema with fewer tables is seen at a glance. */
const LARGE_SCHEMA = 20;

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

/**
 * Tables that begin with the same word, in a database of one schema. With several, the schemas are the categories, and
 * one that is large is divided by words: "shop: Order", "shop: Other".
 */
function inferred(tables: readonly Named[]): string[] {
  const sizes = countsOf(tables.map((table) => table.schema));
  const isOnly = sizes.size < 2;
  const stems = tables.map(({ schema, name }) => `${schema}\0${stemOf(name)}`);
  const counts = countsOf(stems);
  return tables.map(({ schema, name }, at) => {
    if (!isOnly && (sizes.get(schema) ?? 0) < LARGE_SCHEMA) return schema;
    const isGroup = (counts.get(stems[at] ?? '') ?? 0) >= SMALLEST_GROUP;
    const word = isGroup ? capitalised(stemOf(name)) : OTHER;
    return isOnly ? word : `${schema}: ${word}`;
  });
}

function countsOf(words: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

/** "posts" and "post_metrics" begin alike. */
function stemOf(name: string): string {
  const first = name.split('_')[0] ?? name;
  return first.length > 3 && first.endsWith('s') && !first.endsWith('ss') ? first.slice(0, -1) : first;
}

function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
