import type { Finding, ObjectKind } from '#shared/model/finding.ts';
import type { Verdict } from '#shared/model/security.ts';

export interface Judge {
  /** About an object that its name alone tells apart. */
  named(kind: ObjectKind, name: string): readonly Verdict[];
  /** About an object with an oid of its own; overloaded functions share a name. */
  withOid(kinds: readonly ObjectKind[], oid: number): readonly Verdict[];
  /** About a part of a table, as a policy is. */
  partOf(kind: ObjectKind, schema: string, table: string): readonly Verdict[];
}

/** Findings, by what they are about; each is looked up, since a page may ask for ten thousand tables. */
export function verdictsOf(findings: readonly Finding[]): Judge {
  const byName = Map.groupBy(findings, ({ object }) => JSON.stringify([object.kind, object.name]));
  const byOid = Map.groupBy(findings, ({ object }) => object.oid);
  const byTable = Map.groupBy(findings, ({ object }) =>
    JSON.stringify([object.kind, object.schema, object.table]),
  );
  return {
    named: (kind, name) => verdicts(byName.get(JSON.stringify([kind, name]))),
    withOid: (kinds, oid) => verdicts(byOid.get(oid)?.filter((f) => kinds.includes(f.object.kind))),
    partOf: (kind, schema, table) => verdicts(byTable.get(JSON.stringify([kind, schema, table]))),
  };
}

function verdicts(findings: readonly Finding[] = []): readonly Verdict[] {
  return findings.map(({ check, severity, message, fix }) => ({
    check,
    severity,
    message,
    fix: fix ?? null,
  }));
}
