import type { Fix } from '#shared/model/finding.ts';
import type { TableFact } from '#shared/model/facts.ts';
import type { PreflightItem } from '#shared/model/plan.ts';
import { statementFix } from '#engine/audit/fixes.ts';
import { isSensitiveName } from '#engine/audit/sensitive-names.ts';
import { list, text } from '#engine/collect/decode.ts';
import { quoteIdentifier, quoteLiteral, quoteQualified } from '#engine/postgres/quote.ts';
import { note, stop, warning } from '../preflight.ts';
import { type ActionBuilder, type BuildContext, type Built, missing, refused } from './action.ts';

const SCHEMA = 'pgvitals_audit';
const TRIGGER = 'pgvitals_audit';
const TRUNCATE_TRIGGER = 'pgvitals_audit_truncate';
const CHANGES = quoteQualified(SCHEMA, 'changes');
const RECORD = `${quoteQualified(SCHEMA, 'record')}()`;

/** Each change of a row into one table of all; its schema, table and function are made with the first trigger. */
export const auditTrigger: ActionBuilder<'audit-trigger'> = {
  needs: ['tables', 'columns'],
  build: async ({ table: oid }, context): Promise<Built> => {
    const { catalog } = context;
    const table = catalog.table(oid);
    if (!table) throw missing('This table');
    const label = catalog.label(table);
    if (table.kind !== 'r' && table.kind !== 'p')
      throw refused(`${label} is no table of rows of its own: changes happen elsewhere.`, null);
    if (table.schema === SCHEMA) throw refused(`${label} is the record itself.`, null);
    const state = await stateOf(table, context);
    const schemaRef = { kind: 'schema', oid: 0, schema: null, name: SCHEMA, table: null } as const;
    const recordRef = { kind: 'table', oid: 0, schema: SCHEMA, name: 'changes', table: null } as const;
    return {
      title: `Record the changes of ${label}`,
      verb: 'Create trigger',
      drafts: [
        {
          fix: fixOf(table, catalog.quoted(table), label, !state.isThere),
          object: { kind: 'trigger', oid: 0, schema: table.schema, name: TRIGGER, table: table.name },
          isNew: true,
          guards: [catalog.tableRef(table), schemaRef, ...(state.isThere ? [recordRef] : [])],
          preflight: [...state.items, ...aboutRecords(table, context)],
        },
      ],
    };
  },
};

function fixOf(table: TableFact, target: string, label: string, isFirst: boolean): Fix {
  return statementFix({
    title: `Record the changes of ${label}`,
    sql: [...(isFirst ? FRAME : []), ...triggers(target)],
    undo: [
      `DROP TRIGGER ${quoteIdentifier(TRUNCATE_TRIGGER)} ON ${target}`,
      `DROP TRIGGER ${quoteIdentifier(TRIGGER)} ON ${target}`,
      ...(isFirst ? FRAME_UNDO : []),
    ],
    risk: 'R3',
    lock: 'SHARE ROW EXCLUSIVE',
    lockInWords: `Writes to ${label} wait for a moment; reads go on.`,
    notes: [
      `Every inserted, updated and deleted row of ${label} is written to ${SCHEMA}.changes, in the same transaction: writes take longer.`,
      ...(isFirst
        ? ['The undo drops the record with all that it holds by then, unless another table is recorded too.']
        : ['The undo takes the triggers off; the record stays.']),
      ...(table.kind === 'p' ? ['TRUNCATE of a single partition is not recorded.'] : []),
    ],
  });
}

function triggers(target: string): string[] {
  return [
    `CREATE TRIGGER ${quoteIdentifier(TRIGGER)} AFTER INSERT OR UPDATE OR DELETE ON ${target} FOR EACH ROW EXECUTE FUNCTION ${RECORD}`,
    `CREATE TRIGGER ${quoteIdentifier(TRUNCATE_TRIGGER)} AFTER TRUNCATE ON ${target} FOR EACH STATEMENT EXECUTE FUNCTION ${RECORD}`,
  ];
}

/**
 * Runs with the rights of its owner, so that nobody needs rights on the record; its search path is fixed, so that nobody
 * can slip in functions; names of tables are values only. The role of SET ROLE is told by a setting: inside, the current
 * user is the owner.
 */
const BODY = `
BEGIN
  INSERT INTO ${CHANGES} (login, role, application, client, schema_name, table_name, operation, before, after)
  VALUES (session_user, nullif(current_setting('role', true), 'none'), nullif(current_setting('application_name', true), ''),
    inet_client_addr(), TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_OP,
    CASE WHEN TG_OP IN ('UPDATE', 'DELETE') THEN to_jsonb(OLD) END,
    CASE WHEN TG_OP IN ('INSERT', 'UPDATE') THEN to_jsonb(NEW) END);
  RETURN NULL;
END`;
const CONFIGURATION = ['search_path=pg_catalog, pg_temp'];

const FRAME: readonly string[] = [
  `CREATE SCHEMA ${quoteIdentifier(SCHEMA)}`,
  `CREATE TABLE ${CHANGES} (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  transaction_id xid8 NOT NULL DEFAULT pg_current_xact_id(),
  login name NOT NULL,
  role name,
  application text,
  client inet,
  schema_name name NOT NULL,
  table_name name NOT NULL,
  operation text NOT NULL,
  before jsonb,
  after jsonb
)`,
  `CREATE FUNCTION ${RECORD} RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS ${quoteLiteral(BODY)}`,
  `REVOKE ALL ON FUNCTION ${RECORD} FROM PUBLIC`,
];
/** Never CASCADE: where another table is recorded, it fails as a whole. */
const FRAME_UNDO: readonly string[] = [
  `DROP FUNCTION ${RECORD}`,
  `DROP TABLE ${CHANGES}`,
  `DROP SCHEMA ${quoteIdentifier(SCHEMA)}`,
];

const COLUMNS =
  'id,at,transaction_id,login,role,application,client,schema_name,table_name,operation,before,after';

/** Whether the frame is there, exactly as made here; throws PLAN_REFUSED where something else has its name. */
async function stateOf(
  table: TableFact,
  { read }: BuildContext,
): Promise<{ readonly isThere: boolean; readonly items: readonly PreflightItem[] }> {
  const [row] = await read(STATE_SQL, [SCHEMA, table.oid]);
  const [hasSchema, columns, source, isDefiner, configuration, mayUse, mayCreate, mayTrigger, owner] =
    row ?? [];
  const isOurs =
    columns === COLUMNS &&
    source === BODY &&
    isDefiner === true &&
    list(configuration).join() === CONFIGURATION.join();
  if (hasSchema === true && !isOurs)
    throw refused(
      `There is a schema ${SCHEMA} already, and its contents are not what PgVitals makes.`,
      'Look at it; rename it, or write the trigger by hand.',
    );
  const items: PreflightItem[] = [];
  if (mayTrigger !== true)
    items.push(
      stop(`The role that you are connected as may not create triggers on it.`, `Connect as ${table.owner}.`),
    );
  if (hasSchema === true && mayUse !== true)
    items.push(
      stop(
        `The function of the record belongs to ${text(owner)}, and you may not use it.`,
        `Connect as ${text(owner)}.`,
      ),
    );
  if (hasSchema !== true && mayCreate !== true)
    items.push(
      stop(
        'Making the record needs the right CREATE on this database.',
        'Connect as the owner of the database.',
      ),
    );
  return { isThere: hasSchema === true, items };
}

const STATE_SQL = `SELECT n.oid IS NOT NULL,
    (SELECT pg_catalog.string_agg(a.attname, ',' ORDER BY a.attnum) FROM pg_catalog.pg_class c
     JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     WHERE c.relnamespace = n.oid AND c.relname = 'changes'),
    p.prosrc, p.prosecdef, p.proconfig,
    p.oid IS NOT NULL AND pg_catalog.has_function_privilege(p.oid, 'EXECUTE'),
    pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE'),
    pg_catalog.has_table_privilege($2::pg_catalog.oid, 'TRIGGER'),
    (SELECT r.rolname FROM pg_catalog.pg_roles r WHERE r.oid = coalesce(p.proowner, n.nspowner))
  FROM (SELECT $1::pg_catalog.name AS name) w
  LEFT JOIN pg_catalog.pg_namespace n ON n.nspname = w.name
  LEFT JOIN pg_catalog.pg_proc p ON p.pronamespace = n.oid AND p.proname = 'record' AND p.pronargs = 0`;

function aboutRecords(table: TableFact, { catalog }: BuildContext): PreflightItem[] {
  const secret = catalog.columnNames(table.oid).filter(isSensitiveName);
  return [
    note(
      'The record grows with every change and nothing removes old entries by itself; only its owner and superusers may read it.',
    ),
    ...(secret.length > 0
      ? [
          warning(
            `Values of ${secret.join(', ')} are copied into the record.`,
            'Limit who may read it, also in backups.',
          ),
        ]
      : []),
    note(
      'Values are turned into JSON with the rights of the function’s owner: columns of types with a cast to json of your own run that cast so.',
    ),
  ];
}
