import { setImmediate } from 'node:timers/promises';
import type { CollectContext, FamilyResult, MaybePromise, Reporter, SharedFamily } from './family.ts';
import { endsCollection, unreadFromError } from './unread.ts';

/**
 * Reads families in one REPEATABLE READ transaction, so that indexes, constraints and tables fit together. While the
 * server works on a family the rows of those before it are mapped. Where a family fails it becomes `unread`, and the
 * rest goes on in a new transaction. Results go into the context; `reporter` hears of each family. Rejects only where the
 * connection is lost or the user aborts: families that are not in the context by then are still to be accounted for.
 */
export async function readTogether(
  context: CollectContext,
  families: readonly SharedFamily[],
  reporter?: Reporter,
): Promise<void> {
  const waiting = [...families];
  const keep = (family: SharedFamily, result: FamilyResult): void => {
    keepResult(context, result);
    reporter?.done(family);
  };
  while (waiting.length > 0) {
    let mapping: Promise<void> = Promise.resolve();
    try {
      await context.session.read(
        'catalog',
        async (transaction) => {
          for (let family = waiting[0]; family; family = waiting[0]) {
            reporter?.begin(family);
            if (family.readsFacts) await mapping;
            const current = family;
            const map = await current.read(transaction, context);
            waiting.shift();
            mapping = mapping.then(() => mapFamily(current, map, context, keep));
          }
        },
        { signal: context.signal },
      );
      await mapping;
    } catch (error) {
      await mapping;
      const family = waiting.shift();
      if (endsCollection(error) || !family) throw error;
      keep(family, failedFamily(family, error, context));
    }
  }
}

/** Adds to what the context knows. */
export function keepResult(context: CollectContext, { facts, unread = [] }: FamilyResult): void {
  Object.assign(context.facts, facts);
  context.unread.push(...unread);
}

/** All facts of the family as unread. */
export function failedFamily(
  { facts, label, grant }: Pick<SharedFamily, 'facts' | 'label' | 'grant'>,
  error: unknown,
  context: CollectContext,
): FamilyResult {
  return { facts: {}, unread: unreadFromError(facts, label, error, () => grant?.(context) ?? null) };
}

/** Never rejects: a mapping that fails is the failure of its own family only. */
async function mapFamily(
  family: SharedFamily,
  map: () => MaybePromise<FamilyResult>,
  context: CollectContext,
  keep: (family: SharedFamily, result: FamilyResult) => void,
): Promise<void> {
  // Lets the caller send the next query first.
  await setImmediate();
  let result: FamilyResult;
  try {
    result = await map();
  } catch (error) {
    result = failedFamily(family, error, context);
  }
  keep(family, result);
}
