import pg from 'pg';
import { type DemoHandle, startDemo } from '#engine/demo/start.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '#engine/embedded/server.ts';
import { startStandby } from '../support/standby.ts';

/**
 * - demo: the AnalyticBot database
 * - planned: another one, for tests that plan or run its statements: already a plan may read the end of an index, and counts
 *   as a scan of it
 * - empty: a database without a single table
 * - hostile: names that try to break out of SQL and of HTML
 * - unprivileged: the hostile database as a role that may do nothing
 * - audited: begins empty, for the one test that changes it between audits
 * - related: views that read each other, partitions that come to an end, constraints that do not hold for every row
 * - changes: for the tests that change something through the dialog, one after the other
 * - cleared: another demo, whose indexes go and come back
 * - journaled: for the tests of the journal
 * - offered: for what pages and dialogs offer besides: passwords, rights, keys, leftovers
 * - standby: a hot standby, which takes no changes, of a server of its own
 * - kept: another demo, for the one test that backs it up, restores it and swaps it back
 * - newer: on a server that is newer than the PostgreSQL client of any machine that runs the tests
 * - alone: an empty database on a server of its own, where a test may count who is connected
 * - busy: tables that wait for a vacuum which never comes by itself, on a server where tests may hold locks
 */
export type DatabaseName =
  | 'demo'
  | 'planned'
  | 'empty'
  | 'hostile'
  | 'unprivileged'
  | 'audited'
  | 'related'
  | 'busy'
  | 'changes'
  | 'cleared'
  | 'journaled'
  | 'offered'
  | 'standby'
  | 'kept'
  | 'newer'
  | 'alone';

export interface Databases {
  urlOf(name: DatabaseName): Promise<string>;
  stop(): Promise<void>;
}

/** Databases for the pages, each made when a test first asks for it. Some have a server of their own, the others share one. */
export function createDatabases(): Databases {
  const demos: Promise<DemoHandle>[] = [];
  let scratch: Promise<EmbeddedPostgres> | null = null;
  let busy: Promise<EmbeddedPostgres> | null = null;
  const apart: Promise<{ stop(): Promise<void> }>[] = [];
  const made = new Map<DatabaseName, Promise<string>>();

  const make = async (name: DatabaseName): Promise<string> => {
    if (name === 'demo' || name === 'planned' || name === 'cleared' || name === 'kept') {
      const demo = startDemo();
      demos.push(demo);
      return (await demo).url;
    }
    if (name === 'busy') {
      const address = addressOf(
        await (busy ??= startEmbeddedPostgres({ settings: BUSY_SETTINGS })),
        'postgres',
      );
      await run(address, BUSY);
      return address;
    }
    if (name === 'standby') {
      const primary = startEmbeddedPostgres();
      const standby = primary.then((server) => startStandby(server, 'e2e'));
      apart.push(standby, primary);
      return (await standby).urlOf('postgres');
    }
    if (name === 'newer' || name === 'alone') {
      const own = startEmbeddedPostgres(name === 'newer' ? { major: 18 } : {});
      apart.push(own);
      return addressOf(await own, 'postgres');
    }
    const server = await (scratch ??= startEmbeddedPostgres());
    if (name === 'unprivileged') {
      const url = new URL(await urlOf('hostile'));
      await run(addressOf(server, 'postgres'), [`CREATE ROLE nobody_at_all LOGIN PASSWORD 'nobody-9f2c7e'`]);
      url.username = 'nobody_at_all';
      url.password = 'nobody-9f2c7e';
      return url.href;
    }
    await run(addressOf(server, 'postgres'), [`CREATE DATABASE ${name}_db`]);
    await run(addressOf(server, `${name}_db`), STATEMENTS[name] ?? []);
    return addressOf(server, `${name}_db`);
  };
  const urlOf = (name: DatabaseName): Promise<string> => {
    const url = made.get(name) ?? make(name);
    made.set(name, url);
    return url;
  };
  return {
    urlOf,
    stop: async () => {
      await Promise.allSettled(made.values());
      const servers = await Promise.allSettled([...apart, ...demos, scratch, busy]);
      for (const server of servers) if (server.status === 'fulfilled') await server.value?.stop();
    },
  };
}

export const HOSTILE_NAMES = [
  `"; DROP TABLE x; --`,
  '<img src=x onerror=alert(1)>',
  'line\nbreak',
  'עברית-rtl',
  'select',
  `long_${'x'.repeat(58)}`,
  "it's %I {{7*7}} ${1}",
];

// Two indexes on the same column give each name a finding, so that it is shown.
const HOSTILE = HOSTILE_NAMES.flatMap((name, index) => {
  const table = quote(name);
  return [
    `CREATE TABLE ${table} (id int, ${table} int)`,
    `CREATE INDEX ${quote(`${name.slice(0, 50)}_a`)} ON ${table} (id)`,
    `CREATE INDEX ${quote(`${name.slice(0, 50)}_b`)} ON ${table} (id)`,
    `INSERT INTO ${table} SELECT g, ${index} FROM generate_series(1, 10) g`,
  ];
});

// Autovacuum is on, but its next turn is a day away: what is due stays due.
const BUSY_SETTINGS = { autovacuum_naptime: '1d', max_prepared_transactions: '5' };

// A session counts what it did at most once a second: ANALYZE and VACUUM must not overtake it.
const COUNTED = 'SELECT pg_stat_force_next_flush()';

const BUSY = [
  'CREATE EXTENSION pgstattuple',
  'CREATE TABLE accounts (id int PRIMARY KEY, balance int)',
  'INSERT INTO accounts VALUES (1, 0), (2, 0)',
  // 300 dead of 1,000 rows, and autovacuum starts above 50 + 0.2 × 1,000.
  'CREATE TABLE worn (id int)',
  'INSERT INTO worn SELECT generate_series(1, 1000)',
  COUNTED,
  'ANALYZE worn',
  'DELETE FROM worn WHERE id <= 300',
  'CREATE TABLE untended (id int) WITH (autovacuum_enabled = off)',
  'INSERT INTO untended SELECT generate_series(1, 100)',
  'CREATE TABLE patient (id int) WITH (autovacuum_vacuum_threshold = 200000)',
  'INSERT INTO patient SELECT generate_series(1, 1000)',
  COUNTED,
  'ANALYZE patient',
  'DELETE FROM patient WHERE id <= 10',
  COUNTED,
  // Three rows of four are gone from the middle of every page, which VACUUM cannot give back.
  'CREATE TABLE holes (id int, t text)',
  "INSERT INTO holes SELECT g, repeat('y', 60) FROM generate_series(1, 150000) g",
  'DELETE FROM holes WHERE id % 4 <> 0',
  COUNTED,
  'VACUUM ANALYZE holes',
];

const RELATED = [
  'CREATE TABLE sales (id int PRIMARY KEY, day date, amount int)',
  "INSERT INTO sales SELECT g, DATE '2026-01-01' + g % 90, g FROM generate_series(1, 1000) g",
  'CREATE MATERIALIZED VIEW daily AS SELECT day, sum(amount) AS amount FROM sales GROUP BY day',
  'CREATE UNIQUE INDEX daily_day ON daily (day)',
  "CREATE MATERIALIZED VIEW weekly AS SELECT date_trunc('week', day) AS week, sum(amount) FROM daily GROUP BY 1",
  'CREATE VIEW report AS SELECT * FROM weekly',
  'CREATE MATERIALIZED VIEW hollow AS SELECT 1 AS one WITH NO DATA',
  'ALTER TABLE sales ADD CONSTRAINT positive CHECK (amount > 0) NOT VALID',
  'CREATE TABLE events (day date) PARTITION BY RANGE (day)',
  "CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2020-01-01') TO ('2020-02-01')",
  "CREATE TABLE events_3 PARTITION OF events FOR VALUES FROM ('2020-03-01') TO ('2020-04-01')",
  'ANALYZE',
];

const ORDERS = [
  'CREATE TABLE orders (id int PRIMARY KEY, customer_id int, note text)',
  "INSERT INTO orders SELECT g, g % 100, repeat('x', 50) FROM generate_series(1, 20000) g",
  'CREATE INDEX orders_customer ON orders (customer_id)',
  'CREATE INDEX orders_customer_again ON orders (customer_id)',
  'CREATE INDEX orders_customer_third ON orders (customer_id)',
  'ANALYZE',
];

const STATEMENTS: Partial<Record<DatabaseName, readonly string[]>> = {
  hostile: HOSTILE,
  related: RELATED,
  changes: ORDERS,
  journaled: ORDERS,
  offered: [
    ...ORDERS,
    'CREATE TABLE customers (id int PRIMARY KEY)',
    'INSERT INTO customers SELECT generate_series(0, 99)',
    'GRANT SELECT ON orders TO PUBLIC',
    "CREATE ROLE courier LOGIN PASSWORD 'before'",
  ],
};

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function addressOf(server: EmbeddedPostgres, database: string): string {
  const { user, password, host, port } = server;
  return `postgresql://${user}:${encodeURIComponent(password)}@${host}:${port}/${database}`;
}

async function run(connectionString: string, statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}
