import { gzipSync } from 'node:zlib';
import type { DatabaseSync } from 'node:sqlite';
import type { Audit } from '#shared/model/audit.ts';
import type { AuditSummary } from '#shared/model/history.ts';
import { type BackupStore, backupsIn } from './backups.ts';
import { openFile } from './file.ts';
import type { History } from './history.ts';
import type { DatabaseIdentity } from './identity.ts';
import { type Journal, journalIn } from './journal.ts';
import type { ProfileStore } from './profiles.ts';
import { createReader, isoOf } from './reader.ts';
import { Recorder } from './recorder.ts';
import { DEFAULT_RETENTION, fileBytes, prune, type Retention } from './retention.ts';

export interface Store {
  readonly history: History;
  readonly profiles: ProfileStore;
  readonly journal: Journal;
  readonly backups: BackupStore;
  /**
   * Another database has the name now: what was remembered of the first is of the second from here on, and the other way
   * round. History, journal and definitions go with the name that people know.
   */
  exchange(first: DatabaseIdentity, second: DatabaseIdentity): void;
  /** Drops what is too old or too much; takes a moment after a long time. */
  prune(nowMs: number): void;
  close(): void;
}

export interface StoreOptions {
  readonly log?: (level: 'warning', message: string) => void;
  readonly retention?: Retention;
}

/** Opens what PgVitals remembers in `dataDir`; null keeps it in memory, for hosts that leave no files. */
export function openStore(dataDir: string | null, options: StoreOptions = {}): Store {
  const { log = () => undefined, retention = DEFAULT_RETENTION } = options;
  const { database: file, notice } = openFile(dataDir, log);
  const ids = new Map<string, number>();
  const idOf = ({ key, label }: DatabaseIdentity): number => {
    const known = ids.get(key);
    if (known !== undefined) return known;
    const row = file
      .prepare(
        'INSERT INTO monitored (key, label) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET label = excluded.label RETURNING id',
      )
      .get(key, label);
    const id = Number(row?.['id']);
    ids.set(key, id);
    return id;
  };
  const recorder = new Recorder(file);
  const reader = createReader(file, idOf);
  let isOpen = true;
  return {
    history: {
      ...reader,
      record: async (database, snapshot) => {
        if (isOpen) await recorder.record(idOf(database), snapshot);
      },
      extent: (database) => ({
        fileBytes: fileBytes(file),
        isKept: file.location() !== null,
        notice,
        ...reader.sampled(database),
      }),
      keepAudit: (database, audit) => keepAudit(file, idOf(database), audit),
    },
    profiles: profilesIn(file),
    journal: journalIn(file, idOf),
    backups: backupsIn(file),
    exchange: (first, second) => {
      exchangeKeys(file, first.key, second.key);
      ids.clear();
      recorder.forget();
    },
    prune: (nowMs) => {
      prune(file, retention, nowMs);
      recorder.forget();
    },
    close: () => {
      if (!isOpen) return;
      isOpen = false;
      file.close();
    },
  };
}

function exchangeKeys(file: DatabaseSync, first: string, second: string): void {
  file.exec('BEGIN');
  try {
    for (const [table, column] of [
      ['monitored', 'key'],
      ['definition', 'monitored_key'],
    ] as const) {
      const rename = file.prepare(`UPDATE ${table} SET ${column} = ? WHERE ${column} = ?`);
      rename.run(ASIDE, first);
      rename.run(first, second);
      rename.run(second, ASIDE);
    }
    file.exec('COMMIT');
  } catch (error) {
    file.exec('ROLLBACK');
    throw error;
  }
}

/** No key of a database: `exchangeKeys` needs a third place for a moment. */
const ASIDE = '';

function keepAudit(file: DatabaseSync, monitoredId: number, audit: Audit): void {
  const open = audit.findings.filter((f) => f.status !== 'fixed' && f.status !== 'waived');
  const count = (severity: string): number => open.filter((f) => f.severity === severity).length;
  const summary: Omit<AuditSummary, 'id'> = {
    at: isoOf(Date.parse(audit.startedAt)),
    grade: audit.grade.overall,
    score: audit.grade.score,
    findings: open.length,
    critical: count('critical'),
    high: count('high'),
    checksRun: audit.coverage.run,
    checksApplicable: audit.coverage.applicable,
  };
  file
    .prepare('INSERT INTO audit (monitored_id, at_ms, summary, body) VALUES (?, ?, ?, ?)')
    .run(
      monitoredId,
      Date.parse(audit.startedAt),
      JSON.stringify(summary),
      gzipSync(JSON.stringify(audit), { level: 1 }),
    );
}

function profilesIn(file: DatabaseSync): ProfileStore {
  return {
    read: ({ key }, topic, schema) => {
      const row = file
        .prepare('SELECT value FROM definition WHERE monitored_key = ? AND topic = ?')
        .get(key, topic);
      if (!row) return null;
      return schema.safeParse(JSON.parse(String(row['value']))).data ?? null;
    },
    write: ({ key }, topic, value) =>
      void file
        .prepare(
          'INSERT INTO definition (monitored_key, topic, value) VALUES (?, ?, ?) ON CONFLICT (monitored_key, topic) DO UPDATE SET value = excluded.value',
        )
        .run(key, topic, JSON.stringify(value)),
    remove: ({ key }, topic) =>
      void file.prepare('DELETE FROM definition WHERE monitored_key = ? AND topic = ?').run(key, topic),
  };
}
