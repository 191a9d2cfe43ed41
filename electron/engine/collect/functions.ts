import type { FunctionFact } from '#shared/model/facts.ts';
import type { Row } from '#engine/postgres/read-session.ts';
import { SYSTEM_SCHEMAS } from './catalog-names.ts';
import { list, number, text, textOrNull } from './decode.ts';
import type { SharedFamily } from './family.ts';

/** SECURITY DEFINER functions and procedures. */
export const functionsFamily: SharedFamily = {
  facts: ['functions'],
  label: 'functions',
  async read(transaction, { names }) {
    const rows = await transaction.rows(FUNCTIONS_SQL);
    const map = (row: Row): FunctionFact => {
      const [oid, schemaOid, name, identity, kind, ownerOid, isSuperuser, settings, canExecute, acl] = row;
      return {
        oid: number(oid),
        schema: names.schema(number(schemaOid)),
        name: text(name),
        identityArguments: text(identity),
        kind: text(kind) as FunctionFact['kind'],
        owner: names.role(number(ownerOid)),
        ownerIsSuperuser: isSuperuser === true,
        settings: list(settings),
        publicCanExecute: canExecute === true,
        acl: textOrNull(acl),
        isExtensionOwned: names.isExtensionOwned('pg_proc', number(oid)),
      };
    };
    return () => ({ facts: { functions: rows.map(map) } });
  },
};

const FUNCTIONS_SQL = `
  SELECT p.oid, p.pronamespace, p.proname, pg_catalog.pg_get_function_identity_arguments(p.oid), p.prokind,
    p.proowner, r.rolsuper, p.proconfig, pg_catalog.has_function_privilege('public', p.oid, 'EXECUTE'),
    p.proacl::text
  FROM pg_catalog.pg_proc p LEFT JOIN pg_catalog.pg_roles r ON r.oid = p.proowner
  WHERE p.prosecdef AND p.pronamespace NOT IN ${SYSTEM_SCHEMAS}`;
