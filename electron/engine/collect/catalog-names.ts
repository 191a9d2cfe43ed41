import { quoteIdentifier, quoteQualified } from '#engine/postgres/quote.ts';
import type { ReadTransaction } from '#engine/postgres/read-session.ts';
import { number, text } from './decode.ts';

/** The small catalogs that every family refers to by oid, read once. */
export interface CatalogNames {
  schema(oid: number): string;
  role(oid: number): string;
  accessMethod(oid: number): string;
  /** Null for the database's default tablespace (0). */
  tablespace(oid: number): string | null;
  operatorClass(oid: number): OperatorClass | undefined;
  /** Quoted, with its schema unless that is pg_catalog. */
  collation(oid: number): string | undefined;
  /** True where the type has a default operator class of its own for the access method. */
  hasDefaultOperatorClass(accessMethodOid: number, typeOid: number): boolean;
  /** The object itself is a member of an extension. */
  isExtensionOwned(catalog: ExtensionCatalog, oid: number): boolean;
}

export interface OperatorClass {
  /** Quoted, with its schema unless that is pg_catalog. */
  readonly name: string;
  readonly accessMethodOid: number;
  readonly isDefault: boolean;
  readonly inputTypeOid: number;
}

export type ExtensionCatalog = 'pg_class' | 'pg_proc' | 'pg_constraint';

/** Objects of the system itself, by the oid of their schema: system catalogs, TOAST, temporary tables of any session. */
export const SYSTEM_SCHEMAS = `(SELECT oid FROM pg_catalog.pg_namespace
    WHERE nspname = 'information_schema' OR pg_catalog.starts_with(nspname::text, 'pg_'))`;

/** One query over catalogs of at most a few thousand rows. */
export async function readCatalogNames(transaction: ReadTransaction): Promise<CatalogNames> {
  const rows = await transaction.rows(NAMES_SQL);
  const byKind = new Map<string, Map<number, string>>();
  const schemaOf = new Map<string, number>();
  const operatorClasses = new Map<number, OperatorClass>();
  const defaults = new Set<string>();
  const extensionObjects = new Map<string, Set<number>>();
  for (const [kind, oid, name, schema, method, input, isDefault] of rows) {
    const key = text(kind);
    if (key.startsWith('extension ')) {
      const catalog = key.slice(10);
      const members = extensionObjects.get(catalog) ?? new Set();
      extensionObjects.set(catalog, members.add(number(oid)));
      continue;
    }
    const names = byKind.get(key) ?? new Map<number, string>();
    byKind.set(key, names.set(number(oid), text(name)));
    if (schema !== null) schemaOf.set(`${key}:${number(oid)}`, number(schema));
    if (key === 'opclass') {
      if (isDefault === true) defaults.add(`${number(method)}:${number(input)}`);
      operatorClasses.set(number(oid), {
        name: text(name),
        accessMethodOid: number(method),
        isDefault: isDefault === true,
        inputTypeOid: number(input),
      });
    }
  }
  const look = (kind: string, oid: number): string | undefined => byKind.get(kind)?.get(oid);
  const qualified = (kind: string, oid: number): string | undefined => {
    const name = look(kind, oid);
    if (name === undefined) return undefined;
    const schema = look('schema', schemaOf.get(`${kind}:${oid}`) ?? 0);
    return schema === undefined || schema === 'pg_catalog'
      ? quoteIdentifier(name)
      : quoteQualified(schema, name);
  };
  for (const [oid, opclass] of operatorClasses) {
    operatorClasses.set(oid, { ...opclass, name: qualified('opclass', oid) ?? opclass.name });
  }
  return {
    schema: (oid) => look('schema', oid) ?? unknownName(oid),
    role: (oid) => look('role', oid) ?? unknownName(oid),
    accessMethod: (oid) => look('am', oid) ?? unknownName(oid),
    tablespace: (oid) => (oid === 0 ? null : (look('tablespace', oid) ?? unknownName(oid))),
    operatorClass: (oid) => operatorClasses.get(oid),
    collation: (oid) => qualified('collation', oid),
    hasDefaultOperatorClass: (method, type) => defaults.has(`${method}:${type}`),
    isExtensionOwned: (catalog, oid) => extensionObjects.get(catalog)?.has(oid) ?? false,
  };
}

/** As PostgreSQL prints the name of a role that was dropped under our eyes. */
function unknownName(oid: number): string {
  return `unknown (OID=${oid})`;
}

// pg_depend is read through its index on the referenced object: a look at every row takes 30 ms with 10,000 tables.
const NAMES_SQL = `
  SELECT 'schema', oid, nspname, NULL::pg_catalog.oid, NULL::pg_catalog.oid, NULL::pg_catalog.oid, NULL::boolean
    FROM pg_catalog.pg_namespace
  UNION ALL SELECT 'role', oid, rolname, NULL, NULL, NULL, NULL FROM pg_catalog.pg_roles
  UNION ALL SELECT 'am', oid, amname, NULL, NULL, NULL, NULL FROM pg_catalog.pg_am
  UNION ALL SELECT 'tablespace', oid, spcname, NULL, NULL, NULL, NULL FROM pg_catalog.pg_tablespace
  UNION ALL SELECT 'collation', oid, collname, collnamespace, NULL, NULL, NULL FROM pg_catalog.pg_collation
  UNION ALL SELECT 'opclass', oid, opcname, opcnamespace, opcmethod, opcintype, opcdefault
    FROM pg_catalog.pg_opclass
  UNION ALL SELECT 'extension ' || c.relname, d.objid, '', NULL, NULL, NULL, NULL
    FROM pg_catalog.pg_extension e
    JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
      AND d.refobjid = e.oid AND d.deptype = 'e'
    JOIN pg_catalog.pg_class c ON c.oid = d.classid
    WHERE c.relname IN ('pg_class', 'pg_proc', 'pg_constraint')`;
