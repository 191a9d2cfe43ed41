import type { History } from './history.ts';
import type { ProfileStore } from './profiles.ts';

export interface Store {
  readonly history: History;
  readonly profiles: ProfileStore;
  close(): void;
}

/** Opens the store in `dataDir`; null keeps it in memory, for hosts that leave no files. */
export function openStore(_dataDir: string | null): Store {
  const written = new Map<string, unknown>();
  const key = (database: { key: string }, topic: string): string => `${database.key} ${topic}`;
  return {
    history: {
      record: () => undefined,
      samples: () => [],
      tablesAt: () => new Map(),
      indexesAt: () => new Map(),
      statementsAt: () => new Map(),
      databaseAt: () => null,
      sequencesAt: () => new Map(),
      series: () => [],
      keepAudit: () => undefined,
      audits: () => [],
      audit: () => null,
      close: () => undefined,
    },
    profiles: {
      read: (database, topic, schema) => schema.safeParse(written.get(key(database, topic))).data ?? null,
      write: (database, topic, value) => void written.set(key(database, topic), value),
      remove: (database, topic) => void written.delete(key(database, topic)),
    },
    close: () => undefined,
  };
}
