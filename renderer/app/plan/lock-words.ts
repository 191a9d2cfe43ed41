import type { LockMode } from '#shared/model/finding.ts';
import type { PlanAction } from '#shared/model/plan.ts';
import { contextOf } from '#renderer/components/ObjectName.tsx';

/** What one kind of lock means here: for how many objects, and in which words. */
export interface LockGroup {
  readonly lock: LockMode;
  /** In the builder's own words, which name the table, where they are the same for all. */
  readonly words: string;
  /** What is locked, each once. */
  readonly names: readonly string[];
}

const WORDS: Readonly<Record<LockMode, string>> = {
  none: 'No table is locked.',
  'ACCESS SHARE': 'Reads and writes go on.',
  'ROW SHARE': 'Reads and writes go on.',
  'SHARE UPDATE EXCLUSIVE':
    'Reads and writes go on; only other schema changes and VACUUM of the same table wait.',
  'SHARE ROW EXCLUSIVE': 'Reads go on; writes to the same table wait meanwhile.',
  EXCLUSIVE: 'Reads go on; writes to it wait meanwhile.',
  'ACCESS EXCLUSIVE': 'Nobody can read or write the table meanwhile.',
};

const STRICTNESS = Object.keys(WORDS);

/** The locks of a plan, the strictest first: one line for each kind, however many actions there are. */
export function locksOf(actions: readonly PlanAction[]): LockGroup[] {
  return [...Map.groupBy(actions, ({ lock }) => lock)]
    .map(([lock, members]): LockGroup => {
      const texts = new Set(members.map(({ lockInWords }) => lockInWords));
      const [only = ''] = texts;
      return {
        lock,
        words: texts.size === 1 && only !== '' ? only : WORDS[lock],
        names: lock === 'none' ? [] : [...new Set(members.map(lockedName))],
      };
    })
    .sort((a, b) => STRICTNESS.indexOf(b.lock) - STRICTNESS.indexOf(a.lock));
}

/** The table of an index or a constraint, else the thing itself. */
function lockedName({ object }: PlanAction): string {
  return object.table === null ? object.name : (contextOf(object) ?? object.name);
}
