import type { Fix } from '#shared/model/finding.ts';
import type { Provider, SettingFact } from '#shared/model/facts.ts';
import { isManaged, PROVIDER_WORDS } from '#engine/postgres/provider-words.ts';
import { quoteIdentifier, quoteLiteral } from '#engine/postgres/quote.ts';
import type { Catalog } from './catalog.ts';

/**
 * ALTER SYSTEM and a reload; `value` null takes it out of postgresql.auto.conf. On managed servers the same change as
 * words for the provider's console. The undo puts back the entry that the file had, or none.
 */
export function setServerSetting(
  name: string,
  value: string | null,
  catalog: Catalog,
  provider: Provider,
  notes: readonly string[] = [],
): Fix {
  const before = catalog.setting(name);
  const restart = before?.context === 'postmaster' ? ['Takes effect after a restart of the server.'] : [];
  const title = value === null ? `Reset ${name}` : `Set ${name} to ${value === '' ? "''" : value}`;
  if (isManaged(provider)) {
    const words = PROVIDER_WORDS[provider];
    return {
      title,
      sql: [],
      undo: [],
      risk: 'R4',
      lock: 'none',
      lockInWords: 'No table is locked.',
      inTransaction: false,
      notes: [
        `${title} in ${words.settings}: ALTER SYSTEM is not available on ${words.name}.`,
        ...restart.map((sentence) => `${sentence} ${words.restart}`),
        ...notes,
      ],
    };
  }
  const entry = autoConfEntry(name, before, catalog);
  const stored = entry?.name ?? before?.name ?? name;
  return {
    title,
    sql: [alterSystem(stored, value), RELOAD],
    undo: [alterSystem(stored, entry?.value ?? null), RELOAD],
    risk: 'R4',
    lock: 'none',
    lockInWords: 'No table is locked; the setting changes for the whole server.',
    inTransaction: false,
    notes: [...restart, ...notes],
  };
}

/** Says that the server shall read its files again. */
export const RELOAD = 'SELECT pg_reload_conf()';

/** Null resets. A list is set item by item: the server would read 'a, b' as the name of one thing. */
export function alterSystem(name: string, value: string | null): string {
  const target = quoteIdentifier(name);
  if (value === null) return `ALTER SYSTEM RESET ${target}`;
  const values = isListSetting(name) ? splitList(value) : [value];
  return `ALTER SYSTEM SET ${target} = ${(values.length > 0 ? values : ['']).map(quoteLiteral).join(', ')}`;
}

/** Settings whose items the server quotes one by one (GUC_LIST_QUOTE in guc_tables.c; no catalog column tells). */
export function isListSetting(name: string): boolean {
  return LISTS.has(name.toLowerCase());
}

const LISTS: ReadonlySet<string> = new Set([
  'local_preload_libraries',
  'search_path',
  'session_preload_libraries',
  'shared_preload_libraries',
  'temp_tablespaces',
  'unix_socket_directories',
]);

/** The items of a list of names, each as stored, without quotes. */
export function splitList(value: string): string[] {
  return [...value.matchAll(/\s*("(?:[^"]|"")*"|[^,"]+)\s*(?:,|$)/g)]
    .map(([, item = '']) => item.trim())
    .map((item) => (item.startsWith('"') ? item.slice(1, -1).replaceAll('""', '"') : item))
    .filter((item) => item !== '');
}

/** As the file has it, where it could be read; else as pg_settings prints it. Null = no such entry. */
function autoConfEntry(
  name: string,
  before: SettingFact | undefined,
  catalog: Catalog,
): { readonly name: string; readonly value: string } | null {
  const entry = catalog.autoConfEntry(name);
  if (entry !== undefined) return entry;
  const isThere = before?.sourceFile?.endsWith('postgresql.auto.conf') ?? false;
  return before && isThere ? { name: before.name, value: before.setting } : null;
}
