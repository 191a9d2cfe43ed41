import type { PublicGrant } from '#shared/model/facts.ts';
import type { Fix, ObjectKind } from '#shared/model/finding.ts';
import { quoteIdentifier, quoteQualified } from '#engine/postgres/quote.ts';
import type { Catalog } from '#engine/audit/catalog.ts';
import type { Draft, Unknown } from '#engine/audit/check.ts';
import { defineCheck } from '#engine/audit/check.ts';
import { statementFix } from '#engine/audit/fixes.ts';
import { inSchemaRef } from '#engine/audit/object-refs.ts';
import { isSensitiveName } from '#engine/audit/sensitive-names.ts';
import { onPrimary } from '#engine/audit/standby.ts';

const WRITES = new Set(['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']);
const KINDS: Readonly<Record<PublicGrant['kind'], ObjectKind>> = {
  r: 'table',
  p: 'table',
  f: 'table',
  m: 'matview',
  v: 'view',
};

export const publicTableGrants = defineCheck({
  id: 'public-table-grants',
  title: 'Everybody may write or read secrets',
  category: 'security',
  topic: 'privileges',
  severity: 'medium',
  why: 'A grant to PUBLIC counts for every role that can connect, also for those made later for reports or guests.',
  rule: 'Medium where PUBLIC holds INSERT, UPDATE, DELETE or TRUNCATE, or SELECT on columns whose names suggest passwords, keys, tokens or identity numbers; low where PUBLIC may not use the schema. Objects of extensions are left out.',
  remedy: 'Revoke from PUBLIC, and grant to the roles that need it.',
  docs: 'https://www.postgresql.org/docs/current/ddl-priv.html',
  needs: ['publicGrants'],
  wants: ['columns', 'tables', 'schemas'],
  thresholds: {},
  evaluate({ server, publicGrants, columns, schemas }, { catalog }) {
    const closedSchemas = new Set((schemas ?? []).filter((s) => !s.publicCanUse).map((s) => s.name));
    const findings: Draft[] = [];
    const viewsNotJudged: string[] = [];
    for (const grants of byRelation(publicGrants.filter((g) => !g.isExtensionOwned))) {
      const [first] = grants;
      if (!first) continue;
      const reads = grants.some((g) => g.column === null && g.privileges.includes('SELECT'));
      if (reads && (first.kind === 'v' || !columns)) viewsNotJudged.push(catalog.label(first));
      const excess = grants.flatMap((g) => excessOf(g, catalog));
      if (excess.length > 0) findings.push(draftOf(grants, first, excess));
    }
    return {
      findings: findings.map((f) => (f.fix ? { ...f, fix: onPrimary(f.fix, server) } : f)),
      unknown: notJudged(viewsNotJudged),
    };

    function draftOf(
      grants: readonly PublicGrant[],
      relation: PublicGrant,
      excess: readonly Excess[],
    ): Draft {
      const isClosed = closedSchemas.has(relation.schema);
      const writes = [...new Set(excess.flatMap((e) => e.privileges.filter((p) => WRITES.has(p))))];
      const secrets = [...new Set(excess.flatMap((e) => e.sensitive))];
      const parts = [
        ...(writes.length > 0 ? [`may ${writes.join(', ')}`] : []),
        ...(secrets.length > 0 ? [`may read ${secrets.join(', ')}`] : []),
      ];
      const table = catalog.table(relation.relationOid);
      return {
        severity: isClosed ? 'low' : 'medium',
        confidence: writes.length > 0 ? 'certain' : 'likely',
        confidenceReason:
          writes.length > 0
            ? 'Read from the privileges of the object.'
            : 'The grant is certain; what the columns hold is inferred from their names.',
        object: inSchemaRef(KINDS[relation.kind], { ...relation, oid: relation.relationOid }),
        message: `PUBLIC ${parts.join(' and ')} in ${catalog.label(relation)}.`,
        evidence: {
          writePrivileges: writes,
          sensitiveColumns: secrets,
          columnGrants: excess.flatMap((e) => (e.column === null ? [] : [e.column])),
          rowSecurity: table?.rowSecurity ?? null,
          publicCanUseSchema: !isClosed,
        },
        gain: { text: 'Only roles that were given access have it' },
        fix: revoke(grants, relation, excess, catalog.label(relation)),
      };
    }
  },
});

/** What one grant gives too much. */
interface Excess {
  readonly column: string | null;
  readonly privileges: readonly string[];
  readonly sensitive: readonly string[];
}

function excessOf(grant: PublicGrant, catalog: Catalog): Excess[] {
  const names = grant.column === null ? catalog.columnNames(grant.relationOid) : [grant.column];
  const sensitive = grant.privileges.includes('SELECT') ? names.filter(isSensitiveName) : [];
  const privileges = grant.privileges.filter(
    (p) => WRITES.has(p) || (p === 'SELECT' && sensitive.length > 0),
  );
  return privileges.length > 0 ? [{ column: grant.column, privileges, sensitive }] : [];
}

function revoke(
  grants: readonly PublicGrant[],
  relation: PublicGrant,
  excess: readonly Excess[],
  label: string,
): Fix {
  const target = `ON TABLE ${quoteQualified(relation.schema, relation.name)}`;
  const lists = excess.map(privilegeList);
  // Revoking a privilege on the table takes the same privilege on its columns along, so the undo gives those back too.
  const gone = new Set(excess.flatMap((e) => (e.column === null ? e.privileges : [])));
  const columnsGone = grants.flatMap(({ column, privileges }) => {
    const lost = privileges.filter((p) => gone.has(p));
    return column === null || lost.length === 0 ? [] : [privilegeList({ column, privileges: lost })];
  });
  return statementFix({
    title: `Revoke from PUBLIC on ${label}`,
    sql: lists.map((list) => `REVOKE ${list} ${target} FROM PUBLIC`),
    undo: [...new Set([...lists, ...columnsGone])].map((list) => `GRANT ${list} ${target} TO PUBLIC`),
    risk: 'R4',
    lock: 'none',
    lockInWords: 'No table is locked. Roles that had access only by way of PUBLIC are refused from then on.',
    notes: [
      'Grant the same to the roles that need it first. A grant made by another role than the owner stays until that role revokes it.',
      ...(gone.has('SELECT')
        ? [
            'To keep the other columns readable, grant SELECT on a list of them: GRANT SELECT (column, …) ON TABLE …',
          ]
        : []),
    ],
  });
}

/** "INSERT, UPDATE" or, for a column, `SELECT ("a"), UPDATE ("a")`. */
function privilegeList(grant: Pick<Excess, 'column' | 'privileges'>): string {
  const { column, privileges } = grant;
  return privileges.map((p) => (column === null ? p : `${p} (${quoteIdentifier(column)})`)).join(', ');
}

function notJudged(names: readonly string[]): Unknown[] {
  if (names.length === 0) return [];
  const shown =
    names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ');
  return [{ reason: `PUBLIC may read ${shown}; which columns that shows was not read.`, grant: null }];
}

function byRelation(grants: readonly PublicGrant[]): PublicGrant[][] {
  const groups = new Map<number, PublicGrant[]>();
  for (const grant of grants) {
    const list = groups.get(grant.relationOid);
    if (list) list.push(grant);
    else groups.set(grant.relationOid, [grant]);
  }
  return [...groups.values()];
}
