import type { DatabaseSync } from 'node:sqlite';
import type { BackupJob } from '#shared/model/backup.ts';

/** What the store remembers of backups; the manifests beside the data are the truth. */
export interface BackupStore {
  /** Adds or replaces what is known of one backup. */
  put(backup: KnownBackup): void;
  forget(id: string): void;
  /** All of one location, of whatever server. */
  forgetPlace(place: string): void;
  /** Whether any backup in this location is known. */
  knows(place: string): boolean;
  /** Of one server, newest first. */
  list(server: string): readonly KnownBackup[];
  /** One more than the highest number given so far. */
  nextSeq(): number;
  begin(server: string, database: string, job: BackupJob, trace: unknown, process: unknown): void;
  trace(jobId: string, trace: unknown): void;
  end(job: BackupJob): void;
  /** Newest first. */
  jobs(server: string): readonly StoredBackupJob[];
  /** Ended jobs, of whatever server, that have left a database on this one. */
  unswept(server: string): readonly StoredBackupJob[];
  /** Jobs of all servers that have not told how they ended. */
  unfinished(): readonly StoredBackupJob[];
}

export interface KnownBackup {
  readonly id: string;
  /** Folder of the server inside a location. */
  readonly server: string;
  /** Id of the location. */
  readonly place: string;
  readonly folder: string;
  readonly seq: number;
  /** Of `manifest.ts`, as JSON. */
  readonly manifest: string;
}

export interface StoredBackupJob {
  readonly server: string;
  readonly database: string;
  readonly job: BackupJob;
  readonly trace: unknown;
  readonly process: unknown;
}

/** Older ones tell nothing that anybody would act on. */
const MOST_JOBS = 200;

export function backupsIn(file: DatabaseSync): BackupStore {
  const stored = (row: Record<string, unknown>): StoredBackupJob => ({
    server: String(row['server']),
    database: String(row['database']),
    job: JSON.parse(String(row['body'])) as BackupJob,
    trace: JSON.parse(String(row['trace'])) as unknown,
    process: JSON.parse(String(row['process'])) as unknown,
  });
  return {
    put: ({ id, server, place, folder, seq, manifest }) =>
      void file
        .prepare(
          'INSERT OR REPLACE INTO backup (id, server, place, folder, seq, manifest) VALUES (?, ?, ?, ?, ?, ?)',
        )
        .run(id, server, place, folder, seq, manifest),
    forget: (id) => void file.prepare('DELETE FROM backup WHERE id = ?').run(id),
    forgetPlace: (place) => void file.prepare('DELETE FROM backup WHERE place = ?').run(place),
    knows: (place) => file.prepare('SELECT 1 FROM backup WHERE place = ? LIMIT 1').get(place) !== undefined,
    list: (server) =>
      file
        .prepare('SELECT * FROM backup WHERE server = ? ORDER BY seq DESC, id')
        .all(server)
        .map((row) => ({
          id: String(row['id']),
          server: String(row['server']),
          place: String(row['place']),
          folder: String(row['folder']),
          seq: Number(row['seq']),
          manifest: String(row['manifest']),
        })),
    nextSeq: () =>
      Number(file.prepare('SELECT coalesce(max(seq), 0) + 1 AS next FROM backup').get()?.['next'] ?? 1),
    begin: (server, database, job, trace, process) => {
      file
        .prepare(
          'INSERT INTO backup_job (id, server, database, started_ms, outcome, body, trace, process) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
        )
        .run(
          job.id,
          server,
          database,
          Date.parse(job.startedAt),
          job.outcome,
          JSON.stringify(job),
          JSON.stringify(trace),
          JSON.stringify(process),
        );
    },
    trace: (jobId, trace) =>
      void file.prepare('UPDATE backup_job SET trace = ? WHERE id = ?').run(JSON.stringify(trace), jobId),
    end: (job) =>
      void file
        .prepare('UPDATE backup_job SET outcome = ?, body = ? WHERE id = ?')
        .run(job.outcome, JSON.stringify(job), job.id),
    jobs: (server) =>
      file
        .prepare(
          `SELECT * FROM backup_job WHERE server = ? AND outcome <> 'running' ORDER BY started_ms DESC LIMIT ${MOST_JOBS}`,
        )
        .all(server)
        .map(stored),
    unswept: (server) =>
      file
        .prepare(
          `SELECT * FROM backup_job WHERE outcome <> 'running' AND json_extract(trace, '$.scratch') IS NOT NULL
             AND coalesce(json_extract(trace, '$.scratch.on'), server) = ? ORDER BY started_ms DESC`,
        )
        .all(server)
        .map(stored),
    unfinished: () => file.prepare("SELECT * FROM backup_job WHERE outcome = 'running'").all().map(stored),
  };
}
