import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import pg from 'pg';
import type { Audit } from '#shared/model/audit.ts';
import { quoteIdentifier, quoteLiteral } from '#engine/postgres/quote.ts';
import { renderReport } from '#engine/reports/render.ts';
import { auditUrl } from '../support/audit.ts';
import { differingLines, runFixes, schemaOf } from '../support/fixes.ts';
import { HOSTILE_NAMES } from '../support/hostile-names.ts';
import { createDatabase, type TestDatabase, usePrivateServer } from '../support/postgres.ts';

// Of this file alone: pg_dump's schema is compared, and with it what is set for any role or database of the server.
const server = usePrivateServer({ major: 15 });
let database: TestDatabase;
let admin: pg.Client;
let result: { audit: Audit; errors: readonly string[] };

beforeAll(async () => {
  database = await createDatabase(await server.get(), 'CREATE TABLE victim (id int PRIMARY KEY)');
  admin = new pg.Client({ connectionString: database.url });
  await admin.connect();
  for (const [at, name] of HOSTILE_NAMES.entries()) await admin.query(schemaFor(name, at));
  await admin.query('ANALYZE');
  result = await auditUrl(database.url);
});
afterAll(async () => {
  await admin?.end();
  await database?.drop();
});

/** A table of this name with as many problems as possible, each carrying the name too. */
function schemaFor(name: string, at: number): string {
  const q = quoteIdentifier(name);
  const second = quoteIdentifier(`${name.slice(0, 20)}_${at}`);
  return `
    CREATE SCHEMA ${q};
    CREATE TABLE ${q}.${q} (${q} int PRIMARY KEY, other int, note text);
    INSERT INTO ${q}.${q} SELECT i, i FROM generate_series(1, 50) i;
    CREATE TABLE ${q}.${second} (id int, ${q} int, CONSTRAINT ${q} FOREIGN KEY (${q}) REFERENCES ${q}.${q} ON DELETE CASCADE);
    CREATE TABLE ${q}."restrict ${at}" (id int PRIMARY KEY, ${q} int REFERENCES ${q}.${q} ON DELETE RESTRICT);
    INSERT INTO ${q}.${second} SELECT i, i FROM generate_series(1, 50) i;
    DELETE FROM ${q}.${second} WHERE id <= 40;
    CREATE INDEX "dup1 ${at}" ON ${q}.${q} (other);
    CREATE INDEX "dup2 ${at}" ON ${q}.${q} (other);
    CREATE INDEX "wide ${at}" ON ${q}.${q} (other, note);
    ALTER TABLE ${q}.${second} ADD CONSTRAINT "check ${at}" CHECK (id > 0) NOT VALID;
    ALTER TABLE ${q}.${q} ENABLE ROW LEVEL SECURITY;
    CREATE POLICY ${q} ON ${q}.${q} FOR ALL USING (true);
    ALTER TABLE ${q}.${q} DISABLE ROW LEVEL SECURITY;
    GRANT INSERT ON ${q}.${q} TO PUBLIC;
    CREATE FUNCTION ${q}.${q}(${q} int) RETURNS int SECURITY DEFINER LANGUAGE sql AS ${quoteLiteral('SELECT 1')};
    CREATE FUNCTION ${q}.noop() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE TRIGGER ${q} BEFORE INSERT ON ${q}.${second} FOR EACH ROW EXECUTE FUNCTION ${q}.noop();
    ALTER TABLE ${q}.${second} DISABLE TRIGGER ${q};
    CREATE MATERIALIZED VIEW ${q}."mv ${at}" AS SELECT * FROM ${q}.${q} WITH NO DATA;
    ALTER TABLE ${q}.${second} SET (autovacuum_enabled = false);
    COMMENT ON TABLE ${q}.${q} IS ${quoteLiteral(name)};`;
}

describe('hostile names', () => {
  it('pass through every collector and check', () => {
    expect(result.errors).toEqual([]);
    expect(result.audit.isComplete).toBe(true);
    const named = new Set(
      result.audit.findings.flatMap((f) => [f.object.schema, f.object.name, f.object.table]),
    );
    expect(HOSTILE_NAMES.filter((n) => !named.has(n))).toEqual([]);
  });

  it('are quoted in every fix: each runs, its undo restores the schema, and nothing else was touched', async () => {
    const own = result.audit.findings.filter((f) => f.object.schema !== null);
    const before = await schemaOf(database.url, admin);
    const undoable = await runFixes(
      admin,
      own.filter((f) => (f.fix?.undo.length ?? 0) > 0),
    );
    expect(undoable.failures).toEqual([]);
    expect(undoable.undone).toBeGreaterThan(HOSTILE_NAMES.length * 3);
    expect(differingLines(before, await schemaOf(database.url, admin))).toEqual([]);
    const lasting = await runFixes(
      admin,
      own.filter((f) => f.fix?.undo.length === 0),
    );
    expect(lasting.failures).toEqual([]);
    expect(lasting.run).toBeGreaterThan(HOSTILE_NAMES.length);
    expect((await admin.query('SELECT 1 FROM victim')).rowCount).toBe(0);
  });

  it('are text in every report', () => {
    const html = renderReport(result.audit, 'html', { redact: false }).text;
    expect(html).not.toMatch(/<img|<script/i);
    expect(html).not.toContain('\u202e');
    const csv = renderReport(result.audit, 'csv', { redact: false }).text;
    expect(csv).not.toMatch(/(^|,)"[=+@-]/m);
    const markdown = renderReport(result.audit, 'md', { redact: false }).text.replaceAll(
      /^(`{3,})sql\n[\s\S]*?\n\1$/gm,
      '',
    );
    expect(markdown).not.toMatch(/(?<!\\)<img/);
  });
});
