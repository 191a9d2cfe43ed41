import { describe, expect, it } from 'vitest';
import { useEngine } from '../support/insight.ts';
import {
  createDatabase,
  query,
  type TestServer,
  urlOf,
  usePrivateServer,
  useServer,
} from '../support/postgres.ts';

const { engine, open } = useEngine();

/** What the notice and the steps say, to the superuser and to a role that may not see which libraries are loaded. */
async function told(
  server: TestServer,
  name: string,
): Promise<{ reason: string; steps: string[]; notice: string }[]> {
  const role = `asks_${name.slice(-6)}`;
  await query(urlOf(server, 'postgres'), `CREATE ROLE ${role} LOGIN PASSWORD 'p-4711-odd'`);
  const urls = [urlOf(server, name), urlOf(server, name, { user: role, password: 'p-4711-odd' })];
  return Promise.all(
    urls.map(async (url) => {
      const { data, unread } = await engine.insight.queries.overview(
        { connectionId: await open(url), maxAgeMs: 0 },
        {},
      );
      return {
        reason: data.setup?.reason ?? '',
        steps: data.setup?.steps.map(({ fix }) => fix.sql[0] ?? fix.title) ?? [],
        notice: unread.find((u) => u.fact === 'statements')?.reason ?? '',
      };
    }),
  );
}

const CREATE = 'CREATE EXTENSION pg_stat_statements';

describe('a server that has it loaded', () => {
  const server = useServer(16);

  it('asks for CREATE EXTENSION alone, whether or not the role sees the list of libraries', async () => {
    const database = await createDatabase(await server.get());
    const answers = await told(database.server, database.name);
    expect(answers).toHaveLength(2);
    for (const { reason, steps, notice } of answers) {
      expect(reason).toBe('pg_stat_statements is loaded but not created in this database.');
      expect(steps).toEqual([CREATE]);
      expect(notice).toMatch(/: run CREATE EXTENSION/);
      expect(notice).not.toMatch(/restart/);
    }
    await database.query(CREATE);
    expect((await told(database.server, 'postgres'))[0]?.notice).toMatch(/run CREATE EXTENSION/);
    const { data } = await engine.insight.queries.overview(
      { connectionId: await open(database.url), maxAgeMs: 0 },
      {},
    );
    expect(data.setup).toBeNull();
  });
});

describe('a server that has not', () => {
  const bare = usePrivateServer({ major: 16, settings: { shared_preload_libraries: '' } });

  it('asks for the library and a restart, and for the extension where that is missing too', async () => {
    const server = await bare.get();
    const without = await createDatabase(server);
    for (const { reason, notice } of await told(server, without.name)) {
      expect(reason).toBe('pg_stat_statements is neither loaded nor created in this database.');
      expect(notice).toMatch(/shared_preload_libraries and restart the server, then run CREATE EXTENSION/);
    }
    const created = await createDatabase(server, CREATE);
    const [superuser] = await told(server, created.name);
    expect(superuser?.reason).toBe('pg_stat_statements is created in this database but not loaded.');
    expect(superuser?.steps).toEqual(["ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'"]);
    expect(superuser?.notice).toMatch(/restart the server\.$/);
  });
});
