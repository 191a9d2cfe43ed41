import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TableName } from '#shared/model/backup.ts';
import { scopeArguments } from '#engine/backup/patterns.ts';
import { quoteIdentifier, quoteQualified } from '#engine/postgres/quote.ts';
import { backing } from '../support/backups.ts';
import { PG_DUMP, PG_RESTORE, runClient, scriptOf } from '../support/client.ts';
import { HOSTILE_NAMES } from '../support/hostile-names.ts';
import {
  createDatabase,
  query,
  type TestDatabase,
  type TestServer,
  urlOf,
  useServer,
} from '../support/postgres.ts';

const server = useServer(15);
let base = '';
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'pgvitals-names-'));
});
afterAll(async () => rm(base, { recursive: true, force: true }));

/** What the dump holds: each table of these tests has one row, which says whose it is. */
async function markersOf(archive: string): Promise<string[]> {
  return [...(await scriptOf(archive)).matchAll(/^marker (.*)$/gm)]
    .map(([, marker]) => marker ?? '')
    .toSorted();
}

/** By separate values: the driver takes some of these names apart in a URL. */
async function ask(at: TestServer, name: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ ...at, database: name });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

describe('names of databases (F37)', () => {
  const suffix = Math.random().toString(36).slice(2, 8);
  const decoy = `decoy_${suffix}`;
  const outside = join(tmpdir(), `pgvitals-outside-${suffix}`);
  const named = (at: TestServer): string[] => [
    `dbname=${decoy}`,
    `host=127.0.0.1 port=${at.port} dbname=${decoy}`,
    `user=nobody dbname='${decoy}'`,
    `postgresql://127.0.0.1:${at.port}/${decoy}`,
    `service=evil_${suffix}`,
    `--file=${outside}`,
    `-f${outside}`,
    `--help ${suffix}`,
    `' dbname='${decoy}`,
    `quo"te${suffix}`,
    `back\\slash\\' dbname=${decoy}`,
    `line\nbreak${suffix}`,
    ` blanks ${suffix} `,
    `*${suffix}`,
    `$(touch ${outside.slice(0, 40)})`,
    `${'🐘'.repeat(14)}${suffix}`,
  ];

  test('each is dumped and restored into as exactly that database', async () => {
    const at = await server.get();
    const names = named(at);
    expect(names.filter((name) => Buffer.byteLength(name) > 63)).toEqual([]);
    const admin = urlOf(at, 'postgres');
    const marked = (marker: string) =>
      `CREATE TABLE data AS SELECT 'marker ${marker}'::text AS whose; CREATE TABLE more AS SELECT 1 AS one`;
    try {
      for (const [at_, name] of [decoy, ...names].entries()) {
        await query(admin, `CREATE DATABASE ${quoteIdentifier(name)}`);
        await ask(at, name, marked(at_ === 0 ? 'decoy' : `${at_}`));
      }
      for (const [index, name] of names.entries()) {
        const archive = join(base, `${index}`);
        // Each worker of a directory dump connects once more by what the first connection was told.
        const jobs = ['--format=directory', '--jobs=2', '--compress=0', `--file=${archive}`];
        const dumped = await runClient(PG_DUMP, urlOf(at, name), jobs);
        expect([name, dumped.code, dumped.lines]).toEqual([name, 0, []]);
        expect([name, await markersOf(archive)]).toEqual([name, [`${index + 1}`]]);
        await ask(at, name, 'DROP TABLE data, more');
        const restored = await runClient(PG_RESTORE, urlOf(at, name), [
          '--exit-on-error',
          '--jobs=2',
          archive,
        ]);
        expect([name, restored.code, restored.lines]).toEqual([name, 0, []]);
        expect(await ask(at, name, 'SELECT whose FROM data')).toEqual([{ whose: `marker ${index + 1}` }]);
      }
      expect(await ask(at, decoy, 'SELECT whose FROM data')).toEqual([{ whose: 'marker decoy' }]);
      const left = (await readdir(tmpdir())).filter((file) => file.startsWith('pgvitals-outside-'));
      expect(left).toEqual([]);
    } finally {
      for (const name of [decoy, ...names])
        await query(admin, `DROP DATABASE IF EXISTS ${quoteIdentifier(name)} WITH (FORCE)`);
    }
  });
});

describe('names of schemas and tables (F38)', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    const tables = HOSTILE_NAMES.map(
      (name, index) =>
        `CREATE TABLE ${quoteQualified('public', name)} AS SELECT 'marker ${index}'::text AS whose;`,
    );
    const schemas = SCHEMAS.map(
      (name, index) =>
        `CREATE SCHEMA ${quoteIdentifier(name)}; CREATE TABLE ${quoteQualified(name, 'b')} AS SELECT 'marker schema ${index}'::text AS whose;`,
    );
    database = await createDatabase(await server.get(), [...tables, ...schemas].join('\n'));
  });
  afterAll(async () => database?.drop());

  const SCHEMAS = ['a', 'a.b', 'A*', 'quo"te', 'new\nline'];

  async function dumped(label: string, args: readonly string[]) {
    const archive = join(base, `scope-${label}`);
    const fixed = ['--format=custom', '--compress=0', '--encoding=UTF8', `--file=${archive}`];
    const { code, errors } = await runClient(PG_DUMP, database.url, [...fixed, ...args]);
    return { code, errors, markers: code === 0 ? await markersOf(archive) : [] };
  }

  test.each(['a.b', 'a*b?', 'a"."b', '"."', '""', '\\', 'line\nbreak', 'Mixed Case', ' leading'])(
    'the table %j alone',
    async (name) => {
      const scope = { kind: 'tables', tables: [{ schema: 'public', name }] } as const;
      const index = HOSTILE_NAMES.indexOf(name);
      expect(index).toBeGreaterThanOrEqual(0);
      expect((await dumped('one', scopeArguments(scope))).markers).toEqual([`${index}`]);
    },
  );

  test('all tables but one', async () => {
    const tables: TableName[] = HOSTILE_NAMES.slice(1).map((name) => ({ schema: 'public', name }));
    const { markers } = await dumped('most', scopeArguments({ kind: 'tables', tables }));
    expect(markers).toEqual(
      HOSTILE_NAMES.slice(1)
        .map((_, index) => `${index + 1}`)
        .toSorted(),
    );
  });

  test.each(SCHEMAS.map((name, index) => [name, index] as const))(
    'the schema %j alone',
    async (name, index) => {
      const { markers } = await dumped('schema', scopeArguments({ kind: 'schemas', schemas: [name] }));
      expect(markers).toEqual([`schema ${index}`]);
    },
  );

  test('a table of another schema, and one that is not there', async () => {
    const tables = (schema: string, name: string) =>
      scopeArguments({
        kind: 'tables',
        tables: [
          { schema, name: 'plain' },
          { schema, name },
        ],
      });
    expect(
      (await dumped('a', scopeArguments({ kind: 'tables', tables: [{ schema: 'a.b', name: 'b' }] }))).markers,
    ).toEqual(['schema 1']);
    const missing = await dumped('missing', tables('public', 'not there'));
    expect(missing.code).toBe(1);
    expect(missing.errors[0]).toContain('no matching tables were found for pattern ""public"."not there""');
  });

  test('a whole database is not narrowed, and a zero byte is refused', async () => {
    expect(scopeArguments({ kind: 'database' })).toEqual([]);
    expect(() => scopeArguments({ kind: 'schemas', schemas: ['a\0b'] })).toThrow(RangeError);
  });

  test('what can be chosen is what is there, narrowed by letters that are no pattern', async () => {
    const { engine, connectionId } = await backing(database.url);
    const parts = (of: 'schemas' | 'tables', letters: string) =>
      engine.backups.parts(connectionId, of, letters, {});
    const tables = await parts('tables', '');
    expect(tables.total).toBe(HOSTILE_NAMES.length + SCHEMAS.length);
    const inPublic = tables.parts.filter(({ schema }) => schema === 'public');
    expect(new Set(inPublic.map(({ name }) => name))).toEqual(new Set(HOSTILE_NAMES));
    const schemas = await parts('schemas', '');
    expect(new Set(schemas.parts.map(({ schema }) => schema))).toEqual(new Set([...SCHEMAS, 'public']));
    const own = schemas.parts.find(({ schema }) => schema === 'public');
    expect(own).toMatchObject({ name: null, tables: HOSTILE_NAMES.length });
    expect((await parts('schemas', 'a*')).parts.map(({ schema }) => schema)).toEqual(['A*']);
    expect((await parts('tables', 'a.b.b')).parts).toEqual([
      expect.objectContaining({ schema: 'a.b', name: 'b' }),
    ]);
  });

  test('what it is about: without quotes the same name is a pattern', async () => {
    expect((await dumped('unquoted', ['--table=a.b'])).markers).toEqual(['schema 0']);
  });
});
