import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EmbeddedPostgres } from '#engine/embedded/server.ts';
import { type Authority, createAuthority, HAS_OPENSSL, installCertificate } from '../faults/certificates.ts';
import { useEngine } from '../support/insight.ts';
import { createDatabase, query, urlOf, usePrivateServer } from '../support/postgres.ts';

const { engine, open } = useEngine();

describe.skipIf(!HAS_OPENSSL).each([14, 18] as const)('the share of TLS on PostgreSQL %i', (major) => {
  const shared = usePrivateServer({ major });
  let server: EmbeddedPostgres;
  let authority: Authority;

  beforeAll(async () => {
    server = await shared.get();
    authority = await createAuthority();
    await appendFile(join(server.dataDir, 'postgresql.conf'), "ssl = 'on'\n");
    await installCertificate(server.dataDir, await authority.issue('IP:127.0.0.1'));
    await server.restart();
  }, 60_000);
  afterAll(async () => authority?.remove());

  it('is counted per session, with version and cipher as the server sees them', async () => {
    const database = await createDatabase(server, `CREATE ROLE app_${major} LOGIN PASSWORD 'app-1c99'`);
    const url = urlOf(server, database.name, { user: `app_${major}`, password: 'app-1c99' });
    const clients = [true, true, false].map(
      (isEncrypted, at) =>
        new pg.Client({
          connectionString: url,
          application_name: isEncrypted ? 'covered' : `bare-${at}`,
          ssl: isEncrypted ? { rejectUnauthorized: false } : false,
        }),
    );
    for (const client of clients) await client.connect();
    try {
      // What PgVitals uses itself does not count, encrypted or not.
      for (const mode of ['require', 'disable']) {
        const connectionId = await open(`${database.url}?sslmode=${mode}`);
        const { sessions, roles } = (
          await engine.insight.security.overview({ connectionId, maxAgeMs: 0 }, {})
        ).data;
        const truth = await query<{
          application: string;
          version: string | null;
          cipher: string | null;
          count: number;
        }>(
          `${database.url}`,
          `SELECT application_name AS application, version, cipher, count(*)::int
           FROM pg_stat_activity JOIN pg_stat_ssl USING (pid)
           WHERE backend_type = 'client backend' AND usename = 'app_${major}' GROUP BY 1, 2, 3 ORDER BY 1`,
        );
        const groups = sessions.groups
          .filter((g) => g.role === `app_${major}`)
          .map((g) => ({
            application: g.application,
            version: g.tlsVersion,
            cipher: g.tlsCipher,
            count: g.count,
          }));
        expect([...groups].sort((a, b) => a.application.localeCompare(b.application))).toEqual(truth);
        expect(truth.map((t) => [t.application, t.version, t.count])).toEqual([
          ['bare-2', null, 1],
          ['covered', 'TLSv1.3', 2],
        ]);
        const bare = sessions.groups.find((g) => g.application === 'bare-2');
        expect(bare).toMatchObject({ encryption: 'plain', address: '127.0.0.1', isLoopback: true });
        expect([sessions.total, sessions.encrypted, sessions.unknown]).toEqual([3, 2, 0]);
        expect(roles.find((r) => r.name === `app_${major}`)?.sessionsNow).toBe(3);
      }
    } finally {
      for (const client of clients) await client.end();
    }
  });

  it('is not guessed where a role may not see it', async () => {
    const database = await createDatabase(server, `CREATE ROLE blind_${major} LOGIN PASSWORD 'blind-1c99'`);
    const client = new pg.Client({ connectionString: database.url, ssl: { rejectUnauthorized: false } });
    await client.connect();
    try {
      const url = urlOf(server, database.name, { user: `blind_${major}`, password: 'blind-1c99' });
      const connectionId = await open(`${url}?sslmode=require`);
      const insight = await engine.insight.security.overview({ connectionId, maxAgeMs: 0 }, {});
      const { sessions } = insight.data;
      expect(sessions.unknown).toBeGreaterThan(0);
      expect([sessions.total, sessions.encrypted]).toEqual([sessions.unknown, 0]);
      expect(sessions.groups.every((g) => g.encryption === 'hidden' && g.verdicts.length === 0)).toBe(true);
      expect(insight.unread.find((u) => u.fact === 'activity')?.grant).toBe(
        `GRANT pg_monitor TO "blind_${major}"`,
      );
    } finally {
      await client.end();
    }
  });
});
