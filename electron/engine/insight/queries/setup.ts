import type { QueriesOverview, QuerySetup } from '#shared/model/queries.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import { Catalog } from '#engine/audit/catalog.ts';
import { guidedFix, statementFix } from '#engine/audit/fixes.ts';
import { setServerSetting } from '#engine/audit/setting-fixes.ts';
import { addPreloadLibrary, preloadedLibraries } from '#engine/audit/preload-library.ts';
import { withUnit } from '../settings/values.ts';

const NAME = 'pg_stat_statements';

/** What keeps statements from being read, and the steps that change it on this server; null where nothing does. */
export function querySetup(snapshot: Snapshot): QuerySetup | null {
  const { facts, unread } = snapshot;
  if (facts.statements) return null;
  const catalog = new Catalog(facts);
  const { provider } = facts.server;
  const extension = facts.extensions?.find((e) => e.name === NAME);
  const libraries = preloadedLibraries(catalog);
  const steps: QuerySetup['steps'][number][] = [];
  if (facts.extensions && !extension) {
    steps.push({
      fix: guidedFix('Install the contrib package on the server', [
        'pg_stat_statements comes with PostgreSQL, but some systems pack it apart (postgresql-contrib).',
      ]),
      request: null,
    });
  }
  // That list is hidden from most roles; its own settings are there for all once it is loaded.
  const isLoaded = libraries?.includes(NAME) ?? catalog.setting(`${NAME}.max`) !== undefined;
  if (!isLoaded) steps.push({ fix: addPreloadLibrary(NAME, catalog, provider), request: null });
  if (!extension || extension.installedVersion === null) {
    steps.push({
      fix: statementFix({
        title: 'Create the extension in this database',
        sql: [`CREATE EXTENSION ${NAME}`],
        undo: [`DROP EXTENSION ${NAME}`],
        risk: 'R1',
        lock: 'none',
        lockInWords: 'No table of yours is locked.',
        notes: isLoaded ? [] : ['After the restart: before, it could be created but not read.'],
      }),
      request: isLoaded && extension ? { verb: 'create-extension', name: NAME, schema: null } : null,
    });
  }
  // What to do is in the steps; they know more of the server than whoever could not read.
  const why = unread.find((u) => u.fact === 'statements')?.reason.split(': ')[0];
  return { reason: `${why?.replace(/\.$/, '') ?? `${NAME} cannot be read`}.`, steps };
}

const LOGGING: readonly {
  readonly name: string;
  readonly advised: string;
  readonly isFine: (value: string) => boolean;
}[] = [
  {
    name: 'log_min_duration_statement',
    advised: '1000',
    isFine: (value) => Number(value) >= 0,
  },
  { name: 'log_lock_waits', advised: 'on', isFine: (value) => value === 'on' },
  { name: 'log_temp_files', advised: '10240', isFine: (value) => Number(value) >= 0 },
  {
    name: 'log_line_prefix',
    advised: '%m [%p] %q%u@%d ',
    isFine: (value) => /%[mnt]/.test(value) && /%p/.test(value),
  },
  { name: 'track_io_timing', advised: 'on', isFine: (value) => value === 'on' },
];

/** Settings that write slow statements to the log, each with the change where it pays. */
export function loggingSettings(snapshot: Snapshot): QueriesOverview['logging'] {
  const catalog = new Catalog(snapshot.facts);
  return LOGGING.flatMap(({ name, advised, isFine }) => {
    const setting = catalog.setting(name);
    if (!setting) return [];
    return [
      {
        name,
        value: withUnit(setting.setting, setting.unit),
        fix: isFine(setting.setting)
          ? null
          : setServerSetting(name, advised, catalog, snapshot.facts.server.provider),
      },
    ];
  });
}
