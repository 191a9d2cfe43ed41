import type { PreflightItem } from '#shared/model/plan.ts';
import { addPreloadLibrary, preloadedLibraries } from '#engine/audit/preload-library.ts';
import { createExtension as createFix, updateExtension as updateFix } from '#engine/audit/extension-fixes.ts';
import { extensionRef } from '#engine/audit/object-refs.ts';
import { text } from '#engine/collect/decode.ts';
import { isManaged, PROVIDER_WORDS } from '#engine/postgres/provider-words.ts';
import { quoteLiteral } from '#engine/postgres/quote.ts';
import type { ActionDraft, MeasureSpec } from '../plan.ts';
import { note, stop, warning } from '../preflight.ts';
import { type ActionBuilder, type BuildContext, type Built, missing, refused } from './action.ts';

/** With what it requires, each as an action of its own. */
export const createExtension: ActionBuilder<'create-extension'> = {
  needs: ['settings'],
  build: async ({ name, schema }, context): Promise<Built> => {
    const drafts: ActionDraft[] = [];
    await addWithRequired(name, schema, context, drafts, new Set());
    return { title: `Create the extension ${name}`, verb: 'Create extension', drafts };
  },
};

export const updateExtension: ActionBuilder<'update-extension'> = {
  needs: [],
  build: async ({ name }, { read }): Promise<Built> => {
    const [row] = await read(
      `SELECT e.extversion, a.default_version,
         EXISTS (SELECT FROM pg_catalog.pg_extension_update_paths(e.extname) p
           WHERE p.source = e.extversion AND p.target = a.default_version AND p.path IS NOT NULL),
         (SELECT p.path FROM pg_catalog.pg_extension_update_paths(e.extname) p
           WHERE p.source = a.default_version AND p.target = e.extversion),
         pg_catalog.pg_has_role(e.extowner, 'USAGE')
       FROM pg_catalog.pg_extension e
       LEFT JOIN pg_catalog.pg_available_extensions() a ON a.name = e.extname WHERE e.extname = $1`,
      [name],
    );
    if (!row) throw missing(`The extension ${name}`);
    const [installed, offered, hasPath, pathBack, isOwner] = row;
    if (offered === null)
      throw refused(
        `The files of ${name} are not on the server any more.`,
        'Install its package for this PostgreSQL version again.',
      );
    if (installed === offered)
      throw refused(`${name} is ${text(installed)} already, which is what the server offers.`, null);
    if (hasPath !== true)
      throw refused(
        `The server has no scripts that lead from ${name} ${text(installed)} to ${text(offered)}.`,
        'Read its manual: some versions need a dump and a restore.',
      );
    const back = typeof pathBack === 'string' ? text(installed) : null;
    return {
      title: `Update the extension ${name} to ${text(offered)}`,
      verb: 'Update extension',
      drafts: [
        {
          fix: updateFix(name, back),
          object: extensionRef(name),
          measures: [versionOf(name)],
          preflight: [
            ...(isOwner === true
              ? []
              : [stop(`Only the owner of ${name} may update it.`, 'Connect as its owner.')]),
            note(`From ${text(installed)} to ${text(offered)}.`),
            back === null
              ? warning(
                  `The server has no scripts that lead back to ${text(installed)}: this cannot be undone.`,
                  'Read the release notes first.',
                )
              : note(`The server has scripts that lead back to ${back}: ${text(pathBack)}.`),
          ],
        },
      ],
    };
  },
};

/** Libraries that do their work only when the server loads them at its start. */
const PRELOADED: ReadonlySet<string> = new Set([
  'pg_stat_statements',
  'auto_explain',
  'pg_cron',
  'pgaudit',
  'pg_qualstats',
  'pg_stat_kcache',
  'pg_wait_sampling',
  'timescaledb',
  'citus',
  'pg_partman_bgw',
]);

async function addWithRequired(
  name: string,
  schema: string | null,
  context: BuildContext,
  drafts: ActionDraft[],
  seen: Set<string>,
): Promise<void> {
  if (seen.has(name)) return;
  seen.add(name);
  const { read } = context;
  const [row] = await read(
    `SELECT v.version, v.superuser, v.trusted, v.schema, v.relocatable, v.requires, e.extversion,
       me.rolsuper, pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE'),
       EXISTS (SELECT FROM pg_catalog.pg_namespace n WHERE n.nspname = coalesce($2, 'public')),
       v.schema IS NOT NULL AND EXISTS (SELECT FROM pg_catalog.pg_namespace n WHERE n.nspname = v.schema)
     FROM pg_catalog.pg_available_extensions() a
     JOIN pg_catalog.pg_available_extension_versions() v ON v.name = a.name AND v.version = a.default_version
     LEFT JOIN pg_catalog.pg_extension e ON e.extname = a.name
     JOIN pg_catalog.pg_roles me ON me.rolname = current_user
     WHERE a.name = $1`,
    [name, schema],
  );
  if (!row)
    throw refused(
      `${name} is not available on this server.`,
      isManaged(context.snapshot.facts.server.provider)
        ? `${PROVIDER_WORDS[context.snapshot.facts.server.provider].name} decides which extensions there are: look in its list.`
        : `Install its package for this PostgreSQL version on the server (for extensions of PostgreSQL itself: the contrib package), then try again.`,
    );
  const [
    ,
    needsSuperuser,
    isTrusted,
    fixedSchema,
    ,
    required,
    installed,
    isSuperuser,
    mayCreate,
    hasSchema,
    hasFixed,
  ] = row;
  if (installed !== null) {
    if (drafts.length === 0 && seen.size === 1)
      throw refused(`${name} ${text(installed)} is installed in this database already.`, null);
    return;
  }
  // Of what is required, the schema is not the user's to choose.
  if (fixedSchema !== null && schema !== null && schema !== fixedSchema && seen.size === 1)
    throw refused(`${name} always lives in the schema ${text(fixedSchema)}.`, 'Leave the schema out.');
  const target = fixedSchema === null ? (schema ?? 'public') : null;
  if (target !== null && hasSchema !== true)
    throw refused(`There is no schema ${target}.`, 'Create it, or name another one.');
  for (const other of Array.isArray(required) ? required : [])
    await addWithRequired(text(other), schema, context, drafts, seen);
  drafts.push({
    fix: createFix(name, target),
    object: extensionRef(name),
    isNew: true,
    measures: [versionOf(name)],
    preflight: [
      ...permission(name, context, {
        isSuperuser: isSuperuser === true,
        needsSuperuser: needsSuperuser === true,
        isTrusted: isTrusted === true,
        mayCreate: mayCreate === true,
      }),
      ...preload(name, context),
      ...(fixedSchema === null || hasFixed === true
        ? []
        : [note(`It makes the schema ${text(fixedSchema)}, which stays when the extension goes.`)]),
    ],
  });
}

function permission(
  name: string,
  { snapshot }: BuildContext,
  role: { isSuperuser: boolean; needsSuperuser: boolean; isTrusted: boolean; mayCreate: boolean },
): PreflightItem[] {
  if (role.isSuperuser || ((!role.needsSuperuser || role.isTrusted) && role.mayCreate)) return [];
  const { provider, memberOf } = snapshot.facts.server;
  const { name: service, administrator, administratorRole } = PROVIDER_WORDS[provider];
  // Services let their administrators create what needs a superuser elsewhere; no catalog tells which extensions.
  if (role.mayCreate && administratorRole !== null && memberOf.includes(administratorRole))
    return [
      note(
        `Elsewhere only a superuser may create ${name}; ${service} lets ${administrator}, do so for extensions of its list.`,
      ),
    ];
  return [
    stop(
      role.needsSuperuser && !role.isTrusted
        ? `Only a superuser may create ${name}.`
        : `Creating ${name} needs the right CREATE on this database.`,
      isManaged(provider) ? `Connect as ${administrator}.` : 'Connect as a role that may.',
    ),
  ];
}

function preload(name: string, { catalog, snapshot }: BuildContext): PreflightItem[] {
  if (!PRELOADED.has(name)) return [];
  const { provider } = snapshot.facts.server;
  const libraries = preloadedLibraries(catalog);
  if (libraries?.includes(name)) return [];
  return [
    warning(
      `${name} does nothing until the server loads it at its start: it is ${libraries === null ? 'perhaps ' : ''}not in shared_preload_libraries.`,
      isManaged(provider)
        ? addPreloadLibrary(name, catalog, provider).notes.join(' ')
        : 'Add it there and restart the server.',
    ),
  ];
}

function versionOf(name: string): MeasureSpec {
  return {
    label: `Version of ${name}`,
    unit: 'text',
    sql: `SELECT extversion FROM pg_catalog.pg_extension WHERE extname = ${quoteLiteral(name)}`,
  };
}
