import { addConstraintDefinitions } from './constraints.ts';
import type { OwnFamily } from './family.ts';
import { addIndexDefinitions } from './index-definitions.ts';
import { addExactSizes } from './sizes.ts';

/**
 * Completes constraints, indexes and tables with what has to be asked relation by relation: deparsed texts and exact
 * sizes. Both wait for locks, so they come from transactions of their own, after the rows.
 */
export const relationDetailsFamily: OwnFamily = {
  facts: ['constraints', 'indexes', 'tables'],
  label: 'definitions and sizes',
  async run(context) {
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
