import type { Abortable } from '#engine/engine.ts';
import { keepExpected } from '#engine/insight/matviews/expected.ts';
import { CATEGORIES_TOPIC } from '#engine/insight/statistics/topic.ts';
import type { OpenDatabase } from '#engine/open-database.ts';
import type { Store } from '#engine/store/open-store.ts';

/** The demo's owner sorted its tables and knows its views; whoever opens it finds that done, as their own would be. */
export async function defineDemo(store: Store, database: OpenDatabase, options: Abortable): Promise<void> {
  const { DEMO_TABLES } = await import('./schema.ts');
  const { EXPECTED_VIEWS, MISSING_VIEW } = await import('./schema/views.ts');
  const groups = Map.groupBy(DEMO_TABLES, ({ category }) => category);
  const categories = [...groups].map(([name, tables]) => ({
    name,
    patterns: tables.map((table) => table.name),
  }));
  const identity = await database.identity(options);
  store.profiles.write(identity, CATEGORIES_TOPIC, categories);
  keepExpected(store.profiles, identity, EXPECTED_VIEWS, MISSING_VIEW);
}
