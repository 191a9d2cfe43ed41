import type { ConstraintFact, ForeignKeyAction, TableFact } from '#shared/model/facts.ts';
import type {
  DeletePolicy,
  DeleteReach,
  DeleteRule,
  ForeignKeyRow,
  ParentRow,
  PolicyViolation,
  ReachStep,
} from '#shared/model/schema.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import { Catalog } from '#engine/audit/catalog.ts';
import { deleteRulesOf } from '#engine/audit/delete-rules.ts';
import { changeDeleteRule } from '#engine/audit/foreign-key-fixes.ts';
import { oncePer } from '../grid.ts';

export const RULES: Readonly<Record<ForeignKeyAction, DeleteRule>> = {
  a: 'no action',
  r: 'restrict',
  c: 'cascade',
  n: 'set null',
  d: 'set default',
};
const ACTIONS: Readonly<Record<DeleteRule, ForeignKeyAction>> = {
  'no action': 'a',
  restrict: 'r',
  cascade: 'c',
  'set null': 'n',
  'set default': 'd',
};

/** A foreign key with both of its tables. */
export interface Key {
  readonly fact: ConstraintFact;
  readonly child: TableFact;
  readonly parent: TableFact;
  readonly rule: DeleteRule;
}

export const catalogOf = oncePer((snapshot: Snapshot) => new Catalog(snapshot.facts));

/** Foreign keys as they were declared: those that partitions inherit are left out. */
export const keysOf = oncePer((snapshot: Snapshot): readonly Key[] => {
  const catalog = catalogOf(snapshot);
  return (snapshot.facts.constraints ?? []).flatMap((fact) => {
    const child = catalog.table(fact.tableOid);
    const parent = catalog.table(fact.referencedTableOid);
    if (fact.type !== 'f' || fact.parentOid !== null || !child || !parent) return [];
    return [{ fact, child, parent, rule: RULES[fact.onDelete ?? 'a'] }];
  });
});

const keysByParent = oncePer((snapshot: Snapshot) => Map.groupBy(keysOf(snapshot), (key) => key.parent.oid));

export const foreignKeyRows = oncePer((snapshot: Snapshot): readonly ForeignKeyRow[] => {
  const catalog = catalogOf(snapshot);
  return keysOf(snapshot).map(({ fact, child, parent, rule }) => ({
    oid: fact.oid,
    name: fact.name,
    child: catalog.label(child),
    childOid: child.oid,
    columns: fact.columns.map((n) => catalog.column(child.oid, n)?.name ?? '').join(', '),
    parent: catalog.label(parent),
    parentOid: parent.oid,
    onDelete: rule,
    isValidated: fact.isValidated,
    isIndexed: catalog
      .indexesOf(child.oid)
      .some(
        (index) =>
          index.isValid &&
          index.predicate === null &&
          fact.columns.every((n) => index.columns.slice(0, fact.columns.length).includes(n)),
      ),
  }));
});

/** Every table that others refer to, with what its children do when a row of it goes. */
export const parentRows = oncePer((snapshot: Snapshot): readonly ParentRow[] =>
  [...keysByParent(snapshot).values()]
    .flatMap((keys): ParentRow[] => {
      const parent = keys[0]?.parent;
      if (!parent) return [];
      const byRule: Record<DeleteRule, number> = {
        'no action': 0,
        restrict: 0,
        cascade: 0,
        'set null': 0,
        'set default': 0,
      };
      for (const { rule } of keys) byRule[rule] += 1;
      return [
        {
          oid: parent.oid,
          schema: parent.schema,
          name: parent.name,
          children: keys.length,
          byRule,
          isMixed: deleteRulesOf(parent, catalogOf(snapshot)).isMixed,
          reached: reachedFrom(snapshot)(parent.oid),
          rows: parent.estimatedRows,
        },
      ];
    })
    .sort((a, b) => b.children - a.children || a.name.localeCompare(b.name)),
);

/**
 * How many tables a delete changes, by the table that it begins in. Works on numbers: in a long chain of cascades every
 * table is a parent, and each of them walks the rest of the chain.
 */
const reachedFrom = oncePer((snapshot: Snapshot) => {
  const places = new Map<number, number>();
  const placeOf = (oid: number): number => {
    const place = places.get(oid) ?? places.size;
    places.set(oid, place);
    return place;
  };
  const changed: { readonly place: number; readonly goesOn: boolean }[][] = [];
  for (const { child, parent, rule } of keysOf(snapshot)) {
    const place = placeOf(child.oid);
    if (rule === 'restrict' || rule === 'no action') continue;
    (changed[placeOf(parent.oid)] ??= []).push({ place, goesOn: rule === 'cascade' });
  }
  // Marked by the walk that saw them last: nothing has to be emptied in between.
  const counted = new Uint32Array(places.size);
  const queued = new Uint32Array(places.size);
  let walk = 0;
  return (oid: number): number => {
    const start = places.get(oid);
    if (start === undefined) return 0;
    walk += 1;
    queued[start] = walk;
    let count = 0;
    const queue = [start];
    for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
      for (const { place, goesOn } of changed[at] ?? []) {
        if (counted[place] !== walk) count += 1;
        counted[place] = walk;
        if (goesOn && queued[place] !== walk) {
          queued[place] = walk;
          queue.push(place);
        }
      }
    }
    return count;
  };
});

const MOST_STEPS = 500;

/**
 * What deleting a row of `table` reaches: through CASCADE on to the children of children, each table once; SET NULL and
 * SET DEFAULT change rows and go no further; RESTRICT and NO ACTION stop the delete where rows refer to it.
 */
export function deleteReach(snapshot: Snapshot, table: TableFact): DeleteReach {
  const catalog = catalogOf(snapshot);
  const byParent = keysByParent(snapshot);
  const seen = new Set([table.oid]);
  const steps: ReachStep[] = [];
  let level: readonly TableFact[] = [table];
  for (let depth = 1; level.length > 0; depth += 1) {
    const next: TableFact[] = [];
    for (const parent of level) {
      for (const { fact, child, rule } of byParent.get(parent.oid) ?? []) {
        steps.push({
          depth,
          table: catalog.label(child),
          from: catalog.label(parent),
          constraint: fact.name,
          does:
            rule === 'cascade'
              ? 'deletes rows'
              : rule === 'set null' || rule === 'set default'
                ? 'clears columns'
                : 'stops the delete',
          rows: child.estimatedRows,
        });
        if (rule === 'cascade' && !seen.has(child.oid)) {
          seen.add(child.oid);
          next.push(child);
        }
      }
    }
    level = next;
  }
  const tables = (does: ReachStep['does']): number =>
    new Set(steps.filter((step) => step.does === does).map((step) => step.table)).size;
  return {
    table: catalog.label(table),
    deleted: tables('deletes rows'),
    cleared: tables('clears columns'),
    stopping: tables('stops the delete'),
    stepCount: steps.length,
    steps: steps.slice(0, MOST_STEPS),
  };
}

/** Keys that do something else than the first policy that fits them wants, with the lock-safe change. */
export function policyViolations(snapshot: Snapshot, policies: readonly DeletePolicy[]): PolicyViolation[] {
  const catalog = catalogOf(snapshot);
  const rules = policies.map((policy) => ({
    policy,
    parent: toRegExp(policy.parent),
    child: toRegExp(policy.child),
  }));
  return keysOf(snapshot).flatMap(({ fact, child, parent, rule }): PolicyViolation[] => {
    const names = { child: catalog.label(child), parent: catalog.label(parent) };
    const fitting = rules.find((r) => r.parent.test(names.parent) && r.child.test(names.child));
    if (!fitting || fitting.policy.rule === rule) return [];
    return [
      {
        oid: fact.oid,
        policy: fitting.policy,
        ...names,
        constraint: fact.name,
        now: rule,
        fix: changeDeleteRule(fact, ACTIONS[fitting.policy.rule], catalog) ?? null,
      },
    ];
  });
}

function toRegExp(pattern: string): RegExp {
  const parts = pattern
    .replace(/^public\./, '')
    .split('*')
    .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`);
}
