import { columnsFamily } from './columns.ts';
import { addConstraintDefinitions, constraintsFamily } from './constraints.ts';
import type { OwnFamily } from './family.ts';
import { addIndexDefinitions } from './index-definitions.ts';
import { indexesFamily } from './indexes.ts';
import { addExactSizes } from './sizes.ts';
import { tablesFamily } from './tables.ts';
import { readTogether } from './transaction.ts';

/**
 * Tables, indexes, columns and constraints as of one moment, then what has to be asked relation by relation: deparsed
 * texts and exact sizes, which wait for locks and so come from transactions of their own.
 */
export const relationsFamily: OwnFamily = {
  facts: ['constraints', 'columns', 'indexes', 'tables'],
  label: 'tables and indexes',
  async run(context) {
    // Each family builds on those before it.
    await readTogether(context, [constraintsFamily, columnsFamily, indexesFamily, tablesFamily]);
    const { constraints = [], indexes = [], tables = [] } = context.facts;
    const additions = [
      () => addConstraintDefinitions(context, constraints),
      () => addIndexDefinitions(context, indexes),
      () => addExactSizes(context, tables, indexes),
    ];
    // When the connection breaks the others still have to note what they can't add.
    const outcomes = [];
    for (const add of additions) outcomes.push(...(await Promise.allSettled([add()])));
    const failure = outcomes.find((o) => o.status === 'rejected');
    if (failure) throw failure.reason;
    return { facts: {} };
  },
};
