import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { SecurityOverview } from '#shared/model/security.ts';
import type { EmbeddedPostgres } from '#engine/embedded/server.ts';
import { useEngine } from '../support/insight.ts';
import { createDatabase, query, urlOf, useDemo, usePrivateServer, useServer } from '../support/postgres.ts';

const { engine, open } = useEngine();
const demo = useDemo();

const overviewOf = async (connectionId: string): Promise<SecurityOverview> =>
  (await engine.insight.security.overview({ connectionId, maxAgeMs: 0 }, {})).data;

/** Rules as people write them, and what the server's own arithmetic with addresses says of each. */
const RULES_SQL = `
  WITH rule AS (
    SELECT *, address ~ '^[0-9a-f.:]+$' AND netmask IS NOT NULL AS "isNumeric",
      coalesce((to_jsonb(r) ->> 'rule_number')::int, -- 16+
        row_number() OVER (ORDER BY error IS NOT NULL, line_number)) AS turn
    FROM pg_hba_file_rules r),
  masked AS (
    SELECT *, CASE WHEN "isNumeric" THEN
      (SELECT max(bits) FROM generate_series(0, CASE family(address::inet) WHEN 4 THEN 32 ELSE 128 END) AS bits
       WHERE netmask(set_masklen(address::inet, bits)) = netmask::inet) END AS bits FROM rule)
  SELECT turn::int, line_number AS line, auth_method AS method, error,
    concat_ws(' ', type, array_to_string(database, ','), array_to_string(user_name, ','),
      CASE WHEN bits IS NULL THEN address ELSE address || '/' || bits END, auth_method,
      array_to_string(options, ' ')) AS name,
    CASE WHEN type = 'local' THEN 'socket'
      WHEN address = 'all' OR bits = 0 THEN 'anywhere'
      WHEN address IN ('samehost', 'localhost') THEN 'loopback'
      WHEN bits IS NULL THEN 'network'
      WHEN network(set_masklen(address::inet, bits)) <<= ANY ('{127.0.0.0/8, ::1/128}'::inet[]) THEN 'loopback'
      ELSE 'network' END AS reach
  FROM masked ORDER BY turn`;

async function compareRules(url: string): Promise<SecurityOverview> {
  const data = await overviewOf(await open(url));
  const truth = await query<{ error: string | null; method: string | null }>(url, RULES_SQL);
  const isRead = ({ method }: { readonly method: string | null }): boolean => method !== null;
  expect(
    (data.hbaRules ?? [])
      .filter(isRead)
      .map(({ turn, line, method, error, name, reach }) => ({ turn, line, method, error, name, reach })),
  ).toEqual(truth.filter(isRead));
  const broken = truth.flatMap(({ error }) => error ?? []);
  expect((data.hbaRules ?? []).flatMap(({ error }) => error ?? [])).toEqual(broken);
  return data;
}

/** Every way to write who is let in from where; the server's own rules come first and let the test in. */
const RULES = `
host  sales,stock  anna,"Odd Name"  10.1.2.0/24  scram-sha-256
host  all  +staff  10.0.0.0 255.0.0.0  md5
host  sameuser  all  192.168.7.9/32  scram-sha-256
hostssl  all  all  0.0.0.0/0  cert  map=people clientcert=verify-full
hostssl  all  all  ::/0  reject
hostnossl  samerole  all  all  reject
host  all  all  127.0.0.1/0  scram-sha-256
host  all  all  ::1/0  scram-sha-256
host  all  all  ::1/64  scram-sha-256
host  all  all  127.3.0.0/16  scram-sha-256
host  all  all  126.0.0.0/7  scram-sha-256
host  all  all  fe80::/10  scram-sha-256
host  all  all  2001:db8::7/128  scram-sha-256
host  all  all  samehost  scram-sha-256
host  all  all  samenet  scram-sha-256
host  all  all  localhost  scram-sha-256
host  all  all  .example.com  scram-sha-256
host  replication  all  10.9.0.0/16  scram-sha-256
local  all  all  peer
host  all  all  10.0.0.1/40  md5
`;

it('the demo: rules and extensions are those of the server', async () => {
  const { url } = await demo.get();
  await compareExtensions(url, await compareRules(url));
});

describe.each([14, 15, 16, 17, 18] as const)('rules of pg_hba.conf on PostgreSQL %i', (major) => {
  const server = usePrivateServer({ major });
  let started: EmbeddedPostgres;

  beforeAll(async () => {
    started = await server.get();
    await appendFile(join(started.dataDir, 'pg_hba.conf'), RULES);
  });

  it('let in from where the server says, in the words and the order of the file', async () => {
    const { hbaRules } = await compareRules(urlOf(started, 'postgres'));
    const reach = (line: RegExp) => hbaRules?.filter(({ name }) => line.test(name)).map((rule) => rule.reach);
    expect(reach(/ (127\.0\.0\.1|::1)\/0 /)).toEqual(['anywhere', 'anywhere']);
    expect(reach(/ (::1\/64|126\.0\.0\.0\/7) /)).toEqual(['network', 'network']);
    expect(reach(/ 127\.3\.0\.0\/16 /)).toEqual(['loopback']);
    expect(hbaRules?.filter(({ error }) => error !== null).map(({ name }) => name)).toEqual([
      expect.stringMatching(/^hostssl all all 0/), // without ssl
      expect.stringMatching(/^hostssl all all ::/),
      '',
    ]);
  });
});

async function compareExtensions(url: string, data: SecurityOverview): Promise<void> {
  const truth = await query<{ name: string; isBehind: boolean }>(
    url,
    `SELECT e.extname AS name, e.extversion AS installed, a.default_version AS offered,
       e.extnamespace::regnamespace::text AS schema, e.extversion <> a.default_version AS "isBehind"
     FROM pg_extension e LEFT JOIN pg_available_extensions a ON a.name = e.extname ORDER BY 1`,
  );
  expect(
    data.extensions.map(({ name, installed, offered, schema, verdicts }) => ({
      name,
      installed,
      offered,
      schema,
      isBehind: verdicts.some(({ check }) => check === 'extension-outdated'),
    })),
  ).toEqual(truth);
}

describe.each([14, 15, 16, 17, 18] as const)('extensions on PostgreSQL %i', (major) => {
  const server = useServer(major);

  it('behind what the server offers are told from others, and the fix brings them there', async () => {
    const database = await createDatabase(
      await server.get(),
      `CREATE SCHEMA tools; CREATE EXTENSION pg_stat_statements VERSION '1.8';
       CREATE EXTENSION pg_trgm SCHEMA tools VERSION '1.3'; CREATE EXTENSION hstore`,
    );
    try {
      const connectionId = await open(database.url);
      const before = await overviewOf(connectionId);
      await compareExtensions(database.url, before);
      const behind = before.extensions.filter(({ verdicts }) => verdicts.length > 0);
      expect(behind.map(({ name, installed }) => [name, installed])).toEqual([
        ['pg_stat_statements', '1.8'],
        ['pg_trgm', '1.3'],
      ]);
      for (const { offered, verdicts } of behind) {
        expect(verdicts[0]?.message).toContain(`the server offers ${offered}`);
        for (const sql of verdicts[0]?.fix?.sql ?? []) await database.query(sql);
      }
      const after = await overviewOf(connectionId);
      await compareExtensions(database.url, after);
      expect(after.extensions.map(({ installed, offered }) => installed === offered)).not.toContain(false);
    } finally {
      await database.drop();
    }
  });
});
