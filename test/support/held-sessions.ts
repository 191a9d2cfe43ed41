import pg from 'pg';

/**
 * Opens one connection per list and runs its statements in order; the last one may block, so it is not awaited for
 * longer than a moment. `release` ends them all.
 */
export async function holdSessions(
  url: string,
  sessions: readonly (readonly string[])[],
): Promise<{ release(): Promise<void> }> {
  const clients: pg.Client[] = [];
  for (const statements of sessions) {
    const client = new pg.Client({
      connectionString: url,
      application_name: `fixture-${clients.length + 1}`,
    });
    client.on('error', () => undefined);
    await client.connect();
    clients.push(client);
    for (const statement of statements) {
      const running = client.query(statement);
      running.catch(() => undefined);
      await Promise.race([running, new Promise((resolve) => setTimeout(resolve, 300))]);
    }
  }
  return {
    release: async () => {
      await Promise.all(clients.map((client) => client.end().catch(() => undefined)));
    },
  };
}
