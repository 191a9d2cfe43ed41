import { chmodSync, existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

export const STORE_FILE = 'history.sqlite';

type Log = (level: 'warning', message: string) => void;

export interface OpenFile {
  readonly database: DatabaseSync;
  /** One sentence for the user where the file could not be used as it was. */
  readonly notice: string | null;
}

/**
 * Opens our own file in `dataDir`, or a database in memory for null; an older file is brought up to date. One that is
 * damaged is moved aside and begun anew; one of a newer version, or one that cannot be opened, is left alone and nothing
 * is kept this time. Both are said in one sentence: history is never a reason not to start.
 */
export function openFile(dataDir: string | null, log: Log): OpenFile {
  if (dataDir === null) return { database: inMemory(), notice: null };
  const path = join(dataDir, STORE_FILE);
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    return { database: protect(path, tryOpen(path)), notice: null };
  } catch (error) {
    const opened = isDamage(error) ? beginAnew(path) : unkept(error);
    log('warning', opened.notice);
    return opened;
  }
}

function beginAnew(path: string): OpenFile & { readonly notice: string } {
  const aside = `${path}.damaged-${Date.now()}`;
  try {
    for (const suffix of ['', '-wal', '-shm']) {
      if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix);
    }
    const database = protect(path, tryOpen(path));
    return {
      database,
      notice: `The history file was damaged and is begun anew; the old one is kept as ${aside}.`,
    };
  } catch (error) {
    return unkept(error);
  }
}

function unkept(error: unknown): OpenFile & { readonly notice: string } {
  return { database: inMemory(), notice: `History is not kept this time: ${messageOf(error)}.` };
}

function inMemory(): DatabaseSync {
  const database = new DatabaseSync(':memory:');
  upgrade(database);
  return database;
}

function tryOpen(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: 2_000 });
  try {
    // Before anything is written: a newer file stays as it is.
    if (versionOf(database) > STORE_VERSION)
      throw new Error('the file was written by a newer version of PgVitals');
    // Must stand before the first table; gives space back in steps (`prune`).
    database.exec('PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
    const [check] = database.prepare('PRAGMA quick_check(1)').all();
    if (check?.['quick_check'] !== 'ok') throw new Error('database disk image is malformed');
    upgrade(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Runs what the file lacks, all of it or nothing. */
function upgrade(database: DatabaseSync): void {
  if (versionOf(database) < STORE_VERSION) {
    // Another PgVitals may open the same file: who comes second finds it done.
    database.exec('BEGIN IMMEDIATE');
    try {
      for (const step of STEPS.slice(versionOf(database))) database.exec(step);
      database.exec(`PRAGMA user_version = ${STORE_VERSION}; COMMIT`);
    } catch (error) {
      database.exec('ROLLBACK');
      throw error;
    }
  }
  database.exec('PRAGMA foreign_keys = ON');
}

function versionOf(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
}

/** Names of tables and texts of statements are nobody else's business. */
function protect(path: string, database: DatabaseSync): DatabaseSync {
  for (const suffix of ['', '-wal', '-shm']) {
    if (existsSync(path + suffix)) chmodSync(path + suffix, 0o600);
  }
  return database;
}

function isDamage(error: unknown): boolean {
  return /malformed|not a database|corrupt/i.test(messageOf(error));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/*
 * What each version added to the one before; a file of any of them is brought up to date. Never changed once released.
 *
 * backup is what was found in the locations of backups, so that those of a drive that is not there are known; the manifests
 * beside the data are the truth. backup_job is what was run to make, prove, restore or delete them.
 *
 * job is what was run, one row of job_action for each action; both stay for good. job_copy is what an action destroyed.
 *
 * counter holds one row per object and change, as a JSON array in the order of `COUNTER_FIELDS`; NULL = the object was
 * gone. What an object stood at is its latest row at or before that instant.
 */
const STEPS: readonly string[] = [
  `CREATE TABLE monitored (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, label TEXT NOT NULL);
  CREATE TABLE sample (
    monitored_id INTEGER NOT NULL REFERENCES monitored, at_ms INTEGER NOT NULL,
    reset_ms INTEGER, statements_reset_ms INTEGER,
    PRIMARY KEY (monitored_id, at_ms)) WITHOUT ROWID;
  CREATE TABLE object (
    id INTEGER PRIMARY KEY, monitored_id INTEGER NOT NULL REFERENCES monitored, kind TEXT NOT NULL, key TEXT NOT NULL,
    UNIQUE (monitored_id, kind, key));
  CREATE TABLE counter (
    object_id INTEGER NOT NULL REFERENCES object, at_ms INTEGER NOT NULL, figures TEXT,
    PRIMARY KEY (object_id, at_ms)) WITHOUT ROWID;
  CREATE TABLE audit (
    id INTEGER PRIMARY KEY, monitored_id INTEGER NOT NULL REFERENCES monitored, at_ms INTEGER NOT NULL,
    summary TEXT NOT NULL, body BLOB NOT NULL);
  CREATE INDEX audit_by_time ON audit (monitored_id, at_ms);
  CREATE TABLE definition (
    monitored_key TEXT NOT NULL, topic TEXT NOT NULL, value TEXT NOT NULL,
    PRIMARY KEY (monitored_key, topic)) WITHOUT ROWID`,
  'ALTER TABLE sample ADD COLUMN started_ms INTEGER',
  `CREATE TABLE job (
    id TEXT PRIMARY KEY, monitored_id INTEGER NOT NULL REFERENCES monitored, started_ms INTEGER NOT NULL,
    outcome TEXT NOT NULL, head TEXT NOT NULL, process TEXT NOT NULL) WITHOUT ROWID;
  CREATE INDEX job_by_time ON job (monitored_id, started_ms);
  CREATE TABLE job_action (
    job_id TEXT NOT NULL REFERENCES job, position INTEGER NOT NULL, body TEXT NOT NULL, trace TEXT NOT NULL,
    PRIMARY KEY (job_id, position)) WITHOUT ROWID`,
  `CREATE TABLE job_copy (
    job_id TEXT NOT NULL REFERENCES job, position INTEGER NOT NULL, taken_ms INTEGER NOT NULL, title TEXT NOT NULL,
    body BLOB NOT NULL, PRIMARY KEY (job_id, position))`,
  `CREATE TABLE backup (
    id TEXT PRIMARY KEY, server TEXT NOT NULL, place TEXT NOT NULL, folder TEXT NOT NULL, seq INTEGER NOT NULL,
    manifest TEXT NOT NULL) WITHOUT ROWID;
  CREATE INDEX backup_by_server ON backup (server, seq);
  CREATE TABLE backup_job (
    id TEXT PRIMARY KEY, server TEXT NOT NULL, database TEXT NOT NULL, started_ms INTEGER NOT NULL, outcome TEXT NOT NULL,
    body TEXT NOT NULL, trace TEXT NOT NULL, process TEXT NOT NULL) WITHOUT ROWID;
  CREATE INDEX backup_job_by_time ON backup_job (server, started_ms)`,
];
/** Written into the file; one that is higher was written by a newer PgVitals. */
export const STORE_VERSION = STEPS.length;
