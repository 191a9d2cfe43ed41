import type { Facts, FunctionFact, PublicGrant, PublicPrivilege } from '#shared/model/facts.ts';
import type { Fix } from '#shared/model/finding.ts';
import type { DefinerRow, PublicGrantRow, Verdict } from '#shared/model/security.ts';
import type { Catalog } from '#engine/audit/catalog.ts';
import { statementFix } from '#engine/audit/fixes.ts';
import { quoteIdentifier, quoteQualified } from '#engine/postgres/quote.ts';
import type { Judge } from './verdicts.ts';

const KINDS: Readonly<Record<PublicGrant['kind'], PublicGrantRow['kind']>> = {
  r: 'table',
  p: 'table',
  m: 'matview',
  v: 'view',
  f: 'foreign table',
};

/** All that PUBLIC may do; of functions those with SECURITY DEFINER. Objects of extensions are left out. */
export function publicGrantRows(
  facts: Partial<Facts>,
  catalog: Catalog,
  judge: Judge,
): readonly PublicGrantRow[] {
  return [
    ...schemaRows(facts, judge),
    ...relationRows(facts, catalog, judge),
    ...functionRows(facts, judge),
    ...(facts.publicPrivileges?.objects ?? []).map(otherRow),
  ];
}

/** SECURITY DEFINER functions of users. */
export function definerRows({ functions = [] }: Partial<Facts>, judge: Judge): readonly DefinerRow[] {
  return functions
    .filter((f) => !f.isExtensionOwned)
    .map((f) => ({
      key: String(f.oid),
      oid: f.oid,
      name: signature(f),
      owner: f.owner,
      ownerIsSuperuser: f.ownerIsSuperuser,
      searchPath: f.settings.find((s) => /^search_path=/i.test(s))?.slice('search_path='.length) ?? null,
      publicCanExecute: f.publicCanExecute,
      verdicts: judge.withOid(['function'], f.oid),
    }));
}

function schemaRows({ schemas = [] }: Partial<Facts>, judge: Judge): PublicGrantRow[] {
  return schemas.flatMap((schema): PublicGrantRow[] => {
    const privileges = [
      ...(schema.publicCanCreate ? ['CREATE'] : []),
      ...(schema.publicCanUse ? ['USAGE'] : []),
    ];
    if (privileges.length === 0) return [];
    const { name } = schema;
    const verdicts = judge.named('schema', name);
    return [
      {
        key: `schema ${name}`,
        name,
        kind: 'schema',
        privileges,
        isBuiltIn: name === 'public' && !schema.publicCanCreate,
        verdicts,
        revoke: revoke(verdicts, name, [`${privileges.join(', ')} ON SCHEMA ${quoteIdentifier(name)}`]),
        request: { verb: 'revoke', on: 'schema', oid: schema.oid, privileges, role: null },
      },
    ];
  });
}

function relationRows(facts: Partial<Facts>, catalog: Catalog, judge: Judge): PublicGrantRow[] {
  const grants = (facts.publicGrants ?? []).filter((g) => !g.isExtensionOwned);
  const byRelation = Map.groupBy(grants, (g) => g.relationOid);
  return grants.map((grant) => {
    const { relationOid, column, privileges } = grant;
    const label = catalog.label(grant);
    const name = column === null ? label : `${label}.${column}`;
    const verdicts = judge.withOid(['table', 'view', 'matview'], relationOid);
    const columns = (byRelation.get(relationOid) ?? []).filter((g) => g.column !== null);
    return {
      key: JSON.stringify([relationOid, column]),
      name,
      kind: column === null ? KINDS[grant.kind] : 'column',
      privileges,
      isBuiltIn: false,
      verdicts,
      // Taking a right on the table takes it from its columns too: the undo gives those back.
      revoke: revoke(
        verdicts,
        name,
        [relationRights(grant)],
        column === null
          ? columns.flatMap((c) => {
              const lost = c.privileges.filter((p) => privileges.includes(p));
              return lost.length === 0 ? [] : [relationRights({ ...c, privileges: lost })];
            })
          : [],
      ),
      request:
        column === null
          ? { verb: 'revoke', on: 'table', oid: relationOid, privileges: [...privileges], role: null }
          : null,
    };
  });
}

function relationRights({ privileges, column, schema, name }: PublicGrant): string {
  const rights = privileges.map((p) => (column === null ? p : `${p} (${quoteIdentifier(column)})`));
  return `${rights.join(', ')} ON TABLE ${quoteQualified(schema, name)}`;
}

function functionRows({ functions = [] }: Partial<Facts>, judge: Judge): PublicGrantRow[] {
  return functions
    .filter((f) => f.publicCanExecute && !f.isExtensionOwned)
    .map((f) => {
      const verdicts = judge.withOid(['function'], f.oid);
      const routine = `ROUTINE ${quoteQualified(f.schema, f.name)}(${f.identityArguments})`;
      return {
        key: `function ${f.oid}`,
        name: signature(f),
        kind: 'function',
        privileges: ['EXECUTE'],
        isBuiltIn: true,
        verdicts,
        revoke: revoke(NO_VERDICTS, signature(f), [`EXECUTE ON ${routine}`]),
        request: { verb: 'revoke', on: 'function', oid: f.oid, privileges: ['EXECUTE'], role: null },
      };
    });
}

const KEYWORDS: Readonly<Record<Exclude<PublicPrivilege['kind'], 'default privileges'>, string>> = {
  database: 'DATABASE',
  language: 'LANGUAGE',
  sequence: 'SEQUENCE',
  'foreign server': 'FOREIGN SERVER',
  'foreign data wrapper': 'FOREIGN DATA WRAPPER',
  tablespace: 'TABLESPACE',
  parameter: 'PARAMETER',
};

function otherRow(privilege: PublicPrivilege): PublicGrantRow {
  const { kind, schema, name, creator, objects, privileges, isBuiltIn } = privilege;
  if (kind === 'default privileges') {
    const of = `FOR ROLE ${quoteIdentifier(creator ?? '')}${schema === null ? '' : ` IN SCHEMA ${quoteIdentifier(schema)}`}`;
    const rights = `${privileges.join(', ')} ON ${objects}`;
    const title = `new ${(objects ?? '').toLowerCase()} of ${creator}${schema === null ? '' : ` in ${schema}`}`;
    return {
      key: `${kind} ${JSON.stringify([creator, schema, objects])}`,
      name: title,
      kind,
      privileges,
      isBuiltIn,
      verdicts: NO_VERDICTS,
      revoke: change(
        `Stop giving PUBLIC rights on ${title}`,
        [`ALTER DEFAULT PRIVILEGES ${of} REVOKE ${rights} FROM PUBLIC`],
        [`ALTER DEFAULT PRIVILEGES ${of} GRANT ${rights} TO PUBLIC`],
        'What exists already keeps its rights.',
      ),
      request: null,
    };
  }
  const label = schema === null || schema === 'public' ? name : `${schema}.${name}`;
  const target = schema === null ? quotedParts(kind, name) : quoteQualified(schema, name);
  return {
    key: `${kind} ${label}`,
    name: label,
    kind,
    privileges,
    isBuiltIn,
    verdicts: NO_VERDICTS,
    revoke: revoke(NO_VERDICTS, label, [`${privileges.join(', ')} ON ${KEYWORDS[kind]} ${target}`]),
    request:
      kind === 'database'
        ? { verb: 'revoke', on: kind, oid: 0, privileges: [...privileges], role: null }
        : null,
  };
}

/** Names of parameters have parts; dots in other names are part of them. */
function quotedParts(kind: PublicPrivilege['kind'], name: string): string {
  return kind === 'parameter' ? name.split('.').map(quoteIdentifier).join('.') : quoteIdentifier(name);
}

function signature({ schema, name, identityArguments }: FunctionFact): string {
  return `${schema}.${name}(${identityArguments})`;
}

const NO_VERDICTS: readonly Verdict[] = [];

/** Null where a verdict's own fix does the same. */
function revoke(
  verdicts: readonly Verdict[],
  label: string,
  rights: readonly string[],
  alsoLost: readonly string[] = [],
): Fix | null {
  const sql = rights.map((r) => `REVOKE ${r} FROM PUBLIC`);
  if (verdicts.some((v) => v.fix?.sql.join() === sql.join())) return null;
  return change(
    `Revoke everything from PUBLIC on ${label}`,
    sql,
    [...rights, ...alsoLost].map((r) => `GRANT ${r} TO PUBLIC`),
    'Grant the same to the roles that need it first. A grant made by another role than the owner stays until that role revokes it.',
  );
}

function change(title: string, sql: readonly string[], undo: readonly string[], note: string): Fix {
  return statementFix({
    title,
    sql,
    undo,
    risk: 'R4',
    lock: 'none',
    lockInWords: 'No table is locked. Roles that had access only by way of PUBLIC are refused from then on.',
    notes: [note],
  });
}
