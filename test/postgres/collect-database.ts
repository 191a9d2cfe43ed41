/** Names that break careless code: quotes, newlines, SQL, markup, 63 bytes, right-to-left, reserved words, formats. */
export const HOSTILE_NAMES: readonly string[] = [
  'with "quotes"',
  "it's",
  'two\nlines',
  '"; DROP TABLE x; --',
  '<img src=x onerror=alert(1)>',
  'é'.repeat(31) + 'x',
  'جدول العملاء',
  'select',
  '%I %s $1 {0}',
  '{a,b}',
  'back\\slash',
  ' spaces ',
  'a|b',
  'NULL',
];

/** Objects with every property that the facts carry, on all majors. `app.locked` is for tests that lock it. */
export const SCHEMA_SQL = `
CREATE SCHEMA app;
CREATE DOMAIN app.email AS varchar(80) CHECK (value <> '');
CREATE FUNCTION app.shout(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT upper($1)';

CREATE TABLE app.parent (
  id bigserial PRIMARY KEY,
  code varchar(20) NOT NULL UNIQUE,
  gone integer,
  body text COLLATE "C",
  contact app.email,
  price numeric(12,2) DEFAULT 0 CHECK (price >= 0),
  tags text[],
  words tsvector,
  span int4range,
  made timestamptz DEFAULT now(),
  EXCLUDE USING gist (span WITH &&)
);
ALTER TABLE app.parent DROP COLUMN gone;
COMMENT ON TABLE app.parent IS 'Parents
and "others"';
ALTER TABLE app.parent SET (autovacuum_enabled = false, fillfactor = 80, toast.autovacuum_enabled = off);
ALTER TABLE app.parent CLUSTER ON parent_pkey;

CREATE TABLE app.child (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  parent_id bigint REFERENCES app.parent (id) ON DELETE CASCADE ON UPDATE SET NULL DEFERRABLE INITIALLY DEFERRED,
  parent_code varchar(20),
  status text NOT NULL
);
ALTER TABLE app.child ADD CONSTRAINT child_code_fk FOREIGN KEY (parent_code) REFERENCES app.parent (code) MATCH FULL NOT VALID;
ALTER TABLE app.child ADD CONSTRAINT child_status_check CHECK (status IN ('new', 'done')) NOT VALID;

CREATE INDEX plain_desc ON app.child (parent_id DESC, status DESC NULLS LAST, parent_code NULLS FIRST);
CREATE INDEX with_include ON app.child (parent_id) INCLUDE (status, parent_code) WITH (fillfactor = 70);
CREATE INDEX with_expression ON app.child (lower(status), parent_id, app.shout(parent_code));
CREATE INDEX with_predicate ON app.child (parent_id) WHERE status = 'new' AND parent_code IS NOT NULL;
CREATE INDEX with_opclass ON app.child (status text_pattern_ops);
CREATE INDEX with_collation ON app.child (status COLLATE "C", parent_code COLLATE "POSIX");
CREATE INDEX own_collation ON app.parent (body);
CREATE INDEX other_collation ON app.parent (body COLLATE "default");
CREATE INDEX with_gin ON app.parent USING gin (tags) WITH (fastupdate = off);
CREATE INDEX with_hash ON app.parent USING hash (code);
CREATE INDEX with_brin ON app.parent USING brin (made) WITH (pages_per_range = 16);
CREATE INDEX with_gist_parameters ON app.parent USING gist (words tsvector_ops (siglen = 100));
CREATE INDEX after_dropped ON app.parent (price, made);

CREATE TABLE app.locked (id integer PRIMARY KEY, name text, CONSTRAINT locked_check CHECK (name <> ''));
CREATE INDEX locked_expression ON app.locked (lower(name));
CREATE INDEX locked_plain ON app.locked (name);

CREATE TABLE app.measured (id bigint, at timestamptz NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE app.measured_1 PARTITION OF app.measured FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE app.measured_2 PARTITION OF app.measured FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
CREATE INDEX measured_at ON app.measured (at);
CREATE TABLE app.heir (extra integer) INHERITS (app.locked);
CREATE UNLOGGED TABLE app.volatile (id uuid);
CREATE MATERIALIZED VIEW app.summary AS SELECT status, count(*) AS n FROM app.child GROUP BY status;
CREATE UNIQUE INDEX summary_key ON app.summary (status);
CREATE MATERIALIZED VIEW app.unfilled AS SELECT id FROM app.parent WITH NO DATA;
CREATE TABLE app.never_analyzed AS SELECT 1 AS one;
CREATE EXTENSION postgres_fdw SCHEMA app;
CREATE SERVER elsewhere FOREIGN DATA WRAPPER postgres_fdw;
CREATE FOREIGN TABLE app.abroad (id integer) SERVER elsewhere;
CREATE EXTENSION citext SCHEMA app;
CREATE TABLE app.citizens (name app.citext);
CREATE INDEX citizens_own ON app.citizens (name);
CREATE INDEX citizens_text ON app.citizens (name text_ops);

CREATE SEQUENCE app.lonely;
CREATE SEQUENCE app.descending AS smallint INCREMENT -2 MAXVALUE -1 MINVALUE -100 CYCLE;
CREATE SEQUENCE app.shared_sequence START 5;
CREATE TABLE app.ticket (number smallint DEFAULT nextval('app.shared_sequence'), down smallint DEFAULT nextval('app.descending'));

CREATE TABLE app.secret (id integer PRIMARY KEY, tenant text);
ALTER TABLE app.secret ENABLE ROW LEVEL SECURITY;
ALTER TABLE app.secret FORCE ROW LEVEL SECURITY;
CREATE POLICY by_tenant ON app.secret USING (tenant = current_user) WITH CHECK (true);
CREATE POLICY by_list ON app.secret AS RESTRICTIVE FOR SELECT TO pg_monitor
  USING (id IN (SELECT l.id FROM app.locked l));
CREATE VIEW app.secret_view AS SELECT s.id, c.status FROM app.secret s JOIN app.child c USING (id);
GRANT SELECT ON app.secret_view TO pg_monitor, PUBLIC;
CREATE FUNCTION app.elevated(a integer, VARIADIC b text[]) RETURNS integer LANGUAGE sql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp AS 'SELECT $1';
CREATE PROCEDURE app.unsafe() LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
REVOKE EXECUTE ON PROCEDURE app.unsafe() FROM PUBLIC;
GRANT INSERT, UPDATE ON app.child TO PUBLIC;
GRANT SELECT (id, tenant) ON app.secret TO PUBLIC;
GRANT CREATE, USAGE ON SCHEMA app TO PUBLIC;
CREATE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
CREATE TRIGGER touched BEFORE UPDATE ON app.child FOR EACH ROW EXECUTE FUNCTION app.touch();
CREATE TRIGGER asleep BEFORE UPDATE ON app.parent FOR EACH ROW EXECUTE FUNCTION app.touch();
ALTER TABLE app.parent DISABLE TRIGGER asleep;
ALTER TABLE app.child DISABLE TRIGGER ALL;
ALTER TABLE app.child ENABLE TRIGGER touched;
ALTER TABLE app.child REPLICA IDENTITY FULL;
CREATE PUBLICATION few FOR TABLE app.child, app.measured WITH (publish = 'insert, delete');
CREATE PUBLICATION everything FOR ALL TABLES;
CREATE EXTENSION pg_stat_statements SCHEMA app;

INSERT INTO app.parent (code, body, price) SELECT 'c' || g, repeat('x', 20), g FROM generate_series(1, 300) g;
INSERT INTO app.child (parent_id, status) SELECT g, 'new' FROM generate_series(1, 200) g;
DELETE FROM app.child WHERE id <= 50;
UPDATE app.child SET status = 'done' WHERE id > 150;
INSERT INTO app.measured SELECT g, '2026-01-15' FROM generate_series(1, 10) g;
INSERT INTO app.ticket DEFAULT VALUES;
REFRESH MATERIALIZED VIEW app.summary;
ANALYZE app.parent;
ANALYZE app.child;
SET enable_seqscan = off;
SELECT * FROM app.parent WHERE code = 'c7';
SELECT * FROM app.parent WHERE id = 7;
RESET enable_seqscan;
`;

/** A table, column, index, constraint, sequence and view for each hostile name. */
export function hostileSql(): string {
  const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;
  const statements = HOSTILE_NAMES.map((name, at) => {
    const [schema, q] = [`hostile_${at}`, quote(name)];
    return `CREATE SCHEMA ${schema};
      CREATE TABLE ${schema}.${q} (id bigint, ${q} text, CHECK (${q} <> ''));
      CREATE SCHEMA ${schema}_keys;
      CREATE TABLE ${schema}_keys.other (id bigint, CONSTRAINT ${q} UNIQUE (id));
      CREATE INDEX i ON ${schema}.${q} (lower(${q}), id) WHERE ${q} <> 'x';
      CREATE SCHEMA ${q};
      CREATE SEQUENCE ${q}.${q};
      CREATE VIEW ${q}.v AS SELECT ${q} FROM ${schema}.${q};`;
  });
  return statements.join('\n');
}
