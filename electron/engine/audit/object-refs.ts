import type { ObjectKind, ObjectRef } from '#shared/model/finding.ts';

/** References to what is neither a table nor tied to one; the rest comes from the catalog. Names as stored. */

/** The server as a whole: one per audit, so its name is fixed and fingerprints survive an upgrade. */
export function serverRef(): ObjectRef {
  return plainRef('server', 'server');
}

export function settingRef(name: string): ObjectRef {
  return plainRef('setting', name);
}

export function roleRef(name: string, oid = 0): ObjectRef {
  return plainRef('role', name, oid);
}

export function extensionRef(name: string): ObjectRef {
  return plainRef('extension', name);
}

export function schemaRef(name: string, oid: number): ObjectRef {
  return plainRef('schema', name, oid);
}

export function inSchemaRef(
  kind: ObjectKind,
  thing: { readonly schema: string; readonly name: string; readonly oid: number },
): ObjectRef {
  return { kind, oid: thing.oid, schema: thing.schema, name: thing.name, table: null };
}

function plainRef(kind: ObjectKind, name: string, oid = 0): ObjectRef {
  return { kind, oid, schema: null, name, table: null };
}
