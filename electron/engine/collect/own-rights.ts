import type { Capabilities } from '#engine/postgres/capabilities.ts';
import { SYSTEM_SCHEMAS } from './catalog-names.ts';
import { number, text, textOrNull } from './decode.ts';
import type { SharedFamily } from './family.ts';

/** What the role of this connection may do, beside reading the catalog. */
export const ownRightsFamily: SharedFamily = {
  facts: ['ownRights'],
  label: 'rights of this role',
  isForPagesOnly: true,
  async read(transaction, { capabilities }) {
    const [row = []] = await transaction.rows(RIGHTS_SQL);
    return () => {
      const [owner, owns, mayConnect, mayCreate, mayTemp, limit, ...rest] = row;
      const [createsRoles, createsDatabases, replicates, bypassesRls, address, isReadOnly] = rest;
      const [tables, readable, measures, publicMayTemp] = rest.slice(6);
      return {
        facts: {
          ownRights: {
            databaseOwner: text(owner),
            ownsDatabase: owns === true,
            mayConnect: mayConnect === true,
            mayCreate: mayCreate === true,
            mayTemp: mayTemp === true,
            publicMayTemp: publicMayTemp === true,
            connectionLimit: number(limit) < 0 ? null : number(limit),
            canCreateRole: createsRoles === true,
            canCreateDatabase: createsDatabases === true,
            canReplicate: replicates === true,
            bypassesRls: bypassesRls === true,
            clientAddress: textOrNull(address),
            isReadOnlyByDefault: isReadOnly === true,
            tables: number(tables),
            readableTables: number(readable),
            measuresBloat: typeof measures === 'boolean' ? measures : null,
            readsLog: readsLog(capabilities),
          },
        },
      };
    };
  },
};

/** What reading the server's log takes. */
export const LOG_FUNCTIONS = [
  'pg_current_logfile(text)',
  'pg_stat_file(text)',
  'pg_read_binary_file(text,bigint,bigint)',
] as const;

function readsLog({ canExecute }: Capabilities): boolean {
  return LOG_FUNCTIONS.every((signature) => canExecute(signature));
}

// Settings of a role for all databases, for this one, and those of the database: the narrowest counts, and any of them
// says that somebody wanted it.
const RIGHTS_SQL = `
  SELECT pg_catalog.pg_get_userbyid(d.datdba), pg_catalog.pg_has_role(d.datdba, 'USAGE'),
    pg_catalog.has_database_privilege(d.oid, 'CONNECT'), pg_catalog.has_database_privilege(d.oid, 'CREATE'),
    pg_catalog.has_database_privilege(d.oid, 'TEMP'), r.rolconnlimit,
    r.rolcreaterole, r.rolcreatedb, r.rolreplication, r.rolbypassrls, pg_catalog.host(pg_catalog.inet_client_addr()),
    EXISTS (SELECT FROM pg_catalog.pg_db_role_setting s
      WHERE s.setrole IN (0, r.oid) AND s.setdatabase IN (0, d.oid)
        AND 'default_transaction_read_only=on' = ANY (s.setconfig)),
    t.tables, t.readable,
    (SELECT pg_catalog.bool_and(pg_catalog.has_function_privilege(p.oid, 'EXECUTE')
        AND pg_catalog.has_schema_privilege(p.pronamespace, 'USAGE'))
      FROM pg_catalog.pg_extension e
      JOIN pg_catalog.pg_depend x ON x.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
        AND x.refobjid = e.oid AND x.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND x.deptype = 'e'
      JOIN pg_catalog.pg_proc p ON p.oid = x.objid
      WHERE e.extname = 'pgstattuple' AND p.proname IN ('pgstattuple_approx', 'pgstatindex')),
    pg_catalog.has_database_privilege('public', d.oid, 'TEMP')
  FROM pg_catalog.pg_database d
  JOIN pg_catalog.pg_roles r ON r.rolname = current_user,
  LATERAL (SELECT pg_catalog.count(*)::int4 AS tables,
      (pg_catalog.count(*) FILTER (WHERE pg_catalog.has_table_privilege(c.oid, 'SELECT')
        AND pg_catalog.has_schema_privilege(c.relnamespace, 'USAGE')))::int4 AS readable
    FROM pg_catalog.pg_class c
    WHERE c.relkind IN ('r', 'p', 'm') AND c.relpersistence <> 't' AND c.relnamespace NOT IN ${SYSTEM_SCHEMAS}) t
  WHERE d.datname = pg_catalog.current_database()`;
