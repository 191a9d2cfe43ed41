import { writeFile } from 'node:fs/promises';
import { Socket } from 'node:net';
import { join } from 'node:path';
import pg from 'pg';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { HbaRow } from '#shared/model/security.ts';
import type { EmbeddedPostgres } from '#engine/embedded/server.ts';
import { useEngine } from '../support/insight.ts';
import { query, urlOf, usePrivateServer } from '../support/postgres.ts';

const { engine, open } = useEngine();

const RULES = `local all all trust
host all postgres 127.0.0.1/32 scram-sha-256
host shop,stock clerk 127.0.0.1/32 scram-sha-256
host shop clerk 127.0.0.1/32 md5
host all clerk 127.0.0.1/32 md5
host all +staff 127.0.0.0/8 scram-sha-256
host stock boss 127.0.0.1/32 reject
host all all 127.0.0.0/8 scram-sha-256
host all guest 127.0.0.0/8 reject
hostnossl shop visitor 127.0.0.0/8 reject
host all all 127.0.0.1/32 md5
host all all 0.0.0.0/0 scram-sha-256
host all all 10.0.0.0/8 reject
host all all ::/0 scram-sha-256
host replication all 10.0.0.0/8 scram-sha-256
`;
const PASSWORD = 'rules-3c7d';
const DATABASES = ['shop', 'stock', 'postgres'] as const;
const ROLES = ['clerk', 'boss', 'guest', 'visitor'] as const;
/** All of 127.0.0.0/8 is this machine's, but on macOS. */
const ADDRESSES = process.platform === 'darwin' ? ['127.0.0.1'] : ['127.0.0.1', '127.0.0.2'];

/** The server's log names the line of pg_hba.conf that each session came through. */
describe.each([14, 16, 18] as const)('the rules that sessions come through on PostgreSQL %i', (major) => {
  const server = usePrivateServer({
    major,
    settings: { logging_collector: 'on', log_destination: 'stderr', log_connections: 'on' },
  });
  let started: EmbeddedPostgres;
  let url: string;
  let rules: readonly HbaRow[];

  beforeAll(async () => {
    started = await server.get();
    url = urlOf(started, 'postgres');
    await writeFile(join(started.dataDir, 'pg_hba.conf'), RULES);
    await query(
      url,
      `CREATE ROLE staff; ${['clerk', 'boss', 'guest', 'visitor']
        .map((role) => `CREATE ROLE ${role} LOGIN PASSWORD '${PASSWORD}'`)
        .join(';')}; GRANT staff TO boss`,
    );
    for (const database of ['shop', 'stock']) await query(url, `CREATE DATABASE ${database}`);
    await query(url, 'SELECT pg_reload_conf()');
    // Sessions are let in by the new file once the postmaster has read it.
    await vi.waitFor(
      async () => {
        if ((await lineOf('guest', 'shop')) !== 8) throw new Error('not read yet');
      },
      { timeout: 20_000, interval: 200 },
    );
    const { data } = await engine.insight.security.overview(
      { connectionId: await open(url), maxAgeMs: 0 },
      {},
    );
    rules = data.hbaRules ?? [];
  });

  /** Connects from 127.0.0.1, and reads by which line that was allowed. */
  async function lineOf(role: string, database: string): Promise<number> {
    await query(urlOf(started, database, { user: role, password: PASSWORD }), 'SELECT 1');
    return lastLineOf(role);
  }
  async function lastLineOf(role: string): Promise<number> {
    const [row] = await query<{ log: string }>(url, 'SELECT pg_read_file(pg_current_logfile()) AS log');
    const lines = [
      ...(row?.log.matchAll(
        /connection authenticated: identity="(\w+)" method=\S+ \(.*pg_hba\.conf:(\d+)\)/g,
      ) ?? []),
    ];
    return Number(lines.findLast(([, who]) => who === role)?.[2]);
  }
  const rule = (line: number): HbaRow => {
    const found = rules.find((row) => row.line === line);
    if (!found) throw new Error(`no rule in line ${line}`);
    return found;
  };

  it('are never those that are said to be never used, but those said to come first', async () => {
    expect(Object.fromEntries(rules.map((row) => [row.line, row.shadowedByLine]))).toEqual({
      1: null,
      2: null,
      3: null,
      4: 3,
      5: null,
      6: null,
      // A group takes him before: who is in it is not part of the rules.
      7: null,
      8: null,
      9: 8,
      10: expect.toSatisfy((line) => line === 8 || line === null),
      11: expect.toSatisfy((line) => line === 8 || line === null),
      12: null,
      13: 12,
      14: null,
      15: null,
    });
    for (const [line, role, database] of [
      [4, 'clerk', 'shop'],
      [9, 'guest', 'stock'],
    ] as const)
      expect([line, await lineOf(role, database)]).toEqual([line, rule(line).shadowedByLine]);
    const used = new Set<number>();
    for (const database of DATABASES) for (const role of ROLES) used.add(await lineOf(role, database));
    expect([...used].toSorted((a, b) => a - b)).toEqual([3, 5, 6, 8]);
    for (const line of used) {
      expect([line, rule(line).shadowedByLine]).toEqual([line, null]);
      // All came from 127.0.0.1.
      expect(['loopback', 'anywhere']).toContain(rule(line).reach);
    }
  });

  it('are those that the page names beside each session', async () => {
    const clients: pg.Client[] = [];
    const truth = new Map<string, number>();
    try {
      for (const address of ADDRESSES) {
        for (const database of DATABASES) {
          for (const role of ROLES) {
            const application = `${role} to ${database} from ${address}`;
            const client = new pg.Client({
              connectionString: urlOf(started, database, { user: role, password: PASSWORD }),
              application_name: application,
              stream: () => socketFrom(address),
            });
            await client.connect();
            clients.push(client);
            truth.set(application, await lastLineOf(role));
          }
        }
      }
      const { data } = await engine.insight.security.overview(
        { connectionId: await open(url), maxAgeMs: 0 },
        {},
      );
      const shown = data.sessions.groups.filter(({ application }) => truth.has(application));
      expect(Object.fromEntries(shown.map(({ application, rule: by }) => [application, by?.line]))).toEqual(
        Object.fromEntries(truth),
      );
      for (const { rule: by } of shown) expect(by?.method).toBe(rule(by?.line ?? -1).method);
      expect(new Set(truth.values())).toEqual(new Set([3, 5, 6, 8]));
    } finally {
      for (const client of clients) await client.end();
    }
  });
});

function socketFrom(localAddress: string): Socket {
  const socket = new Socket();
  const connect = socket.connect.bind(socket);
  return Object.assign(socket, {
    connect: (port: number, host: string) => connect({ port, host, localAddress }),
  });
}
