import pg from 'pg';

/** Runs one statement on a connection of its own, beside the app. */
export async function query<Row extends object>(
  connectionString: string,
  sql: string,
  values: readonly (string | number)[] = [],
): Promise<Row[]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return (await client.query<Row>(sql, [...values])).rows;
  } finally {
    await client.end();
  }
}

export interface Session {
  readonly pid: number;
  run(sql: string): Promise<void>;
  rows<Row extends object>(sql: string): Promise<Row[]>;
  /** Sends a statement that is going to wait or to take long; it may end with an error. */
  begin(sql: string): void;
}

/**
 * Opens one session per application name for as long as `use` takes, and cuts all of them off after it, whatever they
 * are doing then.
 */
export async function withSessions<const Names extends readonly string[]>(
  connectionString: string,
  applicationNames: Names,
  use: (sessions: { readonly [At in keyof Names]: Session }) => Promise<void>,
): Promise<void> {
  const clients: pg.Client[] = [];
  const pids: number[] = [];
  try {
    const sessions: Session[] = [];
    for (const application_name of applicationNames) {
      const client = new pg.Client({ connectionString, application_name });
      client.on('error', () => undefined);
      await client.connect();
      clients.push(client);
      const pid = (await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows[0]?.pid ?? 0;
      pids.push(pid);
      sessions.push({
        pid,
        run: async (sql) => void (await client.query(sql)),
        rows: async <Row extends object>(sql: string) => (await client.query<Row>(sql)).rows,
        begin: (sql) => void client.query(sql).catch(() => undefined),
      });
    }
    await use(sessions as { readonly [At in keyof Names]: Session });
  } finally {
    await query(
      connectionString,
      `SELECT pg_terminate_backend(pid) FROM unnest('{${pids.join(',')}}'::int[]) pid`,
    );
    await Promise.all(clients.map((client) => client.end().catch(() => undefined)));
  }
}
