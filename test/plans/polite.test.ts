import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import pg from 'pg';
import type { ActionRequest } from '#shared/model/plan-request.ts';
import { startProbe } from '../support/lock-probe.ts';
import { usePlans } from '../support/plans.ts';
import { createDatabase, query, type TestDatabase, urlOf, useServer } from '../support/postgres.ts';

/**
 * Nobody else waits longer than 2.5 s because of us: an application reads and writes every 50 ms while each action waits
 * behind a transaction that has read everything, tries again and again, and then runs.
 */
const LONGEST_WAIT_MS = 2_500;
const server = useServer(16);
const bench = usePlans({ pause: () => delay(100) });
let template: TestDatabase;

beforeAll(async () => {
  template = await createDatabase(
    await server.get(),
    `CREATE TABLE groups (id int PRIMARY KEY, name text);
     CREATE TABLE items (id int PRIMARY KEY, group_id int, note text, owner text DEFAULT current_user);
     INSERT INTO groups SELECT g, 'g' || g FROM generate_series(0, 99) g;
     INSERT INTO items SELECT g, g % 100, repeat('x', 40) FROM generate_series(1, 20000) g;
     CREATE INDEX items_note ON items (note);
     CREATE INDEX items_group ON items (group_id);
     ALTER TABLE items ADD CONSTRAINT items_group_fkey FOREIGN KEY (group_id) REFERENCES groups;
     ALTER TABLE items ADD CONSTRAINT items_positive CHECK (id > 0) NOT VALID;
     CREATE MATERIALIZED VIEW counts AS SELECT group_id, count(*) FROM items GROUP BY group_id;
     CREATE UNIQUE INDEX counts_key ON counts (group_id);
     GRANT SELECT ON items TO PUBLIC;
     ANALYZE;`,
  );
});

afterAll(async () => {
  await template?.drop();
});

interface Ids {
  readonly items: number;
  readonly groups: number;
  readonly counts: number;
  readonly itemsNote: number;
  readonly groupKey: number;
  readonly positive: number;
}

const ACTIONS: Readonly<Record<string, (ids: Ids) => ActionRequest>> = {
  vacuum: ({ items }) => ({ verb: 'vacuum', tables: [items], mode: 'plain' }),
  'vacuum and analyze': ({ items }) => ({ verb: 'vacuum', tables: [items], mode: 'analyze' }),
  freeze: ({ items }) => ({ verb: 'vacuum', tables: [items], mode: 'freeze' }),
  rewrite: ({ items }) => ({ verb: 'vacuum', tables: [items], mode: 'full' }),
  analyze: ({ items }) => ({ verb: 'analyze', tables: [items] }),
  reindex: ({ itemsNote }) => ({ verb: 'reindex', indexes: [itemsNote] }),
  'reindex a table': ({ items }) => ({ verb: 'reindex-table', table: items }),
  'create an index': ({ items }) => ({
    verb: 'create-index',
    table: items,
    columns: [{ name: 'owner', isDescending: false }],
    include: [],
    isUnique: false,
  }),
  'drop an index': ({ itemsNote }) => ({ verb: 'drop-index', indexes: [itemsNote] }),
  'refresh a view': ({ counts }) => ({ verb: 'refresh-matview', matview: counts, isConcurrent: false }),
  'refresh a view concurrently': ({ counts }) => ({
    verb: 'refresh-matview',
    matview: counts,
    isConcurrent: true,
  }),
  'set table options': ({ items }) => ({
    verb: 'table-options',
    table: items,
    options: { autovacuum_vacuum_scale_factor: '0.05', fillfactor: '90' },
  }),
  'add a foreign key': ({ items, groups }) => ({
    verb: 'add-foreign-key',
    table: items,
    columns: ['group_id'],
    parent: groups,
    parentColumns: ['id'],
    onDelete: 'NO ACTION',
  }),
  'drop a foreign key': ({ groupKey }) => ({ verb: 'drop-foreign-key', constraint: groupKey }),
  'change a delete rule': ({ groupKey }) => ({
    verb: 'delete-rule',
    constraint: groupKey,
    onDelete: 'CASCADE',
  }),
  'validate a constraint': ({ positive }) => ({ verb: 'validate-constraint', constraint: positive }),
  grant: ({ items }) => ({
    verb: 'grant',
    on: 'table',
    oid: items,
    privileges: ['SELECT'],
    role: 'pg_monitor',
  }),
  revoke: ({ items }) => ({ verb: 'revoke', on: 'table', oid: items, privileges: ['SELECT'], role: null }),
  'enable row security': ({ items }) => ({ verb: 'row-security', table: items, isEnabled: true }),
  'create a policy': ({ items }) => ({
    verb: 'create-policy',
    table: items,
    template: 'owner',
    column: 'owner',
    setting: null,
  }),
  'audit a table': ({ items }) => ({ verb: 'audit-trigger', table: items }),
};

describe('an application beside us', () => {
  it.each(Object.keys(ACTIONS))('never waits long for us to %s', async (name) => {
    const database = await copyOf(template);
    try {
      const action = ACTIONS[name]?.(await idsOf(database));
      if (!action) throw new Error(name);
      const connection = await bench.open(database.url);
      const plan = await bench.preview(connection, { kind: 'action', action });
      const reader = new pg.Client({ connectionString: database.url });
      await reader.connect();
      await reader.query(
        'BEGIN; SELECT 1 FROM items LIMIT 1; SELECT 1 FROM groups LIMIT 1; SELECT 1 FROM counts LIMIT 1',
      );
      const probe = await startProbe(database.url, {
        read: 'SELECT note, name, count FROM items JOIN groups ON groups.id = group_id JOIN counts USING (group_id) WHERE items.id = 1',
        write: "UPDATE items SET note = 'y' WHERE id = 2",
      });
      const jobId = await bench.start(connection, plan);
      const ended = bench.finish(connection, jobId);
      await Promise.race([ended, delay(LONGEST_WAIT_MS + 300)]);
      await reader.query('COMMIT');
      await reader.end();
      const job = await ended;
      const longest = await probe.stop();
      expect(job.actions.flatMap(({ error }) => error ?? [])).toEqual([]);
      expect(job.outcome).toBe('done');
      expect(longest.rounds).toBeGreaterThan(0);
      expect(Math.max(longest.readMs, longest.writeMs)).toBeLessThan(LONGEST_WAIT_MS);
      await bench.engine.closeConnection(connection);
    } finally {
      await database.drop();
    }
  });
});

async function copyOf(original: TestDatabase): Promise<TestDatabase> {
  const copy = await createDatabase(original.server);
  const admin = urlOf(original.server, 'postgres');
  await query(admin, `DROP DATABASE ${copy.name}`);
  await query(admin, `CREATE DATABASE ${copy.name} TEMPLATE ${original.name}`);
  return copy;
}

async function idsOf(database: TestDatabase): Promise<Ids> {
  const [ids] = await database.query<Ids & Record<string, unknown>>(
    `SELECT 'items'::regclass::oid::int AS items, 'groups'::regclass::oid::int AS groups, 'counts'::regclass::oid::int AS counts,
       'items_note'::regclass::oid::int AS "itemsNote",
       (SELECT oid::int FROM pg_constraint WHERE conname = 'items_group_fkey') AS "groupKey",
       (SELECT oid::int FROM pg_constraint WHERE conname = 'items_positive') AS positive`,
  );
  if (!ids) throw new Error('no ids');
  return ids;
}
