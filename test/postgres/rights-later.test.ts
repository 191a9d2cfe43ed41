import { describe, expect, it } from 'vitest';
import { useEngine } from '../support/insight.ts';
import { createDatabase, query, urlOf, useServer } from '../support/postgres.ts';

const { engine, open } = useEngine();
/** Readings within a second of each other look once at what is allowed. */
const PATIENCE = { interval: 300, timeout: 10_000 } as const;

describe.each([14, 18] as const)('what is allowed while a connection is open, on PostgreSQL %i', (major) => {
  const server = useServer(major);

  it('counts from the next reading on: a GRANT, an extension, and both taken back', async () => {
    const database = await createDatabase(await server.get(), 'CREATE TABLE t (id int)');
    const role = `later_${database.name}`;
    try {
      await database.query(`CREATE ROLE ${role} LOGIN PASSWORD 'later'`);
      const connectionId = await open(
        urlOf(database.server, database.name, { user: role, password: 'later' }),
      );
      const seen = async () => {
        const now = { connectionId, maxAgeMs: 0 };
        const { data: privileges } = await engine.insight.privileges.overview(now, {});
        const { data: queries } = await engine.insight.queries.overview(now, {});
        return {
          memberOf: privileges.role.memberOf.includes('pg_monitor'),
          open: privileges.capabilities.filter(({ verdict }) => verdict === 'yes').length,
          countsStatements: queries.setup === null,
        };
      };
      const before = await seen();
      expect(before).toMatchObject({ memberOf: false, countsStatements: false });

      await database.query(`GRANT pg_monitor TO ${role}; CREATE EXTENSION pg_stat_statements`);
      await expect.poll(seen, PATIENCE).toMatchObject({ memberOf: true, countsStatements: true });
      expect((await seen()).open).toBeGreaterThan(before.open);

      await database.query(`REVOKE pg_monitor FROM ${role}; DROP EXTENSION pg_stat_statements`);
      await expect.poll(seen, PATIENCE).toEqual(before);
    } finally {
      await database.drop();
      await query(urlOf(database.server, 'postgres'), `DROP ROLE ${role}`);
    }
  });
});
