import { describe, expect, it } from 'vitest';
import { lookedUpTable, suspicionOf } from './suspicion.ts';

describe('lookedUpTable', () => {
  it.each([
    ['SELECT * FROM posts WHERE id = $1', 'posts'],
    ['select p1_0.id,p1_0.title from posts p1_0 where p1_0.id=$1', 'posts'],
    [
      'SELECT "users".* FROM "users" WHERE "users"."id" = $1 AND "users"."deleted_at" IS NULL LIMIT $2',
      '"users"',
    ],
    [
      'SELECT a FROM "From Where"."or ""x""" AS t WHERE (t.id = $1) ORDER BY a FOR UPDATE;',
      '"From Where"."or ""x"""',
    ],
    ['/* SELECT 1 FROM b WHERE c = 2 */ SELECT a -- FROM x JOIN y\nFROM ONLY s.t WHERE $1 = id', 's.t'],
    ["SELECT coalesce(a, 'x join y') FROM t WHERE id = $1::bigint", 't'],
    ['SELECT extract(year FROM at) FROM t WHERE id = $2', 't'],
  ])('%s', (query, table) => {
    expect(lookedUpTable(query)).toBe(table);
  });

  it.each([
    'SELECT * FROM posts',
    'SELECT * FROM posts WHERE id > $1',
    'SELECT * FROM posts WHERE id = ANY ($1)',
    'SELECT * FROM posts WHERE id IN ($1, $2)',
    'SELECT * FROM posts WHERE id = $1 OR slug = $2',
    'SELECT * FROM posts WHERE a = b',
    'SELECT * FROM posts WHERE id = $1 + $2',
    'SELECT * FROM posts WHERE lower(slug) = $1',
    'SELECT * FROM posts p JOIN users u ON u.id = p.author WHERE p.id = $1',
    'SELECT * FROM posts, users WHERE posts.id = $1',
    'SELECT * FROM f($1) WHERE id = $2',
    'SELECT count(*) FROM posts WHERE a = $1 GROUP BY b',
    'SELECT * FROM (SELECT * FROM posts) p WHERE id = $1',
    'SELECT (SELECT max(id) FROM b) FROM posts WHERE id = $1',
    'UPDATE posts SET a = $1 WHERE id = $2',
    "SELECT 'FROM posts WHERE id = $1'",
    'SELECT "FROM posts WHERE id = $1"',
    'SELECT /* FROM posts WHERE id = $1 */ 1',
    'SELECT $2 FROM ONLY "public"."posts" x WHERE "id" OPERATOR(pg_catalog.=) $1 FOR KEY SHARE OF x',
    'SELECT * FROM posts WHERE id = ',
    'SELECT * FROM . WHERE id = $1',
    'SELECT * FROM a. WHERE id = $1',
    ')))) SELECT',
    '',
  ])('not %s', (query) => {
    expect(lookedUpTable(query)).toBeNull();
  });
});

describe('suspicionOf', () => {
  const query = 'SELECT * FROM posts WHERE id = $1';
  const loop = { calls: 1_000, rowsPerCall: 1, meanMs: 0.1 };
  it('is raised by many quick calls for about one row each, ten times as many as is usual', () => {
    expect(suspicionOf(query, loop, 100)).toMatch(/1\s000 calls .* posts/);
    expect(suspicionOf(null, loop, 100)).toBeNull();
    expect(suspicionOf('SELECT * FROM posts', loop, 100)).toBeNull();
    expect(suspicionOf(query, { ...loop, calls: 999 }, 1)).toBeNull();
    expect(suspicionOf(query, loop, 101)).toBeNull();
    expect(suspicionOf(query, { ...loop, rowsPerCall: 1.6 }, 1)).toBeNull();
    expect(suspicionOf(query, { ...loop, meanMs: 21 }, 1)).toBeNull();
  });
});
