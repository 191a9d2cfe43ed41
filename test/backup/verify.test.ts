import { execFileSync } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatCount } from '#shared/model/format.ts';
import { decodeArchive, listArchive } from '#engine/backup/archive.ts';
import { startOwnServer } from '#engine/backup/own-server.ts';
import { testRestore } from '#engine/backup/test-restore.ts';
import { quoteIdentifier } from '#engine/postgres/quote.ts';
import { runJob, TOOLS } from '../support/backup-files.ts';
import { HOSTILE_NAMES } from '../support/hostile-names.ts';
import {
  createDatabase,
  query,
  type TestServer,
  urlOf,
  usePrivateServer,
  useServer,
} from '../support/postgres.ts';
import {
  backUp,
  type BackupOnDisk,
  type BackupWish,
  never,
  refit,
  scratchNamesOn,
  serverAt,
  verify,
} from '../support/verified-backups.ts';

const own = usePrivateServer({ major: 15 });
const older = useServer(14);
const newer = useServer(17);
const ALL_PASSED = 'passed, passed, passed, passed, passed';
const clean: (() => Promise<void>)[] = [];
let admin = '';

beforeAll(async () => {
  admin = urlOf(await own.get(), 'postgres');
});
afterAll(async () => {
  for (const step of clean.toReversed()) await step();
});

/** A database with this content on the server of this file, or on another. */
async function make(
  sql: string,
  server?: TestServer,
): Promise<{ readonly url: string; readonly name: string }> {
  const database = await createDatabase(server ?? (await own.get()), sql);
  // Those of this file's server go with it.
  if (server) clean.push(database.drop);
  return database;
}

async function backUpOf(url: string, wish: BackupWish = {}): Promise<BackupOnDisk> {
  const backup = await backUp(url, wish);
  clean.push(backup.remove);
  return backup;
}

const scratchNames = (): Promise<string[]> => scratchNamesOn(admin);

/** One of everything that is compared. */
const CONTENT = `CREATE EXTENSION hstore; CREATE SCHEMA app; CREATE TYPE app.mood AS ENUM ('good', 'bad');
  CREATE DOMAIN app.positive AS int CHECK (VALUE > 0);
  CREATE TABLE app.users (id serial PRIMARY KEY, name text NOT NULL UNIQUE, mood app.mood, n app.positive, kv hstore);
  INSERT INTO app.users (name, mood, n, kv) SELECT 'u' || g, 'bad', g, 'a=>1' FROM generate_series(1, 500) g;
  CREATE TABLE app.posts (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, author int REFERENCES app.users,
    at interval DEFAULT '1 day', b bytea DEFAULT '\\x5c2e0a');
  INSERT INTO app.posts (author) SELECT 1 + g % 500 FROM generate_series(1, 2000) g; CREATE INDEX ON app.posts (author);
  CREATE TABLE notes (t text, x float8); CREATE TABLE empty (i int);
  INSERT INTO notes VALUES ('\\.', 0.1), (E'a\\nb', 'NaN'), ('', NULL), (NULL, 1e300), (E'\\\\.\\n', 0);
  CREATE TABLE parts (i int PRIMARY KEY, t text) PARTITION BY RANGE (i);
  CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (10);
  CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (10) TO (20);
  INSERT INTO parts SELECT g, 'p' FROM generate_series(0, 14) g; CREATE INDEX ON parts (t);
  CREATE TABLE refers (i int REFERENCES parts); INSERT INTO refers VALUES (3);
  CREATE TABLE mother (i int); CREATE TABLE daughter () INHERITS (mother);
  INSERT INTO mother VALUES (1); INSERT INTO daughter VALUES (2), (3);
  CREATE VIEW app.names AS SELECT name FROM app.users; CREATE SEQUENCE app.counter START 7; SELECT nextval('app.counter');
  CREATE MATERIALIZED VIEW app.filled AS SELECT count(*) FROM app.posts; CREATE UNIQUE INDEX ON app.filled (count);
  CREATE MATERIALIZED VIEW app.unfilled AS SELECT 1 AS one WITH NO DATA;
  CREATE FUNCTION app.noticed() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
  CREATE TRIGGER noticed BEFORE INSERT ON app.posts FOR EACH ROW EXECUTE FUNCTION app.noticed();
  CREATE FUNCTION app.add(int, b numeric DEFAULT 1, OUT c text) LANGUAGE sql AS 'SELECT ''COPY a.b (c) FROM stdin;''';
  CREATE PROCEDURE app.done(VARIADIC a text[]) LANGUAGE sql AS 'SELECT 1';
  CREATE AGGREGATE app.total(int) (sfunc = int4pl, stype = int);
  CREATE AGGREGATE app.many(*) (sfunc = int8inc, stype = int8, initcond = '0');
  ALTER TABLE app.posts ADD CONSTRAINT later CHECK (id > 0) NOT VALID;
  ALTER TABLE refers ADD CONSTRAINT self FOREIGN KEY (i) REFERENCES app.users NOT VALID;
  ALTER TABLE app.users ENABLE ROW LEVEL SECURITY; CREATE POLICY mine ON app.users USING (true);
  CREATE RULE quiet AS ON DELETE TO notes DO INSTEAD NOTHING; CREATE PUBLICATION pub FOR TABLE notes;
  SELECT lo_from_bytea(0, '\\x27270a5c2e0a'); ALTER TABLE notes ALTER x SET DEFAULT 2;`;

describe('a good backup', () => {
  it.each(['custom', 'directory'] as const)('passes all five steps, %s', async (format) => {
    const { url } = await make(CONTENT);
    const backup = await backUpOf(url, { format, isHashed: true });
    const { verdicts, verification, job, trace, text } = await verify({ ...backup, on: serverAt(admin) });
    expect(verdicts, JSON.stringify(verification.steps)).toBe(ALL_PASSED);
    expect(text('restore')).toContain(
      `on the test server: ${formatCount(2524)} rows as in the backup; 10 tables, 5 indexes, 10 constraints, 3 views, 3 sequences, 5 functions, 1 trigger, 1 extension.`,
    );
    expect(verification.restoreMs).toBeGreaterThan(0);
    expect(verification.restoredOn).toBe('the test server');
    expect(job.outcome).toBe('done');
    expect(trace.scratch).toBeNull();
    expect(await scratchNames()).toEqual([]);
  });

  it('is intact after four steps, without a server', async () => {
    const { url } = await make(CONTENT);
    const { verdicts, text, verification } = await verify(await backUpOf(url));
    expect(verdicts).toBe('passed, passed, passed, passed, not run');
    expect(text('decode')).toBe(`${formatCount(2524)} rows in 9 tables decoded, as when it was made.`);
    expect(verification).toMatchObject({ restoredOn: null, restoreMs: null });
  });

  it.each([14, 15])('of %i with names that try to be something else passes', async (major) => {
    const server = major === 14 ? await older.get() : await own.get();
    const names = ['x\ndrop', 'TABLE DATA', '" (a) FROM stdin;\nfoo\n\\.\n', ...HOSTILE_NAMES]
      // All of them on one server; what differs between the two is not the names.
      .slice(0, major === 14 ? 20 : undefined)
      .map(quoteIdentifier);
    const { url } = await make(
      names
        .map(
          (
            name,
            at,
          ) => `CREATE SCHEMA ${quoteIdentifier(`s ${at}`)}; CREATE TABLE ${quoteIdentifier(`s ${at}`)}.${name} (${name} text PRIMARY KEY);
          CREATE TABLE ${name} (id int, ${name} text); INSERT INTO ${name} SELECT g, '\\.' FROM generate_series(1, ${at % 4}) g;`,
        )
        .join('\n'),
      server,
    );
    await query(
      url,
      names
        .map(
          (
            name,
          ) => `CREATE INDEX ${quoteIdentifier(`${name.slice(1, 20)} i`)} ON ${name} (id); CREATE FUNCTION ${name}(${name}) RETURNS int LANGUAGE sql AS 'SELECT 1';
            CREATE VIEW ${quoteIdentifier(`${name.slice(1, 20)} v`)} AS SELECT * FROM ${name}; ALTER TABLE ${name} ADD CONSTRAINT ${name} CHECK (id > 0) NOT VALID;`,
        )
        .join('\n'),
    );
    const backup = await backUpOf(url, { isHashed: true });
    const { verdicts, verification } = await verify({ ...backup, on: serverAt(urlOf(server, 'postgres')) });
    expect(verdicts, JSON.stringify(verification.steps)).toBe(ALL_PASSED);
    const { folder, data, manifest } = backup;
    const decoded = await decodeArchive({ folder, data }, TOOLS, { signal: never });
    const sorted = (rows: readonly object[]): string[] => rows.map((row) => JSON.stringify(row)).toSorted();
    expect(sorted(decoded)).toEqual(
      sorted(manifest.tables.map(({ schema, name, rows }) => ({ schema, name, rows }))),
    );
    expect(decoded).toContainEqual({ schema: 'public', name: 'x\ndrop', rows: 0 });
  });

  it('of 14 is proven by a newer server, and by one of our own; one of 15 is not by a 14', async () => {
    const fromOlder = await backUpOf((await make('CREATE TABLE t AS SELECT 1 AS i', await older.get())).url);
    const onNewer = await verify({ ...fromOlder, on: serverAt(urlOf(await newer.get(), 'postgres')) });
    expect(onNewer.verdicts, onNewer.text('restore')).toBe(ALL_PASSED);
    const { url } = await make(
      'CREATE ROLE of_a_policy; CREATE TABLE t (i int); CREATE POLICY p ON t TO of_a_policy',
    );
    const backup = await backUpOf(url);
    const ours = await startOwnServer(
      { majorAtLeast: 15, extensions: ['hstore'], roles: ['of_a_policy'] },
      never,
    );
    try {
      expect((await verify({ ...backup, on: ours })).verdicts).toBe(ALL_PASSED);
    } finally {
      await ours.close();
    }
    const onOlder = await verify({ ...backup, on: serverAt(urlOf(await older.get(), 'postgres')) });
    expect(onOlder.text('restore')).toBe(
      'A backup of PostgreSQL 15 cannot be restored by an older one, and the test server has 14.',
    );
    // It says nothing about the backup, whose rows were decoded all the same.
    expect(onOlder.verdicts).toBe('passed, passed, passed, passed, not run');
    await expect(
      startOwnServer({ majorAtLeast: 15, extensions: ['nowhere'], roles: [] }, never),
    ).rejects.toThrow("A PostgreSQL 15 of PgVitals' own does not have the extension nowhere.");
    await expect(startOwnServer({ majorAtLeast: 99, extensions: [], roles: [] }, never)).rejects.toThrow(
      'PgVitals has no PostgreSQL 99 or newer of its own to restore on.',
    );
  });

  it('in a locale that the server does not have is proven in C', async () => {
    const { url } = await make('CREATE TABLE t AS SELECT 1 AS i');
    const backup = await backUpOf(url);
    const server = { ...backup.manifest.server, collate: 'xx_XX.utf8', ctype: 'xx_XX.utf8' };
    const { verdicts, text } = await verify({
      ...backup,
      manifest: { ...backup.manifest, server },
      on: serverAt(admin),
    });
    expect(verdicts).toBe(ALL_PASSED);
    expect(text('restore')).toContain('The server does not know the locale xx_XX.utf8; C took its place.');
  });

  it('of single tables is restored into schemas that it does not bring along, without keys to what it lacks', async () => {
    const { url } =
      await make(`CREATE SCHEMA "a b"; CREATE TABLE other (id int PRIMARY KEY); INSERT INTO other VALUES (1);
      CREATE TABLE "a b".t (i int PRIMARY KEY REFERENCES other, j int REFERENCES "a b".t); INSERT INTO "a b".t VALUES (1, 1);
      CREATE TYPE mood AS ENUM ('good'); CREATE TABLE needs (m mood)`);
    const verifyTable = async (schema: string, name: string) => {
      const backup = await backUpOf(url, {
        args: [`--table=${quoteIdentifier(schema)}.${quoteIdentifier(name)}`],
      });
      const scope = { kind: 'tables' as const, tables: [{ schema, name }] };
      const tables = backup.manifest.tables.filter((table) => table.name === name);
      return verify({ ...backup, manifest: { ...backup.manifest, scope, tables }, on: serverAt(admin) });
    };
    const alone = await verifyTable('a b', 't');
    expect(alone.verdicts, alone.text('restore')).toBe(ALL_PASSED);
    expect(alone.text('restore')).toContain(
      '2 constraints. Left out: 1 foreign key to tables that are not in it.',
    );
    const needing = await verifyTable('public', 'needs');
    expect(needing.verdicts).toBe('passed, passed, passed, passed, not run');
    expect(needing.text('restore')).toContain('type "public.mood" does not exist');
    expect(await scratchNames()).toEqual([]);
  });
});

describe('a test restore that fails says why, and leaves nothing', () => {
  let plain: BackupOnDisk;
  beforeAll(async () => {
    plain = await backUpOf((await make('CREATE TABLE t AS SELECT generate_series(1, 1000) AS i')).url);
  });

  const SERVER_SIDE = 'passed, passed, passed, passed, failed';

  it('a missing extension', async () => {
    const backup = await backUpOf((await make('CREATE EXTENSION hstore')).url);
    const file = join(backup.folder, 'data.dump');
    await writeFile(
      file,
      Buffer.from((await readFile(file, 'latin1')).replaceAll('hstore', 'hstoro'), 'latin1'),
    );
    const { verdicts, text } = await verify({
      ...backup,
      manifest: await refit(backup),
      on: serverAt(admin),
    });
    expect(verdicts).toBe(SERVER_SIDE);
    expect(text('restore')).toBe('The server does not have the extension hstoro.');
    expect(await scratchNames()).toEqual([]);
  });

  it('a missing role', async () => {
    const { url, name } = await make(
      'CREATE ROLE gone; CREATE TABLE t (i int); CREATE POLICY p ON t TO gone',
    );
    const backup = await backUpOf(url);
    await query(admin, `DROP DATABASE ${name}`);
    await query(admin, 'DROP ROLE gone');
    const { verdicts, text } = await verify({ ...backup, on: serverAt(admin) });
    expect(verdicts).toBe(SERVER_SIDE);
    expect(text('restore')).toBe('The role gone does not exist on the server.');
    expect(await scratchNames()).toEqual([]);
  });

  it('no right to create databases, or what is in them', async () => {
    await query(
      admin,
      `CREATE ROLE maker LOGIN PASSWORD 'x'; CREATE ROLE creator CREATEDB LOGIN PASSWORD 'x'`,
    );
    const as = async (user: string) => serverAt(urlOf(await own.get(), 'postgres', { user, password: 'x' }));
    const denied = await verify({ ...plain, on: await as('maker') });
    expect(denied.verdicts).toBe(SERVER_SIDE);
    expect(denied.text('restore')).toBe('The role maker may not create databases on the test server.');
    expect((await verify({ ...plain, on: await as('creator') })).verdicts).toBe(ALL_PASSED);
    const needing = await backUpOf((await make('CREATE EXTENSION pg_stat_statements')).url);
    const inside = await verify({ ...needing, on: await as('creator') });
    expect(inside.verdicts).toBe(SERVER_SIDE);
    expect(inside.text('restore')).toBe(
      'The server does not permit all of it: permission denied to create extension "pg_stat_statements".',
    );
    expect(await scratchNames()).toEqual([]);
  });

  it('a tablespace that is not there is no reason to fail', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'pgvitals-space-'));
    clean.push(async () => rmSync(folder, { recursive: true, force: true }));
    const owner = statSync((await own.get()).dataDir);
    chownSync(folder, owner.uid, owner.gid);
    await query(admin, `CREATE TABLESPACE away LOCATION '${folder}'`);
    const { url, name } = await make('CREATE TABLE t TABLESPACE away AS SELECT 1 AS i');
    const backup = await backUpOf(url);
    await query(admin, `DROP DATABASE ${name}`);
    await query(admin, 'DROP TABLESPACE away');
    expect((await verify({ ...backup, on: serverAt(admin) })).verdicts).toBe(ALL_PASSED);
  });

  it('a full disk', async ({ skip }) => {
    const folder = mkdtempSync(join(tmpdir(), 'pgvitals-small-'));
    clean.push(async () => rmSync(folder, { recursive: true, force: true }));
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder], { stdio: 'ignore' });
    } catch {
      skip('only root can make a small file system');
    }
    try {
      const owner = statSync((await own.get()).dataDir);
      chownSync(folder, owner.uid, owner.gid);
      await query(admin, `CREATE TABLESPACE small LOCATION '${folder}'`);
      await query(
        admin,
        `CREATE ROLE full_disk SUPERUSER LOGIN PASSWORD 'x'; ALTER ROLE full_disk SET default_tablespace = small`,
      );
      const backup = await backUpOf(
        (await make(`CREATE TABLE big AS SELECT repeat('x', 500) FROM generate_series(1, 20000)`)).url,
      );
      const on = serverAt(urlOf(await own.get(), 'postgres', { user: 'full_disk', password: 'x' }));
      const { verdicts, text } = await verify({ ...backup, on });
      expect(verdicts).toBe(SERVER_SIDE);
      expect(text('restore')).toBe('The disk of the server is full.');
      expect(await scratchNames()).toEqual([]);
      await query(admin, 'DROP TABLESPACE small');
    } finally {
      execFileSync('umount', [folder]);
    }
  });

  it('rows that are not those of the source, though as many, by table', async () => {
    const { url } = await make('CREATE TABLE kept AS SELECT 1 AS i; CREATE TABLE changed AS SELECT 1 AS i');
    const original = await backUpOf(url, { isHashed: true });
    await query(url, 'UPDATE changed SET i = 2');
    const doctored = await backUpOf(url);
    const manifest = { ...original.manifest, files: doctored.manifest.files };
    const { verdicts, text, verification } = await verify({
      folder: doctored.folder,
      manifest,
      on: serverAt(admin),
    });
    expect(verdicts).toBe(SERVER_SIDE);
    expect(text('restore')).toBe(
      'The restored database is not what the backup holds: public.changed has as many rows as the source had, but not the same ones.',
    );
    // It was restored whole: what failed is the comparison.
    expect(verification.restoreMs).toBeGreaterThan(0);
  });

  it('fewer rows than in the manifest fail both proofs, and name the table', async () => {
    const { url } = await make(
      'CREATE TABLE kept AS SELECT 1 AS i; CREATE TABLE shrunk AS SELECT generate_series(1, 9) AS i',
    );
    const original = await backUpOf(url);
    await query(url, 'DELETE FROM shrunk WHERE i > 5');
    const doctored = await backUpOf(url);
    const manifest = { ...original.manifest, files: doctored.manifest.files };
    const { verdicts, text } = await verify({ folder: doctored.folder, manifest, on: serverAt(admin) });
    expect(verdicts).toBe('passed, passed, passed, failed, failed');
    expect(text('decode')).toBe('Public.shrunk has 5 rows instead of 9 rows.');
    expect(text('restore')).toContain('public.shrunk has 5 rows instead of 9 rows');
  });

  it('an object that is not there, an index that is not valid, a view that is not filled', async () => {
    const { url } = await make(CONTENT);
    const { folder, manifest, data } = await backUpOf(url);
    const entries = await listArchive({ folder, data }, TOOLS, { signal: never });
    const none = { id: 0, definition: null, dataAt: 'none' as const };
    const more = [
      { type: 'TRIGGER', schema: 'app', name: 'posts other', ...none },
      { type: 'MATERIALIZED VIEW DATA', schema: 'app', name: 'unfilled', ...none },
    ];
    const missing: string[] = [];
    await runJob({
      steps: [],
      run: async (job) => {
        const strict = entries.map((entry) => ({ ...entry, definition: null }));
        const backup = { folder, manifest };
        const { difference } = await testRestore({
          backup,
          entries: [...strict, ...more],
          tools: TOOLS,
          server: serverAt(admin),
          job,
        });
        missing.push(difference?.message ?? '');
      },
    });
    expect(missing[0]).toContain('TRIGGER app.posts other is missing');
    expect(missing[0]).toContain('app.unfilled is not filled');
    expect(missing[0]).toContain('app.posts later was not checked');
    expect(missing[0]).toContain('public.refers self was not checked');
  });
});
