import type { Facts } from '#shared/model/facts.ts';

/** PostgreSQL cuts identifiers at 63 bytes. */
const NAME_BYTES = 63;

/** Hands out index names that no relation of the schema has, also none handed out before. */
export class IndexNames {
  readonly #taken: Set<string>;

  constructor(facts: Partial<Pick<Facts, 'tables' | 'indexes' | 'sequences' | 'views'>>) {
    const lists = [facts.tables, facts.indexes, facts.sequences, facts.views];
    this.#taken = new Set(lists.flatMap((list) => (list ?? []).map((r) => `${r.schema}\u0000${r.name}`)));
  }

  /** `orders_customer_id_idx`, shortened to fit, numbered where taken. */
  free(schema: string, table: string, columns: readonly string[], suffix = 'idx'): string {
    for (let number = 0; ; number += 1) {
      const end = `_${suffix}${number === 0 ? '' : number}`;
      const name = cutToBytes([table, ...columns].join('_'), NAME_BYTES - end.length) + end;
      if (this.#taken.has(`${schema}\u0000${name}`)) continue;
      this.#taken.add(`${schema}\u0000${name}`);
      return name;
    }
  }
}

function cutToBytes(text: string, most: number): string {
  let bytes = 0;
  let kept = '';
  for (const character of text) {
    bytes += new TextEncoder().encode(character).length;
    if (bytes > most) return kept;
    kept += character;
  }
  return kept;
}
