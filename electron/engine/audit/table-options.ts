import type { Fix } from '#shared/model/finding.ts';
import type { TableFact } from '#shared/model/facts.ts';
import { quoteLiteral } from '#engine/postgres/quote.ts';
import type { Catalog } from './catalog.ts';
import { ONLINE, statementFix } from './fixes.ts';

/** name → new value; null resets. Names with "toast." are those of the TOAST table. */
export type OptionChanges = Readonly<Record<string, string | null>>;

/**
 * Sets and resets storage or autovacuum parameters of a table or matview. The server keeps parameters in the order in
 * which they were set, and a dump shows that order; so the undo sets again, in the old order, everything from the
 * first one that moves.
 */
export function changeTableOptions(
  table: TableFact,
  changes: OptionChanges,
  catalog: Catalog,
  notes: readonly string[] = [],
): Fix {
  const target = `ALTER ${table.kind === 'm' ? 'MATERIALIZED VIEW' : 'TABLE'} ${catalog.quoted(table)}`;
  const names = Object.keys(changes);
  const set = names.filter((name) => changes[name] !== null);
  const verb = set.length === 0 ? 'Reset' : set.length === names.length ? 'Set' : 'Set and reset';
  return statementFix({
    title: `${verb} ${names.join(', ')} on ${catalog.label(table)}`,
    sql: statements(
      target,
      names.filter((name) => changes[name] === null),
      set.map((name) => [name, changes[name] ?? '']),
    ),
    undo: undoOf(target, table.options, names),
    risk: 'R1',
    lock: 'SHARE UPDATE EXCLUSIVE',
    lockInWords: ONLINE(catalog.label(table)),
    notes,
  });
}

/** Parameters of tables that take no stronger lock than SHARE UPDATE EXCLUSIVE: reloptions.c, up to 18. */
export function isTableOption(name: string, versionNum: number): boolean {
  const isOfToast = name.startsWith('toast.');
  const bare = isOfToast ? name.slice('toast.'.length) : name;
  if (SINCE_18.has(bare)) return versionNum >= 180_000;
  return VACUUM_OPTIONS.has(bare) || (!isOfToast && TABLE_OPTIONS.has(bare));
}

/** All of them, of the table first, then of its TOAST table where it has one. */
export function tableOptionNames(versionNum: number, hasToast: boolean): readonly string[] {
  const names = [...TABLE_OPTIONS, ...VACUUM_OPTIONS, ...SINCE_18];
  return [...names, ...(hasToast ? names.map((name) => `toast.${name}`) : [])].filter((name) =>
    isTableOption(name, versionNum),
  );
}

const TABLE_OPTIONS: ReadonlySet<string> = new Set([
  'fillfactor',
  'toast_tuple_target',
  'parallel_workers',
  'autovacuum_analyze_threshold',
  'autovacuum_analyze_scale_factor',
]);
/** Of tables and of their TOAST tables. */
const VACUUM_OPTIONS: ReadonlySet<string> = new Set([
  'autovacuum_enabled',
  'vacuum_index_cleanup',
  'vacuum_truncate',
  'autovacuum_vacuum_threshold',
  'autovacuum_vacuum_scale_factor',
  'autovacuum_vacuum_insert_threshold',
  'autovacuum_vacuum_insert_scale_factor',
  'autovacuum_vacuum_cost_delay',
  'autovacuum_vacuum_cost_limit',
  'autovacuum_freeze_min_age',
  'autovacuum_freeze_max_age',
  'autovacuum_freeze_table_age',
  'autovacuum_multixact_freeze_min_age',
  'autovacuum_multixact_freeze_max_age',
  'autovacuum_multixact_freeze_table_age',
  'log_autovacuum_min_duration',
]);
const SINCE_18: ReadonlySet<string> = new Set([
  'autovacuum_vacuum_max_threshold',
  'vacuum_max_eager_freeze_failure_rate',
]);

type Entry = readonly [name: string, value: string];

function undoOf(target: string, before: TableFact['options'], names: readonly string[]): string[] {
  const moved = [false, true].flatMap((isOfToast) => {
    const own = Object.entries(before).filter(([name]) => name.startsWith('toast.') === isOfToast);
    const first = own.findIndex(([name]) => names.includes(name));
    return first < 0 ? [] : own.slice(first);
  });
  const known = new Set(moved.map(([name]) => name));
  return statements(
    target,
    names.filter((name) => !known.has(name)),
    moved,
  );
}

/** One statement, so that nobody meets a table between the two. What is set again moves to the end, in this order. */
function statements(target: string, reset: readonly string[], set: readonly Entry[]): string[] {
  const parts = [
    set.length > 0 ? `SET (${set.map(([name, value]) => `${name} = ${optionValue(value)}`).join(', ')})` : '',
    reset.length > 0 ? `RESET (${reset.join(', ')})` : '',
  ].filter(Boolean);
  return parts.length === 0 ? [] : [`${target} ${parts.join(', ')}`];
}

function optionValue(value: string): string {
  return /^(-?\d+(\.\d+)?|true|false|on|off|auto)$/i.test(value) ? value : quoteLiteral(value);
}
