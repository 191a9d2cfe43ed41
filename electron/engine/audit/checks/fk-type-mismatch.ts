import type { ConstraintFact, Facts, TableFact } from '#shared/model/facts.ts';
import type { Evidence, Fix, Severity } from '#shared/model/finding.ts';
import { formatPercent } from '#shared/model/format.ts';
import { quoteIdentifier } from '#engine/postgres/quote.ts';
import type { Catalog } from '#engine/audit/catalog.ts';
import type { Draft, Unknown } from '#engine/audit/check.ts';
import { defineCheck } from '#engine/audit/check.ts';
import { BRIEF_EXCLUSIVE, guidedFix, statementFix } from '#engine/audit/fixes.ts';
import { baseType, integerLimit, isText } from '#engine/audit/integer-types.ts';
import { tableTotals } from '#engine/audit/table-totals.ts';

interface Column {
  readonly name: string;
  readonly typeOid: number;
  readonly typeName: string;
  readonly typeModifier: number;
  readonly isDomain: boolean;
}

export const fkTypeMismatch = defineCheck({
  id: 'fk-type-mismatch',
  title: 'Foreign key column has another type than its target',
  category: 'reliability',
  topic: 'foreign keys',
  severity: 'high',
  why: 'An integer column that references a bigint key fails as soon as the parent passes 2,147,483,647. Other differences make PostgreSQL convert values on every check and join, and can keep indexes from being used.',
  rule: 'High where an integer column is narrower than the key it references; medium where it is wider or the base types differ; info for varchar against text and for types that differ in length or precision only. Domains count as their base type.',
  remedy: 'Give the column the type of the key. On large tables do it with a new column, not in place.',
  docs: 'https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES',
  needs: ['constraints', 'columns', 'types', 'tables'],
  wants: ['sequences', 'sequenceValues'],
  thresholds: { inPlaceBytes: 104_857_600 },
  evaluate(facts, { catalog, limit }) {
    const lastValues = lastValuesByColumn(facts);
    const unknown: Unknown[] = [];
    const findings = facts.constraints.flatMap((key): Draft[] => {
      if (key.type !== 'f' || key.parentOid !== null || key.isExtensionOwned) return [];
      const table = catalog.table(key.tableOid);
      const parent = catalog.table(key.referencedTableOid);
      if (!table || !parent) return [];
      return key.columns.flatMap((number, at): Draft[] => {
        const target = key.referencedColumns[at] ?? 0;
        const child = readColumn(table.oid, number, catalog);
        const above = readColumn(parent.oid, target, catalog);
        if (!child || !above) {
          unknown.push({
            reason: `The column types of ${key.name} on ${catalog.label(table)} were not read.`,
            grant: null,
          });
          return [];
        }
        const verdict = compare(child, above);
        if (!verdict) return [];
        const last = lastValues.get(`${parent.oid} ${target}`) ?? null;
        return [
          describe({
            key,
            table,
            parent,
            child,
            above,
            last,
            verdict,
            catalog,
            inPlaceBytes: limit('inPlaceBytes'),
          }),
        ];
      });
    });
    return { findings, unknown };
  },
});

interface Verdict {
  readonly severity: Severity;
  readonly what: string;
}

function compare(child: Column, parent: Column): Verdict | null {
  if (child.typeOid === parent.typeOid) {
    if (child.typeModifier === parent.typeModifier) return null;
    return { severity: 'info', what: 'the lengths or precisions differ' };
  }
  const [childLimit, parentLimit] = [integerLimit(child.typeOid), integerLimit(parent.typeOid)];
  if (childLimit !== null && parentLimit !== null) {
    return childLimit < parentLimit
      ? { severity: 'high', what: `values above ${childLimit} cannot be referenced` }
      : { severity: 'medium', what: 'the column is wider than the key it references' };
  }
  if (isText(child.typeOid) && isText(parent.typeOid)) return { severity: 'info', what: 'both are text' };
  return { severity: 'medium', what: 'values are converted on every check and join' };
}

interface Mismatch {
  readonly key: ConstraintFact;
  readonly table: TableFact;
  readonly parent: TableFact;
  readonly child: Column;
  readonly above: Column;
  readonly last: bigint | null;
  readonly verdict: Verdict;
  readonly catalog: Catalog;
  readonly inPlaceBytes: number;
}

function describe(found: Mismatch): Draft {
  const { key, table, parent, child, above, last, verdict, catalog } = found;
  const most = verdict.severity === 'high' ? integerLimit(child.typeOid) : null;
  const usedPercent = most !== null && last !== null ? Number((last * 10_000n) / most) / 100 : null;
  const evidence: Evidence = {
    column: `${catalog.label(table)}.${child.name}`,
    columnType: child.typeName,
    references: `${catalog.label(parent)}.${above.name}`,
    referencedType: above.typeName,
    ...(most === null ? {} : { largestValue: String(most) }),
    ...(last === null ? {} : { parentLastValue: String(last) }),
    ...(usedPercent === null ? {} : { usedPercent }),
    tableRows: tableTotals(table, catalog).rows,
  };
  const used = usedPercent === null ? '' : ` (${formatPercent(usedPercent)} used)`;
  const fix = fixFor(found);
  return {
    severity: verdict.severity,
    confidence: 'certain',
    confidenceReason: 'Both types are read from the catalog.',
    object: catalog.constraintRef(key),
    message: `${catalog.label(table)}.${child.name} is ${child.typeName} but references ${catalog.label(parent)}.${above.name}, which is ${above.typeName}: ${verdict.what}${used}.`,
    evidence,
    ...(verdict.severity === 'info' ? {} : { fix }),
  };
}

function fixFor({ table, child, above, verdict, catalog, inPlaceBytes }: Mismatch): Fix {
  const { sizeBytes } = tableTotals(table, catalog);
  const column = quoteIdentifier(child.name);
  const change = (type: string): string =>
    `ALTER TABLE ${catalog.quoted(table)} ALTER COLUMN ${column} TYPE ${type}`;
  const title = `Change ${catalog.label(table)}.${child.name} to ${above.typeName}`;
  const isPlain = table.kind !== 'p' && !child.isDomain;
  if (verdict.severity !== 'high' || sizeBytes > inPlaceBytes || !isPlain) {
    return guidedFix(title, [
      `${change(above.typeName)} rewrites the table and its indexes, and nobody can read or write it meanwhile.`,
      'On a large table: add a column of the right type, keep it filled by a trigger, backfill in batches, add a NOT VALID foreign key on it, validate, then swap the names in one short transaction.',
      'Views and functions that use the column, and the types in application code, have to follow.',
    ]);
  }
  return statementFix({
    title,
    sql: [change(above.typeName)],
    undo: [change(child.typeName)],
    risk: 'R3',
    lock: 'ACCESS EXCLUSIVE',
    lockInWords: `${BRIEF_EXCLUSIVE(catalog.label(table))} The table and its indexes are rewritten meanwhile.`,
    notes: [
      'Views that use the column stop the change: drop and create them around it.',
      'The types in application code have to follow. The undo works while all values fit the old type.',
    ],
  });
}

function readColumn(tableOid: number, number: number, catalog: Catalog): Column | null {
  const column = catalog.column(tableOid, number);
  const type = column && baseType(column.typeOid, catalog);
  if (!column || !type) return null;
  return {
    name: column.name,
    typeOid: type.oid,
    typeName: type.name,
    typeModifier: column.typeModifier,
    isDomain: type.oid !== column.typeOid,
  };
}

/** "table column" → last value of the sequence that feeds it. */
function lastValuesByColumn(
  facts: Partial<Pick<Facts, 'sequences' | 'sequenceValues'>>,
): Map<string, bigint> {
  const values = new Map((facts.sequenceValues ?? []).map((v) => [v.sequenceOid, v.lastValue]));
  const byColumn = new Map<string, bigint>();
  for (const sequence of facts.sequences ?? []) {
    const last = values.get(sequence.oid);
    if (sequence.tableOid !== null && last !== undefined && last !== null) {
      byColumn.set(`${sequence.tableOid} ${sequence.column}`, BigInt(last));
    }
  }
  return byColumn;
}
