import type { TableFact } from '#shared/model/facts.ts';
import type { IndexAdvice } from '#shared/model/queries.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import { Catalog } from '#engine/audit/catalog.ts';
import { createIndex } from '#engine/audit/fixes.ts';
import { IndexNames } from '#engine/audit/index-names.ts';
import { quoteIdentifier } from '#engine/postgres/quote.ts';
import type { ReadSession } from '#engine/postgres/read-session.ts';
import { type Explained, explain, type ExplainRequest, type RawPlan } from './explain.ts';
import { asPlan, childrenOf, numberOf, textOf } from './plan-tree.ts';

const MOST_ADVICE = 2;
/** The planner reads smaller tables whole, whatever indexes they have. */
const SMALL_ROWS = 1_000;
const NOT_VERIFIED =
  'A guess from the plan, not verified: with the extension HypoPG in this database PgVitals asks the planner first.';

/** Advice with the plan that it would lead to; null where nobody was asked. */
export interface AdviceWithPlan extends Omit<IndexAdvice, 'planId'> {
  readonly after: Explained | null;
}

/** Indexes that the sequential scans of a plan ask for: equality first, then one range; none that is there already. */
export function indexAdvice(
  snapshot: Snapshot,
  { plan }: Explained,
  catalog = new Catalog(snapshot.facts),
): AdviceWithPlan[] {
  const root = asPlan(plan['Plan']);
  if (!root) return [];
  const free = new IndexNames(snapshot.facts);
  const advice = seqScans(root).flatMap((scan): AdviceWithPlan[] => {
    const table = tableOf(scan, snapshot.facts.tables ?? []);
    if (!table || (table.estimatedRows ?? 0) < SMALL_ROWS) return [];
    const names = catalog.columnNames(table.oid);
    const columns = filteredColumns(textOf(scan, 'Filter')).filter((name) => names.includes(name));
    if (columns.length === 0 || isServed(table, columns, catalog)) return [];
    const name = free.free(table.schema, table.name, columns);
    const fix = createIndex(table, name, columns.map(quoteIdentifier).join(', '), catalog, {
      notes: [
        `Each of the ${table.inserted + table.updated + table.deleted} writes counted on this table so far would have kept it up to date too.`,
      ],
    });
    return [
      {
        table: catalog.label(table),
        columns,
        fix,
        request: {
          verb: 'create-index',
          table: table.oid,
          columns: columns.map((column) => ({ name: column, isDescending: false })),
          include: [],
          isUnique: false,
        },
        costBefore: null,
        costAfter: null,
        verdict: NOT_VERIFIED,
        after: null,
      },
    ];
  });
  const seen = new Set<string>();
  return advice
    .filter(({ table, columns }) => {
      const key = `${table} ${columns.join()}`;
      return !seen.has(key) && seen.add(key);
    })
    .slice(0, MOST_ADVICE);
}

/**
 * Asks the planner what each index would change, by HypoPG: hypothetical indexes live in this session only and end with
 * it. Where the extension is missing, the advice stays as it was.
 */
export async function verifiedAdvice(
  session: ReadSession,
  request: ExplainRequest,
  advice: readonly AdviceWithPlan[],
  before: Explained,
  signal: AbortSignal | undefined,
): Promise<AdviceWithPlan[]> {
  const hypopg = session.capabilities.extensions.get('hypopg');
  if (!hypopg) return [...advice];
  const schema = quoteIdentifier(hypopg.schema);
  const costBefore = costOf(before.plan);
  const verified: AdviceWithPlan[] = [];
  for (const one of advice) {
    const statement = one.fix.sql[0]?.replace(' CONCURRENTLY', '') ?? '';
    let after: Explained;
    try {
      await session.read(
        'hypothetical index',
        (t) => t.rows(`SELECT * FROM ${schema}.hypopg_create_index($1)`, [statement]),
        { signal },
      );
      after = await explain(session, { ...request, analyze: false }, signal);
    } finally {
      // Without the signal: also after a cancel, for behind a pooler the backend outlives this session.
      await session
        .read('hypothetical index', (t) => t.rows(`SELECT ${schema}.hypopg_reset()::text`))
        .catch(() => undefined);
    }
    const costAfter = costOf(after.plan);
    const isWorthIt = costAfter < costBefore * 0.9;
    verified.push({
      ...one,
      costBefore,
      costAfter,
      after,
      verdict: isWorthIt
        ? 'Confirmed by HypoPG: the planner would use it.'
        : 'HypoPG says no: the planner would not gain by it.',
    });
  }
  return verified.filter((one) => one.verdict.startsWith('Confirmed'));
}

function seqScans(raw: RawPlan): RawPlan[] {
  const own = raw['Node Type'] === 'Seq Scan' && typeof raw['Filter'] === 'string' ? [raw] : [];
  return [...own, ...childrenOf(raw).flatMap(seqScans)];
}

function tableOf(scan: RawPlan, tables: readonly TableFact[]): TableFact | undefined {
  const found = tables.filter((t) => t.name === scan['Relation Name'] && (t.kind === 'r' || t.kind === 'm'));
  // Plans name no schema unless asked to: with two of that name it is not clear which.
  return found.length === 1 ? found[0] : undefined;
}

/** Columns compared with a value: those by equality first, then the first one by range. */
function filteredColumns(filter: string): string[] {
  const found = [...filter.matchAll(/\(?(?:\w+\.)?"?(\w+)"?\)?(?:::\w+)? (=|<|<=|>|>=) /g)];
  const equal = found.filter(([, , operator]) => operator === '=').map(([, name = '']) => name);
  const [range] = found.filter(([, , operator]) => operator !== '=').map(([, name = '']) => name);
  return [...new Set([...equal, ...(range === undefined ? [] : [range])])].slice(0, 3);
}

/** A valid index already begins with these columns, in whatever order. */
function isServed(table: TableFact, columns: readonly string[], catalog: Catalog): boolean {
  return catalog.indexesOf(table.oid).some((index) => {
    const first = index.columns.slice(0, columns.length).map((n) => catalog.column(table.oid, n)?.name);
    return index.isValid && index.predicate === null && columns.every((name) => first.includes(name));
  });
}

function costOf(plan: RawPlan): number {
  return numberOf(asPlan(plan['Plan']) ?? {}, 'Total Cost') ?? 0;
}
