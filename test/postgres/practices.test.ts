import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import type { Facts } from '#shared/model/facts.ts';
import type { GoodPractice } from '#shared/model/finding.ts';
import { Catalog } from '#engine/audit/catalog.ts';
import { evaluatePractices, PRACTICES } from '#engine/audit/practices.ts';
import { collectSnapshot } from '#engine/collect/collect.ts';
import { openReadSession } from '#engine/postgres/session.ts';
import { parseConnectionInput } from '#engine/postgres/url.ts';
import { createDatabase, type TestDatabase, useServer } from '../support/postgres.ts';

type Read = Partial<Facts> & Pick<Facts, 'server'>;

const GOOD = `
  CREATE TABLE authors (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text NOT NULL UNIQUE,
    karma int NOT NULL CHECK (karma >= 0), is_deleted boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now());
  CREATE TABLE articles (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, author_id int NOT NULL REFERENCES authors,
    title text NOT NULL, tags text[] NOT NULL, state text NOT NULL, updated_at timestamp NOT NULL DEFAULT now(),
    deleted_at timestamptz) WITH (autovacuum_vacuum_scale_factor = 0.01);
  CREATE TABLE article_audit_log (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, article_id int NOT NULL REFERENCES articles,
    created_at timestamptz NOT NULL);
  CREATE TABLE alembic_version (version_num text PRIMARY KEY);
  CREATE INDEX by_state ON articles (state, updated_at);
  CREATE INDEX open_articles ON articles (id) WHERE state = 'open';
  CREATE INDEX by_tag ON articles USING gin (tags);
  CREATE INDEX with_title ON articles (author_id) INCLUDE (title);
  CREATE INDEX by_lower_title ON articles (lower(title));
  CREATE INDEX never_used ON articles (title, state);
  INSERT INTO authors (email, karma) SELECT i || '@example.com', i FROM generate_series(1, 50) i;
  INSERT INTO articles (author_id, title, tags, state)
    SELECT 1 + i % 50, 't' || i, ARRAY['a' || i], CASE WHEN i % 9 = 0 THEN 'open' ELSE 'done' END FROM generate_series(1, 900) i;
  CREATE MATERIALIZED VIEW article_counts AS SELECT author_id, count(*) FROM articles GROUP BY 1;
  ALTER TABLE authors ENABLE ROW LEVEL SECURITY;
  CREATE POLICY own ON authors USING (email = current_user);
  CREATE EXTENSION pg_stat_statements;
  ANALYZE;
  SET enable_seqscan = off;
  SELECT * FROM articles WHERE state = 'done' AND updated_at < now();
  SELECT id FROM articles WHERE state = 'open' ORDER BY id LIMIT 1;
  SELECT * FROM articles WHERE tags @> ARRAY['a7'];
  SELECT author_id, title FROM articles WHERE author_id = 9;
  SELECT * FROM articles WHERE lower(title) = 't7';`;

/** The same shapes done otherwise: nothing to praise. */
const PLAIN = `
  CREATE TABLE "Authors" (id serial, email text, created_at text, deleted bigint);
  CREATE TABLE "Articles" (id serial PRIMARY KEY, author_id int, tags text[], note text, audited date)
    WITH (autovacuum_enabled = false);
  CREATE TABLE auditors (id int, is_deleted text);
  CREATE INDEX unused_composite ON "Articles" (author_id, note) INCLUDE (id);
  CREATE INDEX unused_partial ON "Articles" (note) WHERE author_id = 1;
  CREATE INDEX unused_gin ON "Articles" USING gin (tags);
  CREATE INDEX unused_expression ON "Articles" (lower(note));
  CREATE MATERIALIZED VIEW empty_view AS SELECT 1 AS one WITH NO DATA;
  CREATE POLICY ignored ON "Articles" USING (true);`;

const server = useServer(15);
const modern = useServer(18);
const opened: TestDatabase[] = [];
let good: Read;
let plain: Read;

beforeAll(async () => {
  good = await factsAfter(GOOD, await server.get());
  plain = await factsAfter(PLAIN, await server.get());
});

afterAll(async () => {
  for (const database of opened) await database.drop();
});

describe('a database that does things well', () => {
  it.each([
    ['composite-indexes', { indexes: 2, used: 1, mostUsed: ['by_state'] }],
    ['partial-indexes', { indexes: 1, used: 1 }],
    ['gin-indexes', { indexes: 1, used: 1, mostUsed: ['by_tag'] }],
    ['covering-indexes', { indexes: 1, used: 1, mostUsed: ['with_title'] }],
    ['expression-indexes', { indexes: 1, used: 1, mostUsed: ['by_lower_title'] }],
    ['primary-keys', { tables: 4, withPrimaryKeyPercent: 100 }],
    ['foreign-keys', { constraints: 2, tables: 4, tablesWithPercent: 50, notValidated: 0 }],
    ['unique-constraints', { constraints: 1, tablesWithPercent: 25 }],
    ['check-constraints', { constraints: 1, tablesWithPercent: 25 }],
    ['not-null-columns', { columns: 16, notNull: 15, notNullPercent: 93.8 }],
    ['identity-columns', { identityColumns: 3, serialColumns: 0 }],
    ['materialized-views', { populated: 1, names: ['article_counts'] }],
    ['timestamps', { tables: 4, tablesWith: 3, tablesWithPercent: 75 }],
    ['soft-delete', { tablesWith: 2, tablesWithPercent: 50 }],
    ['plain-names', { tables: 4, names: 20 }],
    ['audit-tables', { tables: 1, names: ['article_audit_log'] }],
    ['migration-table', { tables: 1, names: ['alembic_version'] }],
    ['row-level-security', { tables: 1, forced: 0, names: ['authors'] }],
    ['autovacuum-tuned', { tables: 1, names: ['articles'] }],
    ['statement-statistics', { extensionVersion: '1.10' }],
  ])('%s is praised with its numbers', (id, evidence) => {
    const practice = practicesOf(good).get(id);
    expect(practice?.evidence).toMatchObject(evidence);
    expect(practice?.message).toMatch(/\d.*\.$/);
  });
});

describe('a database that does not', () => {
  it('is praised for nothing of its own', () => {
    const ofServer = new Set(['scram-passwords']);
    expect([...practicesOf(plain).keys()].filter((id) => !ofServer.has(id))).toEqual([]);
  });

  it('an empty schema earns no praise for having no table without a key', async () => {
    const empty = await factsAfter('', await server.get());
    expect([...practicesOf(empty).keys()].filter((id) => id !== 'scram-passwords')).toEqual([]);
  });
});

test('data-checksums: on since 18 where initdb was not told otherwise, off before', async () => {
  const facts = await factsAfter('', await modern.get());
  expect(practicesOf(facts).has('data-checksums')).toBe(true);
  expect(practicesOf(plain).has('data-checksums')).toBe(false);
});

test('scram-passwords: all, not most, and only where they could be read', () => {
  const passwords = (kind: 'scram-sha-256' | 'md5' | 'none') => ({
    ...good,
    rolePasswords: [
      { roleOid: 1, role: 'a', kind: 'scram-sha-256' as const, weakness: null },
      { roleOid: 2, role: 'b', kind, weakness: null },
    ],
  });
  expect(practicesOf(passwords('scram-sha-256')).get('scram-passwords')?.evidence).toMatchObject({
    passwords: 2,
  });
  expect(practicesOf(passwords('none')).has('scram-passwords')).toBe(true);
  expect(practicesOf(passwords('md5')).has('scram-passwords')).toBe(false);
  const { rolePasswords: _, ...unread } = good;
  expect(practicesOf(unread).has('scram-passwords')).toBe(false);
});

test('tls-sessions: TLS is on, and every remote session uses it', () => {
  expect(practicesOf(good).has('tls-sessions')).toBe(false);
  const withTls = (usesTls: boolean | null, ssl = 'on'): Read => ({
    ...good,
    settings: (good.settings ?? []).map((s) => (s.name === 'ssl' ? { ...s, setting: ssl } : s)),
    activity: (good.activity ?? [])
      .filter((a) => a.isOwn)
      // Other tests read from the same server.
      .slice(0, 1)
      .map((a) => ({ ...a, clientAddress: '10.0.0.9', isLoopback: false, usesTls })),
  });
  expect(practicesOf(withTls(true)).get('tls-sessions')?.evidence).toMatchObject({
    remoteSessions: 1,
    encryptedPercent: 100,
  });
  expect(practicesOf(withTls(false)).has('tls-sessions')).toBe(false);
  expect(practicesOf(withTls(null)).has('tls-sessions')).toBe(false);
  expect(practicesOf(withTls(true, 'off')).has('tls-sessions')).toBe(false);
});

test('what was not read is not praised', () => {
  expect(evaluatePractices({ server: good.server }, new Catalog({ server: good.server }))).toEqual([]);
});

test('ids are unique', () => {
  expect(new Set(PRACTICES.map((p) => p.id)).size).toBe(PRACTICES.length);
});

function practicesOf(facts: Read): Map<string, GoodPractice> {
  return new Map(evaluatePractices(facts, new Catalog(facts)).map((p) => [p.id, p]));
}

async function factsAfter(sql: string, on: Parameters<typeof createDatabase>[0]): Promise<Read> {
  const database = await createDatabase(on, sql);
  opened.push(database);
  const session = await openReadSession(parseConnectionInput(database.url));
  try {
    return (await collectSnapshot(session, { toolVersion: 'test', ownPasswordIsDefault: false })).facts;
  } finally {
    await session.close();
  }
}
