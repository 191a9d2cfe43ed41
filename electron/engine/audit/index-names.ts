import type { Facts } from '#shared/model/facts.ts';

/** PostgreSQL cuts identifiers at 63 bytes. */
const NAME_BYTES = 63;

type Relations = Partial<Pick<Facts, 'tables' | 'indexes' | 'sequences' | 'views'>>;

/** Hands out index names that no relation of the schema has, also none handed out before. */
export class IndexNames {
  readonly #facts: Relations;
  #taken: Set<string> | null = null;

  constructor(facts: Relations) {
    this.#facts = facts;
  }

  /** `orders_customer_id_idx`, shortened to fit, numbered where taken. */
  free(schema: string, table: string, columns: readonly string[], suffix = 'idx'): string {
    this.#taken ??= namesOf(this.#facts);
    for (let number = 0; ; number += 1) {
      const end = `_${suffix}${number === 0 ? '' : number}`;
      const name = cutToBytes([table, ...columns].join('_'), NAME_BYTES - end.length) + end;
      if (this.#taken.has(`${schema}\u0000${name}`)) continue;
      this.#taken.add(`${schema}\u0000${name}`);
      return name;
    }
  }
}

function namesOf({ tables, indexes, sequences, views }: Relations): Set<string> {
  const names = new Set<string>();
  for (const list of [tables, indexes, sequences, views]) {
    for (const relation of list ?? []) names.add(`${relation.schema}\u0000${relation.name}`);
  }
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
