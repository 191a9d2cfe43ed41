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

/** Findings, by what they are about. */
export function verdictsOf(findings: readonly Finding[]): Judge {
  const select = (isAbout: (object: Finding['object']) => boolean): readonly Verdict[] =>
    findings
      .filter(({ object }) => isAbout(object))
      .map(({ check, severity, message, fix }) => ({ check, severity, message, fix: fix ?? null }));
  return {
    named: (kind, name) => select((o) => o.kind === kind && o.name === name),
    withOid: (kinds, oid) => select((o) => o.oid === oid && kinds.includes(o.kind)),
    partOf: (kind, schema, table) =>
      select((o) => o.kind === kind && o.schema === schema && o.table === table),
  };
}
