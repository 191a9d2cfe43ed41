import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { gzipSync } from 'node:zlib';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Snapshot } from '#shared/model/snapshot.ts';
import { STORE_FILE, STORE_VERSION } from '#engine/store/file.ts';
import { openStore, type Store } from '#engine/store/open-store.ts';
import { RARELY_SAMPLED_FACTS, SAMPLED_FACTS } from '#engine/schedule/sampler.ts';
import { auditUrl } from '../support/audit.ts';
import { urlOf, useServer } from '../support/postgres.ts';
import { collectFrom } from './collect-support.ts';

const server = useServer(17);
const DATABASE = { key: '1/2', label: 'test' };
let url: string;
let snapshot: Snapshot;
let dir: string;

beforeAll(async () => {
  url = urlOf(await server.get(), 'postgres');
  snapshot = await collectFrom(url, { only: [...SAMPLED_FACTS, ...RARELY_SAMPLED_FACTS] });
});
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'pgvitals-store-'));
  return () => rmSync(dir, { recursive: true, force: true });
});

const withStore = async <T>(work: (store: Store, log: string[]) => Promise<T> | T): Promise<T> => {
  const log: string[] = [];
  const store = openStore(dir, { log: (_level, message) => log.push(message) });
  try {
    return await work(store, log);
  } finally {
    store.close();
  }
};

/** As version 1 wrote it. */
const VERSION_1 = `
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
    PRIMARY KEY (monitored_key, topic)) WITHOUT ROWID;
  PRAGMA user_version = 1`;

describe('the history file', () => {
  it('can be read by nobody else', async () => {
    await withStore(({ history }) => history.samples(DATABASE, { from: '2026-01-01', to: '2026-01-02' }));
    expect(statSync(join(dir, STORE_FILE)).mode & 0o777).toBe(0o600);
  });

  it('is begun anew where it is damaged; the old one stays', async () => {
    writeFileSync(join(dir, STORE_FILE), 'this is no database, and long enough to be looked at'.repeat(100));
    await withStore(async ({ history }, log) => {
      expect(log).toEqual([expect.stringMatching(/damaged and is begun anew; the old one is kept as /)]);
      await history.record(DATABASE, snapshot);
      expect(history.extent(DATABASE)).toMatchObject({ samples: 1, isKept: true, notice: log[0] });
    });
    expect(readdirSync(dir).some((name) => name.includes('damaged'))).toBe(true);
  });

  it('of an older version is brought up to date, with all that is in it', async () => {
    const { audit } = await auditUrl(url);
    const file = new DatabaseSync(join(dir, STORE_FILE));
    file.exec(VERSION_1);
    const then = Date.parse('2026-05-01T10:00:00.000Z');
    file.exec(`
      INSERT INTO monitored VALUES (7, '1/2', 'test');
      INSERT INTO sample VALUES (7, ${then}, NULL, NULL), (7, ${then + 60_000}, ${then}, NULL);
      INSERT INTO object VALUES (1, 7, 'database', ''), (2, 7, 'table', '4711'), (3, 7, 'sequence', '4712');
      INSERT INTO counter VALUES (1, ${then}, '[100,5,1,2,3,0,0,0,4,6,7,8,9.5]'), (2, ${then}, '[1,2,3,4,5,6,7,8,9,10,11,12,13,14]'),
        (2, ${then + 60_000}, '[1,2,30,4,5,6,7,8,9,10,11,12,13,14]'), (3, ${then}, '["42"]');
      INSERT INTO definition VALUES ('1/2', 'categories', '{"core":["a"]}')`);
    file
      .prepare('INSERT INTO audit VALUES (5, 7, ?, ?, ?)')
      .run(
        then,
        JSON.stringify({ at: audit.startedAt, grade: 'B+', score: 88 }),
        gzipSync(JSON.stringify(audit)),
      );
    file.close();

    const at0 = new Date(then).toISOString();
    const at1 = new Date(then + 60_000).toISOString();
    await withStore(async ({ history, profiles }, log) => {
      expect(log).toEqual([]);
      expect(history.extent(DATABASE)).toMatchObject({ samples: 2, isKept: true, notice: null });
      expect(history.samples(DATABASE, { from: at0, to: at1 })).toEqual([
        { at: at0, statisticsResetAt: null, statementsResetAt: null, serverStartedAt: null },
        { at: at1, statisticsResetAt: at0, statementsResetAt: null, serverStartedAt: null },
      ]);
      // Fields that came later are not known for then.
      expect(history.databaseAt(DATABASE, at1)).toMatchObject({
        sizeBytes: 100,
        statementMs: 9.5,
        nextXid: null,
      });
      expect(history.tablesAt(DATABASE, at0).get(4711)?.sizeBytes).toBe(3);
      expect(history.tablesAt(DATABASE, at1).get(4711)?.sizeBytes).toBe(30);
      expect(history.sequencesAt(DATABASE, at1).get(4712)).toBe('42');
      expect(history.audits(DATABASE)).toMatchObject([{ id: 5, grade: 'B+', score: 88 }]);
      expect(history.audit(DATABASE, 5)?.audit).toEqual(audit);
      expect(profiles.read(DATABASE, 'categories', z.record(z.string(), z.array(z.string())))).toEqual({
        core: ['a'],
      });
      // And new samples come beside the old ones.
      await history.record(DATABASE, snapshot);
      const newest = history.samples(DATABASE, { from: at0, to: snapshot.collectedAt }).at(-1);
      expect(newest?.serverStartedAt).toBe(new Date(snapshot.facts.server.startedAt).toISOString());
      expect(history.databaseAt(DATABASE, snapshot.collectedAt)?.nextXid).toBe(snapshot.facts.server.nextXid);
    });
    const upgraded = new DatabaseSync(join(dir, STORE_FILE), { readOnly: true });
    expect(upgraded.prepare('PRAGMA user_version').get()).toEqual({ user_version: STORE_VERSION });
    upgraded.close();
  });

  it('stays as it was where bringing it up to date fails', async () => {
    const file = new DatabaseSync(join(dir, STORE_FILE));
    // The second step finds its column there already.
    file.exec(`${VERSION_1}; ALTER TABLE sample ADD COLUMN started_ms TEXT; PRAGMA user_version = 1`);
    file.close();
    await withStore(({ history }, log) => {
      expect(log).toEqual([expect.stringMatching(/^History is not kept this time: .*started_ms/)]);
      expect(history.extent(DATABASE)).toMatchObject({ isKept: false, notice: log[0] });
    });
    const after = new DatabaseSync(join(dir, STORE_FILE), { readOnly: true });
    expect(after.prepare('PRAGMA user_version').get()).toEqual({ user_version: 1 });
    after.close();
  });

  it('is done without where it cannot be opened', async () => {
    mkdirSync(join(dir, STORE_FILE));
    await withStore(async ({ history }, log) => {
      expect(log).toEqual([expect.stringMatching(/^History is not kept this time: unable to open/)]);
      await history.record(DATABASE, snapshot);
      expect(history.extent(DATABASE)).toMatchObject({ samples: 1, isKept: false, notice: log[0] });
    });
    expect(statSync(join(dir, STORE_FILE)).isDirectory()).toBe(true);
  });

  it('is left alone where a newer version wrote it', async () => {
    const file = new DatabaseSync(join(dir, STORE_FILE));
    file.exec('CREATE TABLE future (x); INSERT INTO future VALUES (1); PRAGMA user_version = 99');
    file.close();
    const before = readFileSync(join(dir, STORE_FILE));
    await withStore(async ({ history }, log) => {
      expect(log).toEqual([expect.stringMatching(/newer version/)]);
      await history.record(DATABASE, snapshot);
      expect(history.extent(DATABASE)).toMatchObject({ samples: 1, isKept: false, notice: log[0] });
    });
    expect(readFileSync(join(dir, STORE_FILE)).equals(before)).toBe(true);
    expect(readdirSync(dir)).toEqual([STORE_FILE]);
    const again = new DatabaseSync(join(dir, STORE_FILE), { readOnly: true });
    expect(again.prepare('SELECT x FROM future').get()).toEqual({ x: 1 });
    again.close();
  });
});
