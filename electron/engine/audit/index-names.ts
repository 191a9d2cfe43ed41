import type { Facts } from '#shared/model/facts.ts';

/** PostgreSQL cuts identifiers at 63 bytes. */
const NAME_BYTES = 63;

type Relations = Partial<Pick<Facts, 'tables' | 'indexes' | 'sequences' | 'views'>>;

/** Hands out index names that no relation of the schema has, also none handed out before. */
export class IndexNames {
  readonly #facts: Relations;
  readonly #given = new Set<string>();

  constructor(facts: Relations) {
    this.#facts = facts;
  }

  /** `orders_customer_id_idx`, shortened to fit, numbered where taken. */
  free(schema: string, table: string, columns: readonly string[], suffix = 'idx'): string {
    const taken = namesOf(this.#facts);
    const keyOf = (name: string): string => `${schema}\u0000${name}`;
    const isFree = (name: string): boolean => !taken.has(keyOf(name)) && !this.#given.has(keyOf(name));
    const name = freeName([table, ...columns], suffix, isFree);
    this.#given.add(keyOf(name));
    return name;
  }
}

/** The parts and the suffix, joined by underscores as the server does, shortened to fit, numbered where not free. */
export function freeName(
  parts: readonly string[],
  suffix: string,
  isFree: (name: string) => boolean,
): string {
  for (let number = 0; ; number += 1) {
    const end = `_${suffix}${number === 0 ? '' : number}`;
    const name = cutToBytes(parts.join('_'), NAME_BYTES - end.length) + end;
    if (isFree(name)) return name;
  }
}

interface Known {
  readonly lists: readonly unknown[];
  readonly names: ReadonlySet<string>;
}

const known = new WeakMap<object, Known>();

/** Remembered with the facts: a page that judges keys batch by batch asks many times. */
function namesOf({ tables, indexes, sequences, views }: Relations): ReadonlySet<string> {
  const lists = [tables, indexes, sequences, views];
  const before = indexes && known.get(indexes);
  if (before && lists.every((list, at) => list === before.lists[at])) return before.names;
  const names = new Set<string>();
  for (const list of lists) {
    for (const relation of list ?? []) names.add(`${relation.schema}\u0000${relation.name}`);
  }
  if (indexes) known.set(indexes, { lists, names });
  return names;
}

const encoder = new TextEncoder();

function cutToBytes(text: string, most: number): string {
  // Three bytes at most per UTF-16 unit: short names need no count.
  if (text.length * 3 <= most || encoder.encode(text).length <= most) return text;
  let bytes = 0;
  let kept = '';
  for (const character of text) {
    bytes += encoder.encode(character).length;
    if (bytes > most) return kept;
    kept += character;
  }
  return kept;
}
