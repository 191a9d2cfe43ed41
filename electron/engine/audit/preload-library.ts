import type { Provider } from '#shared/model/facts.ts';
import type { Fix } from '#shared/model/finding.ts';
import { isManaged, PROVIDER_WORDS } from '#engine/postgres/provider-words.ts';
import { quoteLiteral } from '#engine/postgres/quote.ts';
import type { Catalog } from './catalog.ts';
import { guidedFix, statementFix } from './fixes.ts';
import { splitList } from './setting-fixes.ts';

const NAME = 'shared_preload_libraries';

/** Libraries that the server loads at start; null where this role may not see the setting. */
export function preloadedLibraries(catalog: Catalog): string[] | null {
  const setting = catalog.setting(NAME);
  return setting ? splitList(setting.setting) : null;
}

/**
 * Adds a library to shared_preload_libraries, keeping the others. One literal per library: ALTER SYSTEM reads
 * 'a, b' as the name of a single library, and the server would not start again.
 */
export function addPreloadLibrary(name: string, catalog: Catalog, provider: Provider): Fix {
  const before = preloadedLibraries(catalog);
  const title = `Load ${name} when the server starts`;
  const restart = 'Takes effect after a restart of the server; then run CREATE EXTENSION.';
  if (isManaged(provider) || before === null) {
    const words = PROVIDER_WORDS[provider];
    return guidedFix(
      title,
      words.preload === null
        ? [
            `Add ${name} to shared_preload_libraries in ${words.settings}, keeping what is there.`,
            `${restart}${isManaged(provider) ? ` ${words.restart}` : ''}`,
          ]
        : [words.preload, restart],
    );
  }
  const set = (libraries: readonly string[]): string =>
    `ALTER SYSTEM SET ${NAME} = ${libraries.map(quoteLiteral).join(', ')}`;
  const entry = catalog.autoConfEntry(NAME);
  const isOurs = catalog.setting(NAME)?.sourceFile?.endsWith('postgresql.auto.conf') ?? false;
  // The file may hold what only the next start will bring; it must not be lost.
  const now = entry ? splitList(entry.value) : before;
  const wasSet = entry === undefined ? isOurs : entry !== null;
  return statementFix({
    title,
    sql: [set([...now, name])],
    undo: [wasSet && now.length > 0 ? set(now) : `ALTER SYSTEM RESET ${NAME}`],
    risk: 'R4',
    lock: 'none',
    lockInWords: 'No table is locked; the setting changes for the whole server at its next start.',
    inTransaction: false,
    notes: [restart],
  });
}
