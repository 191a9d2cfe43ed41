import { sqlPieces } from '#shared/model/sql-lexer.ts';
import type { RawPlan } from './explain.ts';

/** Names of tables, indexes and functions stay, and the words that the server has for what it does. */
const AS_IT_IS = new Set(
  `Node Type|Strategy|Partial Mode|Operation|Command|Parent Relationship|Subplan Name|Join Type|Scan Direction
|Relation Name|Index Name|Function Name|Table Function Name|CTE Name|Tuplestore Name|Sort Method|Sort Space Type
|Sort Methods Used|Cache Mode|Custom Plan Provider|Trigger Name|Constraint Name|Relation|Storage|Maximum Storage
|Sampling Method|Conflict Resolution|Conflict Arbiter Indexes`
    .replaceAll('\n', '')
    .split('|'),
);
const EXPRESSION =
  /(?:Cond|Filter|Key|Keys|Output|Order By|Function Call|Run Condition|Condition|Parameters|Seed|Window|Remote SQL|Group Keys|Hash Keys)$/;
/** Schemas are often named after their owner, and anything may be an alias. */
const MAY_BE_A_ROLE = new Set(['Alias', 'Schema']);
const NUMBERED = new Set(['initplan', 'subplan']);

/**
 * A copy that can be handed on: constants become `?` in every expression, names of roles `role_n`. Texts that are
 * neither known words nor expressions (files and programs of foreign tables, say) are left out.
 */
export function redactPlan(plan: RawPlan, roles: readonly string[]): RawPlan {
  const aliases = aliasesOf(roles);
  const redact = expressionRedactor(roles);
  const copy = (key: string, value: unknown): unknown => {
    if (typeof value === 'string' && MAY_BE_A_ROLE.has(key)) return aliases.get(value) ?? value;
    if (typeof value === 'string')
      return AS_IT_IS.has(key) ? value : EXPRESSION.test(key) ? redact(value) : '[left out]';
    if (Array.isArray(value)) return value.map((entry) => copy(key, entry));
    if (typeof value === 'object' && value !== null) return redactEntries(value);
    return value;
  };
  const redactEntries = (entries: object): RawPlan =>
    Object.fromEntries(Object.entries(entries).map(([key, value]) => [key, copy(key, value)]));
  return redactEntries(plan);
}

/** Constants and names of roles out of an expression or a statement; comments too, for they may hold anything. */
export function expressionRedactor(roles: readonly string[]): (text: string) => string {
  const aliases = aliasesOf(roles);
  return (text) => {
    let before = '';
    return sqlPieces(text)
      .map(({ kind, text: piece }) => {
        if (kind === 'space') return piece;
        const last = before;
        before = piece.toLowerCase();
        if (kind === 'comment') return '';
        if (kind === 'string' || (kind === 'number' && !NUMBERED.has(last))) return '?';
        if (kind !== 'word' && kind !== 'quoted') return piece;
        const name = kind === 'quoted' ? piece.slice(1, -1).replaceAll('""', '"') : piece;
        return aliases.get(name) ?? piece;
      })
      .join('');
  };
}

function aliasesOf(roles: readonly string[]): ReadonlyMap<string, string> {
  return new Map([...new Set(roles)].sort().map((name, at) => [name, `role_${at + 1}`]));
}
