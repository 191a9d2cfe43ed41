import type { TableFact } from '#shared/model/facts.ts';
import type { PreflightItem } from '#shared/model/plan.ts';
import { roleGraph } from '#engine/audit/role-graph.ts';
import {
  createPolicy as policyFix,
  disableRowSecurity,
  enableRowSecurity,
} from '#engine/audit/row-security-fixes.ts';
import { bypassersOf, describePolicy, policiesByTable, usersByTable } from '#engine/audit/row-security.ts';
import { text } from '#engine/collect/decode.ts';
import { quoteIdentifier, quoteLiteral } from '#engine/postgres/quote.ts';
import type { MeasureSpec } from '../plan.ts';
import { note, stop, warning } from '../preflight.ts';
import { type ActionBuilder, type BuildContext, type Built, missing, refused } from './action.ts';

export const rowSecurity: ActionBuilder<'row-security'> = {
  needs: ['tables', 'policies', 'roles', 'tableAccess'],
  build: async ({ table: oid, isEnabled }, context): Promise<Built> => {
    const table = tableOf(oid, context);
    const { catalog } = context;
    const label = catalog.label(table);
    if (table.rowSecurity === isEnabled)
      throw refused(`Row-level security of ${label} is ${isEnabled ? 'on' : 'off'} already.`, null);
    return {
      title: `${isEnabled ? 'Enable' : 'Disable'} row-level security on ${label}`,
      verb: isEnabled ? 'Enable' : 'Disable',
      drafts: [
        {
          fix: isEnabled ? enableRowSecurity(table, catalog) : disableRowSecurity(table, catalog),
          object: catalog.tableRef(table),
          measures: [switched(table)],
          preflight: [
            ...(await ownership(table, context)),
            ...(isEnabled ? whoSeesWhat(table, context) : whoSeesAll(table, context)),
          ],
        },
      ],
    };
  },
};

export const createPolicy: ActionBuilder<'create-policy'> = {
  needs: ['tables', 'columns', 'indexes', 'policies'],
  build: async ({ table: oid, template, column, setting }, context): Promise<Built> => {
    const table = tableOf(oid, context);
    const { catalog, snapshot } = context;
    const own = policiesByTable(snapshot.facts.policies ?? []).get(oid) ?? [];
    const type = await typeOf(table, column, context);
    const using = template === 'owner' ? ownerRows(column, type) : settingRows(column, type, setting);
    const name = freeName(`${template}_rows`, new Set(own.map((policy) => policy.name)));
    const isIndexed = catalog
      .indexesOf(oid)
      .some((index) => catalog.column(oid, index.columns[0] ?? 0)?.name === column);
    return {
      title: `Create the policy ${name} on ${catalog.label(table)}`,
      verb: 'Create policy',
      drafts: [
        {
          fix: policyFix(table, { name, roles: 'PUBLIC', using }, catalog, [
            template === 'owner'
              ? 'Each role sees and writes the rows that bear its own name.'
              : `Each transaction sees and writes the rows of ${setting ?? ''}. Whoever may run any SQL may also change that setting: it separates tenants only where the application alone talks to the database.`,
          ]),
          object: { kind: 'policy', oid: 0, schema: table.schema, name, table: table.name },
          isNew: true,
          guards: [catalog.tableRef(table)],
          preflight: [
            ...(await ownership(table, context)),
            ...(table.rowSecurity
              ? []
              : [note('Row-level security of the table is off: the policy counts only once it is on.')]),
            ...(own.some((policy) => policy.isPermissive)
              ? [
                  warning(
                    `There are other policies, and one that admits a row is enough: ${own.map(describePolicy).join('; ')}.`,
                    null,
                  ),
                ]
              : []),
            ...(isIndexed
              ? []
              : [note(`No index begins with ${column}: each query then reads the whole table.`)]),
          ],
        },
      ],
    };
  },
};

function tableOf(oid: number, { catalog }: BuildContext): TableFact {
  const table = catalog.table(oid);
  if (!table) throw missing('This table');
  if (table.kind !== 'r' && table.kind !== 'p')
    throw refused(
      `${catalog.label(table)} is no table of rows of its own: it has no row-level security.`,
      null,
    );
  if (table.isExtensionOwned) throw refused(`${catalog.label(table)} belongs to an extension.`, null);
  return table;
}

async function ownership(table: TableFact, { read }: BuildContext): Promise<PreflightItem[]> {
  const [[isOwner] = []] = await read(
    `SELECT pg_catalog.pg_has_role(c.relowner, 'USAGE') FROM pg_catalog.pg_class c WHERE c.oid = $1`,
    [table.oid],
  );
  return isOwner === false
    ? [stop(`Only the owner ${table.owner} may change it.`, `Connect as ${table.owner}.`)]
    : [];
}

const MOST_NAMED = 10;

function named(names: readonly string[]): string {
  const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : '';
  return `${names.slice(0, MOST_NAMED).join(', ')}${more}`;
}

function whoSeesWhat(table: TableFact, { snapshot }: BuildContext): PreflightItem[] {
  const { facts } = snapshot;
  const graph = roleGraph(facts.roles ?? []);
  const policies = policiesByTable(facts.policies ?? []).get(table.oid) ?? [];
  const bypassing = bypassersOf(table, facts.roles ?? [], graph);
  const free = new Set(bypassing.map(({ role }) => role));
  const users = (usersByTable(facts, graph).get(table.oid) ?? []).filter((role) => !free.has(role));
  const admitting = (user: string): string[] =>
    policies
      .filter(
        ({ isPermissive, roles }) =>
          isPermissive && roles.some((role) => role === 'public' || graph.reach(user).has(role)),
      )
      .map((policy) => policy.name);
  const items: PreflightItem[] = [];
  if (policies.length === 0)
    items.push(
      warning(
        'The table has no policy: nobody sees or changes a single row, but for those who are not restricted.',
        'Create a policy first.',
      ),
    );
  const shut = users.filter((user) => admitting(user).length === 0);
  if (shut.length > 0 && policies.length > 0)
    items.push(
      warning(`No policy admits ${named(shut)}: no rows for them.`, 'Create a policy for them first.'),
    );
  for (const user of users.filter((candidate) => admitting(candidate).length > 0).slice(0, MOST_NAMED))
    items.push(note(`${user} sees the rows that these admit: ${admitting(user).join(', ')}.`));
  for (const policy of policies) items.push(note(`Policy ${describePolicy(policy)}.`));
  if (bypassing.length > 0)
    items.push(
      note(`Not restricted: ${named(bypassing.map(({ role, because }) => `${role} (${because})`))}.`),
    );
  return items;
}

function whoSeesAll(table: TableFact, { snapshot }: BuildContext): PreflightItem[] {
  const graph = roleGraph(snapshot.facts.roles ?? []);
  const users = usersByTable(snapshot.facts, graph).get(table.oid) ?? [];
  return [
    users.length === 0
      ? note('No role but the owner has rights on the table.')
      : warning(
          `From then on these see and change every row, as far as their rights go: ${named(users)}.`,
          null,
        ),
    note('The policies stay, without effect.'),
  ];
}

function switched(table: TableFact): MeasureSpec {
  return {
    label: 'Row-level security',
    unit: 'text',
    sql: `SELECT CASE WHEN relrowsecurity THEN 'on' ELSE 'off' END FROM pg_catalog.pg_class WHERE oid = ${table.oid}`,
  };
}

async function typeOf(table: TableFact, column: string, { read }: BuildContext): Promise<string> {
  const [row] = await read(
    `SELECT pg_catalog.format_type(a.atttypid, NULL) FROM pg_catalog.pg_attribute a
     WHERE a.attrelid = $1 AND a.attname = $2 AND a.attnum > 0 AND NOT a.attisdropped`,
    [table.oid, column],
  );
  if (!row) throw missing(`The column ${column}`);
  return text(row[0]);
}

const TEXTS: ReadonlySet<string> = new Set(['text', 'character varying', 'name']);
/** What a setting, which is always text, can be read as without loss. */
const KEYS: ReadonlySet<string> = new Set(['smallint', 'integer', 'bigint', 'uuid']);

function ownerRows(column: string, type: string): string {
  if (!TEXTS.has(type))
    throw refused(
      `${column} is of type ${type}: it cannot hold the name of a role.`,
      'Choose a column of type text.',
    );
  return `${quoteIdentifier(column)} = CURRENT_USER`;
}

/** Where the setting is missing or empty, no row fits. */
function settingRows(column: string, type: string, setting: string | null): string {
  if (setting === null || !setting.includes('.'))
    throw refused(
      'A policy by setting needs the name of a setting of your own, with a dot in it.',
      'For example app.tenant_id.',
    );
  const value = `pg_catalog.current_setting(${quoteLiteral(setting)}, true)`;
  if (TEXTS.has(type)) return `${quoteIdentifier(column)} = ${value}`;
  if (KEYS.has(type))
    return `${quoteIdentifier(column)} = NULLIF(${value}, '')::pg_catalog.${INTERNAL[type] ?? type}`;
  throw refused(
    `${column} is of type ${type}: PgVitals compares settings with text, whole numbers and uuid only.`,
    'Write the policy by hand.',
  );
}

const INTERNAL: Readonly<Record<string, string>> = { smallint: 'int2', integer: 'int4', bigint: 'int8' };

function freeName(name: string, taken: ReadonlySet<string>): string {
  if (!taken.has(name)) return name;
  for (let at = 2; ; at += 1) if (!taken.has(`${name}_${at}`)) return `${name}_${at}`;
}
