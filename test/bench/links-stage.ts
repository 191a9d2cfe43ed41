import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '#engine/embedded/server.ts';
import type { SshHome } from '../support/sshd.ts';

/** A server for many apps at once, each with a role of its own, so that what it does there can be counted. */
export interface LinkStage {
  readonly server: EmbeddedPostgres;
  readonly home: SshHome;
  /** A role and its database, with a table that it may change: each change begins with counting, then takes four seconds. */
  guest(name: string): Promise<Guest>;
  stop(): Promise<void>;
}

export interface Guest {
  readonly table: number;
  url(port: number): string;
  /** How often a change has reached the server, whether it went through or not. */
  tries(): Promise<number>;
  /** Connections of PgVitals with this role, now. */
  connections(): Promise<number>;
  isAsleep(): Promise<boolean>;
}

const PASSWORD = 'bench';
const SETTINGS = { fsync: 'off', max_connections: '500', shared_buffers: '64MB' };
/** A sequence counts what was rolled back too. */
const SQL = `
  CREATE FUNCTION count_change() RETURNS event_trigger LANGUAGE plpgsql AS $$
  BEGIN
    PERFORM pg_catalog.nextval('public.tries');
    PERFORM pg_catalog.pg_sleep(4);
  END $$;
  CREATE EVENT TRIGGER counting ON ddl_command_start WHEN TAG IN ('ALTER TABLE') EXECUTE FUNCTION count_change();`;

export async function startLinkStage(home: SshHome): Promise<LinkStage> {
  const server = await startEmbeddedPostgres({ major: 15, settings: SETTINGS });
  // Made anew where the server was restarted under them.
  const clients = new Map<string, Promise<pg.Client>>();
  const turns = new Map<string, Promise<unknown>>();
  const ask = async (database: string, sql: string): Promise<Record<string, unknown>> => {
    const turn = (turns.get(database) ?? Promise.resolve()).then(async () => {
      const known = clients.get(database) ?? connect(server, database, () => clients.delete(database));
      clients.set(database, known);
      return (await known).query<Record<string, unknown>>(sql);
    });
    turns.set(
      database,
      turn.catch(() => undefined),
    );
    const result = await turn;
    // Several statements give several results, though the types know only one.
    return Array.isArray(result) ? {} : (result.rows[0] ?? {});
  };
  const leave = async (database: string): Promise<void> => {
    await (await clients.get(database)?.catch(() => null))?.end();
  };
  await ask('template1', SQL);
  await leave('template1');
  return {
    server,
    home,
    guest: async (name) => {
      await ask('postgres', `CREATE ROLE ${name} LOGIN SUPERUSER PASSWORD '${PASSWORD}'`);
      // One change at a time is possible in a database.
      await ask('postgres', `CREATE DATABASE ${name}`);
      await ask(name, 'CREATE SEQUENCE tries; CREATE TABLE t (id int PRIMARY KEY)');
      const { oid } = await ask(name, `SELECT 't'::regclass::oid::int AS oid`);
      const count = async (condition: string): Promise<number> => {
        const sql = `SELECT count(*)::int AS value FROM pg_stat_activity WHERE usename = '${name}' AND ${condition}`;
        return Number((await ask('postgres', sql))['value']);
      };
      return {
        table: Number(oid),
        url: (port) => `postgresql://${name}:${PASSWORD}@127.0.0.1:${port}/${name}`,
        tries: async () =>
          Number((await ask(name, 'SELECT last_value * is_called::int AS value FROM tries'))['value']),
        connections: () => count(`application_name LIKE 'pgvitals/%'`),
        isAsleep: async () => (await count(`query LIKE '%pg_sleep(9)%'`)) === 1,
      };
    },
    stop: async () => {
      await Promise.all([...clients.keys()].map(leave));
      await server.stop();
    },
  };
}

async function connect(
  { host, port, user, password }: EmbeddedPostgres,
  database: string,
  onEnd: () => void,
): Promise<pg.Client> {
  const client = new pg.Client({ host, port, user, password, database });
  client.on('error', onEnd);
  client.on('end', onEnd);
  await client.connect();
  return client;
}

/** Asks until it holds; throws after `limitMs`. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  limitMs = 200_000,
): Promise<void> {
  const endMs = performance.now() + limitMs;
  while (!(await holds())) {
    if (performance.now() > endMs) throw new Error(`${what}: not within ${limitMs} ms`);
    await delay(100);
  }
}
