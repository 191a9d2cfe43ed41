import type { SettingFact } from '#shared/model/facts.ts';
import type { PreflightItem } from '#shared/model/plan.ts';
import { isListSetting, setServerSetting, splitList } from '#engine/audit/setting-fixes.ts';
import { withoutSecrets } from '#engine/collect/redact.ts';
import { PROVIDER_WORDS } from '#engine/postgres/provider-words.ts';
import { quoteIdentifier, quoteLiteral } from '#engine/postgres/quote.ts';
import type { MeasureSpec } from '../plan.ts';
import { note, warning } from '../preflight.ts';
import { type ActionBuilder, type BuildContext, type Built, refused } from './action.ts';

export const serverSetting: ActionBuilder<'server-setting'> = {
  needs: ['settings', 'fileSettings'],
  build: async ({ name: wanted, value }, context): Promise<Built> => {
    const { catalog, snapshot } = context;
    const { server } = snapshot.facts;
    const setting = snapshot.facts.settings?.find(({ name }) => name.toLowerCase() === wanted.toLowerCase());
    if (!setting)
      throw refused(
        `There is no setting ${wanted} on this server, or this role may not see it.`,
        'Check its name; settings of an extension are there once its library is loaded.',
      );
    const { name } = setting;
    const fix = setServerSetting(name, value, catalog, server.provider);
    const [words = ''] = fix.notes;
    if (fix.sql.length === 0)
      throw refused(
        `On ${PROVIDER_WORDS[server.provider].name} settings are changed in ${PROVIDER_WORDS[server.provider].settings}, not with ALTER SYSTEM.`,
        words,
      );
    assertChangeable(setting, value, context);
    await assertPermitted(name, context);
    return {
      title: fix.title,
      verb: value === null ? 'Reset setting' : 'Change setting',
      drafts: [
        {
          fix,
          object: { kind: 'setting', oid: 0, schema: null, name, table: null },
          measures: [...(server.isSuperuser ? [inFile(name)] : []), inEffect(name), waitsForRestart(name)],
          preflight: whenItHolds(setting, snapshot.facts.fileSettings !== undefined),
          estimateMs: 200,
        },
      ],
    };
  },
};

/** What the server or common sense refuses, before it is confirmed. */
function assertChangeable(
  { name, context: change, setting: now }: SettingFact,
  value: string | null,
  { catalog }: BuildContext,
): void {
  if (change === 'internal')
    throw refused(`${name} is fixed when the server is built or initialised: nobody can change it.`, null);
  if (catalog.setting('allow_alter_system')?.setting === 'off')
    throw refused(
      'allow_alter_system is off: this server is configured by other means.',
      'Make the change where its configuration comes from.',
    );
  const entry = catalog.autoConfEntry(name);
  const values = [value ?? '', now, entry?.value ?? ''];
  if (values.some((text) => withoutSecrets(name, text) !== text || text.includes('[redacted]')))
    throw refused(
      `${name} holds a password, which would be kept in the plan and the journal.`,
      `Change it by hand: ALTER SYSTEM SET ${quoteIdentifier(name)} = ….`,
    );
  if (value === null && entry === null)
    throw refused(
      `postgresql.auto.conf does not set ${name}: there is nothing to reset.`,
      'Its value comes from another file, the command line or the built-in default.',
    );
  if (value !== null && entry?.value === value)
    throw refused(`postgresql.auto.conf sets ${name} to this value already.`, null);
  if (value !== null && isListSetting(name) && splitList(value).length === 0)
    throw refused(
      `An empty list cannot be set with ALTER SYSTEM: the server would take it for a thing without a name.`,
      `Reset ${name} instead.`,
    );
}

/** A superuser, or (15+) who was granted ALTER SYSTEM on it, and who may tell the server to read its files. */
async function assertPermitted(name: string, { snapshot, read }: BuildContext): Promise<void> {
  const { isSuperuser, role } = snapshot.facts.server;
  if (isSuperuser) return;
  const [[hasGrants = false, mayReload = false] = []] = await read(
    `SELECT pg_catalog.to_regprocedure('pg_catalog.has_parameter_privilege(text, text)') IS NOT NULL,
      pg_catalog.has_function_privilege('pg_catalog.pg_reload_conf()', 'EXECUTE')`,
    [],
  );
  if (hasGrants !== true)
    throw refused('Before PostgreSQL 15 only a superuser may use ALTER SYSTEM.', 'Connect as a superuser.');
  const [[maySet = false] = []] = await read(
    `SELECT pg_catalog.has_parameter_privilege($1, 'ALTER SYSTEM')`,
    [name],
  );
  const grants = [
    maySet === true ? '' : `GRANT ALTER SYSTEM ON PARAMETER ${name} TO ${quoteIdentifier(role)};`,
    mayReload === true ? '' : `GRANT EXECUTE ON FUNCTION pg_reload_conf() TO ${quoteIdentifier(role)};`,
  ].filter(Boolean);
  if (grants.length === 0) return;
  throw refused(
    maySet === true
      ? `The role ${role} may not tell the server to read its configuration again.`
      : `The role ${role} may not change ${name}.`,
    `A superuser can permit it: ${grants.join(' ')}`,
  );
}

function whenItHolds({ name, context, source }: SettingFact, isFileRead: boolean): PreflightItem[] {
  const items: PreflightItem[] = [];
  if (context === 'postmaster')
    items.push(
      warning(
        `${name} takes effect when the server is restarted, not before.`,
        'Plan a restart; a wrong value can keep the server from starting.',
      ),
    );
  if (context === 'backend' || context === 'superuser-backend')
    items.push(note(`${name} holds for connections that begin after the change.`));
  if (source === 'command line')
    items.push(
      warning(`The server was started with ${name} on its command line: that goes before any file.`, null),
    );
  if (!isFileRead)
    items.push(
      note('This role cannot read postgresql.auto.conf: the undo sets the value as pg_settings prints it.'),
    );
  return items;
}

function inFile(name: string): MeasureSpec {
  return {
    label: 'In postgresql.auto.conf',
    unit: 'text',
    sql: `SELECT f.setting FROM pg_catalog.pg_file_settings f WHERE pg_catalog.lower(f.name) = pg_catalog.lower(${quoteLiteral(name)})
      AND f.sourcefile LIKE '%postgresql.auto.conf' ORDER BY f.seqno DESC LIMIT 1`,
  };
}

/** As it would be for others: a job sets a few for itself. */
function inEffect(name: string): MeasureSpec {
  return {
    label: name,
    unit: 'text',
    sql: `SELECT CASE WHEN s.source = 'session' THEN pg_catalog.concat_ws(' ', s.reset_val, s.unit) ELSE pg_catalog.current_setting(s.name) END
      FROM pg_catalog.pg_settings s WHERE s.name = ${quoteLiteral(name)}`,
  };
}

function waitsForRestart(name: string): MeasureSpec {
  return {
    label: 'Waits for a restart',
    unit: 'text',
    sql: `SELECT CASE WHEN s.pending_restart THEN 'yes' ELSE 'no' END FROM pg_catalog.pg_settings s WHERE s.name = ${quoteLiteral(name)}`,
  };
}
