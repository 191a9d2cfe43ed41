import type { PlanNode } from '#shared/model/queries.ts';
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

/** The tree of a plan as a list, depth first, each node with its own share of cost or time. */
export function planNodes(explained: RawPlan): PlanNode[] {
  const root = asPlan(explained['Plan']);
  if (!root) return [];
  const nodes: (PlanNode & { readonly weight: number })[] = [];
  const visit = (raw: RawPlan, depth: number): void => {
    const children = childrenOf(raw);
    const loops = numberOf(raw, 'Actual Loops');
    const ownMs = timeOf(raw) === null ? null : Math.max(0, (timeOf(raw) ?? 0) - sum(children, timeOf));
    const ownCost = Math.max(
      0,
      (numberOf(raw, 'Total Cost') ?? 0) - sum(children, (c) => numberOf(c, 'Total Cost')),
    );
    const estimatedRows = numberOf(raw, 'Plan Rows') ?? 0;
    const perLoop = numberOf(raw, 'Actual Rows');
    const actualRows = perLoop === null ? null : perLoop * (loops ?? 1);
    const spill =
      (numberOf(raw, 'Temp Written Blocks') ?? 0) - sum(children, (c) => numberOf(c, 'Temp Written Blocks'));
    nodes.push({
      id: nodes.length,
      depth,
      type: typeOf(raw),
      on: objectOf(raw),
      conditions: CONDITIONS.flatMap((key) => {
        const value = raw[key];
        return value === undefined
          ? []
          : [`${key}: ${Array.isArray(value) ? value.join(', ') : textOf(raw, key)}`];
      }),
      totalCost: numberOf(raw, 'Total Cost') ?? 0,
      ownCost,
      estimatedRows,
      actualRows,
      loops,
      ownMs,
      misestimate: perLoop === null || loops === 0 ? null : misestimate(estimatedRows, perLoop),
      heat: 0,
      spilledBytes: raw['Temp Written Blocks'] === undefined ? null : Math.max(0, spill) * 8192,
      rowsRemoved: removedOf(raw, loops),
      weight: ownMs ?? ownCost,
    });
    for (const child of children) visit(child, depth + 1);
  };
  visit(root, 0);
  const all = nodes.reduce((total, node) => total + node.weight, 0);
  return nodes.map(({ weight, ...node }) => ({ ...node, heat: all > 0 ? weight / all : 0 }));
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
function timeOf(raw: RawPlan): number | null {
  const one = numberOf(raw, 'Actual Total Time');
  return one === null ? null : one * (numberOf(raw, 'Actual Loops') ?? 1);
}

function removedOf(raw: RawPlan, loops: number | null): number | null {
  const keys = ['Rows Removed by Filter', 'Rows Removed by Index Recheck', 'Rows Removed by Join Filter'];
  const found = keys.flatMap((key) => numberOf(raw, key) ?? []);
  return found.length === 0 ? null : found.reduce((a, b) => a + b, 0) * (loops ?? 1);
}

function misestimate(estimated: number, actual: number): number {
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
