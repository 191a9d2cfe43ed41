import type { PlanNode, StatementPlan } from '#shared/model/queries.ts';
import type { RawPlan } from './explain.ts';

const CONDITIONS = [
  'Index Cond',
  'Recheck Cond',
  'Hash Cond',
  'Merge Cond',
  'Join Filter',
  'Filter',
  'Sort Key',
  'Group Key',
] as const;

/**
 * The tree of a plan as a list, depth first, each node with its own share of cost or time.
 * https://www.postgresql.org/docs/current/using-explain.html
 */
export function planNodes(explained: RawPlan, blockSizeBytes: number): PlanNode[] {
  const root = asPlan(explained['Plan']);
  if (!root) return [];
  const nodes: (PlanNode & { readonly weight: number })[] = [];
  const top: Place = { depth: 0, processes: 1, mayStopEarly: false };
  const meter = (of: Measure) => ownMeter(root, top, of);
  const blockMeter = (key: string) => meter((raw) => numberOf(raw, key));
  const ownTime = meter(timeOf);
  const [ownHit, ownRead, ownSpill] = [
    blockMeter('Shared Hit Blocks'),
    blockMeter('Shared Read Blocks'),
    blockMeter('Temp Written Blocks'),
  ];
  for (const [raw, at] of placesIn(root, top)) {
    const children = childrenOf(raw);
    const ownMs = ownTime(raw, at);
    const ownCost = Math.max(
      0,
      (numberOf(raw, 'Total Cost') ?? 0) - sum(children, (c) => numberOf(c, 'Total Cost')),
    );
    const loops = numberOf(raw, 'Actual Loops');
    const bytes = (blocks: number | null): number | null =>
      blocks === null ? null : blocks * blockSizeBytes;
    const perLoop = numberOf(raw, 'Actual Rows');
    const planned = numberOf(raw, 'Plan Rows') ?? 0;
    nodes.push({
      id: nodes.length,
      depth: at.depth,
      type: typeOf(raw),
      on: objectOf(raw),
      part: textOf(raw, 'Subplan Name') || null,
      conditions: CONDITIONS.flatMap((key) => {
        const value = raw[key];
        return value === undefined
          ? []
          : [`${key}: ${Array.isArray(value) ? value.join(', ') : textOf(raw, key)}`];
      }),
      totalCost: numberOf(raw, 'Total Cost') ?? 0,
      ownCost,
      estimatedRows: planned * Math.max(1, loops ?? 1),
      actualRows: perLoop === null ? null : Math.round(perLoop * (loops ?? 1)),
      loops,
      ownMs,
      misestimate: perLoop === null || loops === 0 ? null : misestimate(raw, planned, perLoop, at),
      heat: 0,
      hitBytes: bytes(ownHit(raw, at)),
      readBytes: bytes(ownRead(raw, at)),
      spilledBytes: bytes(ownSpill(raw, at)),
      rowsRemoved: removedOf(raw, loops),
      sort: sortOf(raw),
      hash: hashOf(raw),
      workers: workersOf(raw),
      heapFetches: numberOf(raw, 'Heap Fetches'),
      weight: ownMs ?? ownCost,
    });
  }
  const all = nodes.reduce((total, node) => total + node.weight, 0);
  return nodes.map(({ weight, ...node }) => ({ ...node, heat: all > 0 ? weight / all : 0 }));
}

/** Where a node stands. */
interface Place {
  readonly depth: number;
  /** Processes that run it side by side; the server counts each as loops. */
  readonly processes: number;
  /** Something above may have enough before this node is through: fewer rows then say nothing about the estimate. */
  readonly mayStopEarly: boolean;
}

/** These take all rows of what is below them before they give any. */
const TAKES_ALL = new Set(['Sort', 'Hash', 'Materialize', 'Bitmap Heap Scan', 'ModifyTable']);

function placeBelow(raw: RawPlan, child: RawPlan, at: Place): Place {
  const type = textOf(raw, 'Node Type');
  const processes = type.startsWith('Gather')
    ? Math.max(1, (numberOf(child, 'Actual Loops') ?? 1) / Math.max(1, numberOf(raw, 'Actual Loops') ?? 1))
    : at.processes;
  const takesAll = TAKES_ALL.has(type) || (type === 'Aggregate' && raw['Strategy'] !== 'Sorted');
  const stopsEarly =
    type === 'Limit' ||
    type === 'Merge Join' ||
    child['Parent Relationship'] === 'SubPlan' ||
    (child['Parent Relationship'] === 'Inner' &&
      (raw['Inner Unique'] === true || /Semi|Anti/.test(textOf(raw, 'Join Type'))));
  return { depth: at.depth + 1, processes, mayStopEarly: !takesAll && (at.mayStopEarly || stopsEarly) };
}

type Measure = (raw: RawPlan, at: Place) => number | null;

/**
 * What is a node's own of something that the server counts with all that is below. What a WITH query took is in the
 * figures of the scans that asked for it; only what is left (parallel workers report late) is in those of the node that
 * it hangs on.
 */
function ownMeter(root: RawPlan, top: Place, of: Measure): Measure {
  const places = placesIn(root, top);
  const expressions = new Map<string, number>();
  for (const [raw, at] of places) {
    const name = expressionOf(raw);
    if (name !== null) expressions.set(name, of(raw, at) ?? 0);
  }
  const taken = new Map<RawPlan, number>();
  for (const [raw, at] of places) {
    if (raw['Node Type'] !== 'CTE Scan') continue;
    // Several scans of one WITH query: the first that could have had it made.
    const name = `CTE ${textOf(raw, 'CTE Name')}`;
    const left = expressions.get(name) ?? 0;
    const made = Math.min(of(raw, at) ?? 0, left);
    taken.set(raw, made);
    expressions.set(name, left - made);
  }
  return (raw, at) => {
    const whole = of(raw, at);
    if (whole === null) return null;
    const ofChildren = sum(childrenOf(raw), (child) => {
      const name = expressionOf(child);
      return name === null ? of(child, placeBelow(raw, child, at)) : (expressions.get(name) ?? 0);
    });
    return Math.max(0, whole - ofChildren - (taken.get(raw) ?? 0));
  };
}

/** Every node with its place, depth first. */
function placesIn(raw: RawPlan, at: Place): (readonly [RawPlan, Place])[] {
  return [[raw, at], ...childrenOf(raw).flatMap((child) => placesIn(child, placeBelow(raw, child, at)))];
}

/** "CTE name" where this is the plan of a WITH query. */
function expressionOf(raw: RawPlan): string | null {
  const name = textOf(raw, 'Subplan Name');
  return raw['Parent Relationship'] === 'InitPlan' && name.startsWith('CTE ') ? name : null;
}

function sortOf(raw: RawPlan): PlanNode['sort'] {
  const method = textOf(raw, 'Sort Method');
  if (method === '') return null;
  const bytes = (numberOf(raw, 'Sort Space Used') ?? 0) * 1024;
  return { method, bytes, isOnDisk: raw['Sort Space Type'] === 'Disk' };
}

function hashOf(raw: RawPlan): PlanNode['hash'] {
  const batches = numberOf(raw, 'Hash Batches') ?? numberOf(raw, 'HashAgg Batches');
  return batches === null ? null : { batches, memoryBytes: (numberOf(raw, 'Peak Memory Usage') ?? 0) * 1024 };
}

function workersOf(raw: RawPlan): PlanNode['workers'] {
  const planned = numberOf(raw, 'Workers Planned');
  return planned === null ? null : { planned, launched: numberOf(raw, 'Workers Launched') };
}

/** Triggers that ran, and what compiling took. */
export function planExtras(explained: RawPlan): {
  jitMs: number | null;
  triggers: StatementPlan['triggers'];
} {
  const timing = asPlan(asPlan(explained['JIT'])?.['Timing']);
  const triggers: unknown = explained['Triggers'];
  return {
    jitMs: timing ? numberOf(timing, 'Total') : null,
    triggers: (Array.isArray(triggers) ? triggers : []).flatMap((value: unknown) => {
      const trigger = asPlan(value);
      if (!trigger) return [];
      const on = textOf(trigger, 'Relation');
      const name = textOf(trigger, 'Constraint Name') || textOf(trigger, 'Trigger Name');
      return [
        {
          name: on === '' ? name : `${name} on ${on}`,
          calls: numberOf(trigger, 'Calls') ?? 0,
          timeMs: numberOf(trigger, 'Time') ?? 0,
        },
      ];
    }),
  };
}

/** Tables and indexes that the plan reads, each once. */
export function planObjects(explained: RawPlan): { relations: string[]; indexes: string[] } {
  const relations = new Set<string>();
  const indexes = new Set<string>();
  const visit = (raw: RawPlan): void => {
    if (typeof raw['Relation Name'] === 'string') relations.add(raw['Relation Name']);
    if (typeof raw['Index Name'] === 'string') indexes.add(raw['Index Name']);
    childrenOf(raw).forEach(visit);
  };
  const root = asPlan(explained['Plan']);
  if (root) visit(root);
  return { relations: [...relations], indexes: [...indexes] };
}

export function childrenOf(raw: RawPlan): RawPlan[] {
  const plans: unknown = raw['Plans'];
  if (!Array.isArray(plans)) return [];
  return plans.map((plan: unknown) => asPlan(plan)).filter((plan) => plan !== null);
}

export function asPlan(value: unknown): RawPlan | null {
  return typeof value === 'object' && value !== null ? (value as RawPlan) : null;
}

export function textOf(raw: RawPlan, key: string): string {
  const value = raw[key];
  return typeof value === 'string' ? value : '';
}

export function numberOf(raw: RawPlan, key: string): number | null {
  const value = raw[key];
  return typeof value === 'number' ? value : null;
}

/** A node's time counts all its loops; the server prints that of one. */
function timeOf(raw: RawPlan, { processes }: Place): number | null {
  const one = numberOf(raw, 'Actual Total Time');
  return one === null ? null : (one * (numberOf(raw, 'Actual Loops') ?? 1)) / processes;
}

function removedOf(raw: RawPlan, loops: number | null): number | null {
  const keys = ['Rows Removed by Filter', 'Rows Removed by Index Recheck', 'Rows Removed by Join Filter'];
  const found = keys.flatMap((key) => numberOf(raw, key) ?? []);
  return found.length === 0 ? null : found.reduce((a, b) => a + b, 0) * (loops ?? 1);
}

function misestimate(raw: RawPlan, estimated: number, actual: number, at: Place): number | null {
  // The server does not count the rows of these.
  if (/^Bitmap(?:And|Or)$/.test(textOf(raw, 'Node Type'))) return null;
  if (at.mayStopEarly && actual < estimated) return null;
  const [a, b] = [Math.max(1, estimated), Math.max(1, actual)];
  return Math.max(a / b, b / a);
}

function typeOf(raw: RawPlan): string {
  const type = textOf(raw, 'Node Type');
  const join =
    typeof raw['Join Type'] === 'string' && raw['Join Type'] !== 'Inner' ? ` ${raw['Join Type']}` : '';
  const parallel = raw['Parallel Aware'] === true ? 'Parallel ' : '';
  return `${parallel}${type}${join}`;
}

function objectOf(raw: RawPlan): string | null {
  const relation = raw['Relation Name'];
  const index = raw['Index Name'];
  const name = typeof relation === 'string' ? relation : null;
  const alias = typeof raw['Alias'] === 'string' && raw['Alias'] !== name ? ` ${raw['Alias']}` : '';
  if (typeof index === 'string') return name === null ? index : `${index} on ${name}${alias}`;
  if (name !== null) return `${name}${alias}`;
  return typeof raw['Function Name'] === 'string' ? raw['Function Name'] : null;
}

function sum(rows: readonly RawPlan[], of: (row: RawPlan) => number | null): number {
  return rows.reduce((total, row) => total + (of(row) ?? 0), 0);
}
