import type { ConstraintFact, TableFact } from '#shared/model/facts.ts';
import type { Catalog } from '#engine/audit/catalog.ts';
import type { Draft } from '#engine/audit/check.ts';
import { defineCheck } from '#engine/audit/check.ts';
import { validateConstraint } from '#engine/audit/constraint-fixes.ts';
import { tableTotals } from '#engine/audit/table-totals.ts';
import { countOf, violationsOf } from '#engine/audit/violations.ts';

const KINDS: Readonly<Partial<Record<ConstraintFact['type'], string>>> = {
  c: 'CHECK',
  f: 'FOREIGN KEY',
  n: 'NOT NULL',
};

export const unvalidatedConstraint = defineCheck({
  id: 'unvalidated-constraint',
  title: 'Constraint does not cover all rows',
  category: 'reliability',
  topic: 'constraints',
  severity: 'medium',
  why: 'A constraint added NOT VALID is enforced for new rows only: older rows may break it. The planner does not use it either. A constraint that is NOT ENFORCED (18+) is not checked at all.',
  rule: 'Medium for each CHECK, FOREIGN KEY or NOT NULL constraint that is enforced but not validated, counted once at the root of a partition tree. Info for constraints that are NOT ENFORCED: there is nothing to validate.',
  remedy: 'Count the rows that break it, correct them, then VALIDATE CONSTRAINT.',
  docs: 'https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-VALIDATE-CONSTRAINT',
  needs: ['constraints', 'tables'],
  wants: ['columns'],
  thresholds: {},
  evaluate({ constraints }, { catalog }) {
    return constraints.flatMap((constraint): Draft[] => {
      const kind = KINDS[constraint.type];
      const table = catalog.table(constraint.tableOid);
      if (!kind || !table || constraint.isExtensionOwned || isInherited(constraint, table, catalog))
        return [];
      // PostgreSQL never checks rows of a foreign table: validating one proves nothing.
      if (table.kind === 'f') return [];
      if (constraint.isEnforced && constraint.isValidated) return [];
      const { rows, sizeBytes } = tableTotals(table, catalog);
      const violations = violationsOf(constraint, table, catalog);
      const shared = {
        confidence: 'certain',
        object: catalog.constraintRef(constraint),
        evidence: {
          kind,
          definition: constraint.definition,
          enforced: constraint.isEnforced,
          tableRows: rows,
          tableBytes: sizeBytes,
          countViolations: violations && countOf(violations),
        },
      } as const;
      if (!constraint.isEnforced) {
        return [
          {
            ...shared,
            severity: 'info',
            confidenceReason: 'Read from the catalog.',
            message: `${constraint.name} on ${catalog.label(table)} is NOT ENFORCED: no row is checked against it.`,
          },
        ];
      }
      return [
        {
          ...shared,
          severity: 'medium',
          confidenceReason:
            'Read from the catalog; whether rows break it is not known until they are counted.',
          message: `${constraint.name} on ${catalog.label(table)} is NOT VALID: rows older than it were never checked.`,
          gain: { text: 'The rule holds for every row, and the planner may rely on it' },
          fix: validateConstraint(table, constraint, catalog, [
            'It fails on the first row that breaks the rule and changes nothing then: count those rows first.',
          ]),
        },
      ];
    });
  },
});

/** Validating at the parent reaches its children, so their copies are not named again. */
function isInherited(constraint: ConstraintFact, table: TableFact, catalog: Catalog): boolean {
  if (constraint.parentOid !== null) return true;
  if (table.parentOid === null || constraint.type === 'f') return false;
  return catalog
    .constraintsOf(table.parentOid)
    .some((c) => c.type === constraint.type && c.name === constraint.name && !c.isValidated);
}
