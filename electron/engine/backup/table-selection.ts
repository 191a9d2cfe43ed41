import { text as readAll } from 'node:stream/consumers';
import type { TableName, ToolInstall } from '#shared/model/backup.ts';
import { EngineError } from '#engine/errors.ts';
import { restorePathOf } from './archive.ts';
import { archivePath, assertRestored, type BackupAt } from './archive-restore.ts';
import { runTool } from './tool-process.ts';

/**
 * The list for `pg_restore --use-list` that restores these tables with their rows, keys, indexes and sequences, and
 * whatever they need to exist: types, functions, extensions, parents. Foreign keys come only between chosen tables;
 * triggers, rules and policies not at all: the tables are to be looked at. NOT_FOUND where the archive lacks one.
 */
export async function tableList(
  backup: BackupAt,
  tools: ToolInstall,
  tables: readonly TableName[],
  signal: AbortSignal,
): Promise<string> {
  const list = async (...options: string[]): Promise<string> => {
    let listed = '';
    const end = await runTool({
      path: restorePathOf(tools),
      args: ['--list', ...options, archivePath(backup)],
      password: null,
      signal,
      onOutput: async (output) => {
        listed = await readAll(output);
      },
    });
    assertRestored(end, backup.manifest, tools);
    return listed;
  };
  const chosen = new Set<number>();
  for (const table of tables) {
    // pg_restore compares the names: in the list they cannot be told apart where they hold spaces.
    const found = entriesOf(await list(`--schema=${table.schema}`, `--table=${table.name}`));
    const entry = found.find(({ type }) => type === 'TABLE');
    if (!entry)
      throw new EngineError(
        'NOT_FOUND',
        `The backup has no table ${table.schema}.${table.name}.`,
        'Choose among the tables of the backup.',
      );
    chosen.add(entry.id);
  }
  return selectEntries(entriesOf(await list('--verbose')), chosen)
    .map(({ line }) => line)
    .join('\n');
}

/** One entry of an archive's table of contents, as `pg_restore --list --verbose` prints it. */
export interface ListedEntry {
  readonly id: number;
  readonly type: string;
  readonly dependsOn: readonly number[];
  readonly line: string;
}

/** Of "215; 1259 16385 TABLE public orders app" and the line ";	depends on: 3 210" below it. */
export function entriesOf(listing: string): ListedEntry[] {
  const entries: (ListedEntry & { dependsOn: number[] })[] = [];
  for (const line of listing.split('\n')) {
    const entry = /^(\d+); (\d+) \d+ (.*)$/.exec(line);
    if (entry) {
      const [, id = '', catalog = '', rest = ''] = entry;
      entries.push({ id: Number(id), type: typeOf(catalog, rest), dependsOn: [], line });
      continue;
    }
    const depends = /^;\s+depends on: ([\d ]+)$/.exec(line)?.[1];
    if (depends !== undefined) entries.at(-1)?.dependsOn.push(...depends.split(' ').map(Number));
  }
  return entries;
}

/** Those that the chosen tables (entries of type TABLE) consist of and need, in the archive's order. */
export function selectEntries(entries: readonly ListedEntry[], chosen: ReadonlySet<number>): ListedEntry[] {
  const byId = new Map(entries.map((entry) => [entry.id, entry]));
  const taken = new Set<number>();
  const take = (id: number): void => {
    const entry = byId.get(id);
    if (!entry || taken.has(id)) return;
    taken.add(id);
    for (const needed of entry.dependsOn) take(needed);
  };
  for (const id of chosen) take(id);
  for (const entry of entries) {
    if (PARTS.has(entry.type) && entry.dependsOn.some((id) => chosen.has(id))) take(entry.id);
  }
  for (const entry of entries) {
    const isOfTaken = entry.dependsOn.length > 0 && entry.dependsOn.every((id) => taken.has(id));
    if (FOLLOWERS.has(entry.type) && isOfTaken) taken.add(entry.id);
  }
  const tablesOf = ({ dependsOn }: ListedEntry): number[] =>
    dependsOn.filter((id) => byId.get(id)?.type === 'TABLE');
  for (const entry of entries) {
    const isBetween =
      entry.dependsOn.every((id) => taken.has(id)) && tablesOf(entry).every((id) => chosen.has(id));
    if (entry.type === 'FK CONSTRAINT' && isBetween) taken.add(entry.id);
  }
  return entries.filter(({ id }) => taken.has(id));
}

/** What belongs to a table and depends on it. */
const PARTS: ReadonlySet<string> = new Set([
  'TABLE DATA',
  'DEFAULT',
  'CONSTRAINT',
  'CHECK CONSTRAINT',
  'INDEX',
  'STATISTICS',
  'SEQUENCE',
  'SEQUENCE OWNED BY',
]);
/** What goes with an entry that is taken. */
const FOLLOWERS: ReadonlySet<string> = new Set(['SEQUENCE SET', 'SEQUENCE OWNED BY', 'INDEX ATTACH']);
const TYPES = [
  'TABLE DATA',
  'TABLE ATTACH',
  'SEQUENCE OWNED BY',
  'SEQUENCE SET',
  'INDEX ATTACH',
  'FK CONSTRAINT',
  'CHECK CONSTRAINT',
  'DEFAULT ACL',
  'TABLE',
  'SEQUENCE',
  'INDEX',
  'CONSTRAINT',
  'DEFAULT',
  'STATISTICS',
];
/** pg_class: TABLE, SEQUENCE, INDEX. Data and the like have no catalog of their own. */
const CLASS_CATALOG = '1259';

/** A schema may be called "DATA": the catalog tells a TABLE in it from TABLE DATA. */
function typeOf(catalog: string, rest: string): string {
  const type = TYPES.find((name) => rest.startsWith(`${name} `)) ?? '';
  return catalog === CLASS_CATALOG ? (type.split(' ')[0] ?? '') : type;
}
