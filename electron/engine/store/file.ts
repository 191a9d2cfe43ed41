import { chmodSync, existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

export const STORE_FILE = 'history.sqlite';
/** Written into the file; one that is higher was written by a newer PgVitals. */
export const STORE_VERSION = 1;

type Log = (level: 'warning', message: string) => void;

/**
 * Opens our own file in `dataDir`, or a database in memory for null. A file that is damaged is moved aside and begun
 * anew; one of a newer version, or a folder that cannot be written, is left alone and nothing is kept this time. Both
 * are said in one line of the log: history is never a reason not to start.
 */
export function openFile(dataDir: string | null, log: Log): DatabaseSync {
  if (dataDir === null) return prepared(new DatabaseSync(':memory:'));
  const path = join(dataDir, STORE_FILE);
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    return protect(path, tryOpen(path));
  } catch (error) {
    if (error instanceof NewerVersionError || !isDamage(error)) {
      log('warning', `History is not kept this time: ${messageOf(error)}`);
      return prepared(new DatabaseSync(':memory:'));
    }
    const aside = `${path}.damaged-${Date.now()}`;
    for (const suffix of ['', '-wal', '-shm']) {
      if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix);
    }
    log('warning', `The history file was damaged and is begun anew; the old one is kept as ${aside}.`);
    return protect(path, tryOpen(path));
  }
}

class NewerVersionError extends Error {}

function tryOpen(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: 2_000 });
  try {
    // Must stand before the first table; gives space back in steps (`prune`).
    database.exec('PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
    const version = versionOf(database);
    if (version > STORE_VERSION)
      throw new NewerVersionError('the file was written by a newer version of PgVitals.');
    const [check] = database.prepare('PRAGMA quick_check(1)').all();
    if (check?.['quick_check'] !== 'ok') throw new Error('database disk image is malformed');
    return prepared(database);
  } catch (error) {
    database.close();
    throw error;
  }
}

function prepared(database: DatabaseSync): DatabaseSync {
  if (versionOf(database) < STORE_VERSION) {
    database.exec(`BEGIN; ${SCHEMA_1}; PRAGMA user_version = ${STORE_VERSION}; COMMIT`);
  }
  database.exec('PRAGMA foreign_keys = ON');
  return database;
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
 * counter holds one row per object and change, as a JSON array in the order of `COUNTER_FIELDS`; NULL = the object was
 * gone. What an object stood at is its latest row at or before that instant.
 */
const SCHEMA_1 = `
  CREATE TABLE monitored (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, label TEXT NOT NULL);
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
    PRIMARY KEY (monitored_key, topic)) WITHOUT ROWID`;
