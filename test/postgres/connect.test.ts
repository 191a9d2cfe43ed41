import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HOSTILE_SERVERS } from '../faults/hostile-servers.ts';
import { ODD_DATABASE_NAMES, ODD_PASSWORDS } from '../faults/odd-values.ts';
import { type ConnectOptions, connectTarget } from '#engine/postgres/connect.ts';
import {
  askForCleartext,
  askForScram,
  authenticationOk,
  backendKey,
  parameter,
  readyForQuery,
  scramChallenge,
  serverError,
  speakPostgres,
  startFakeServer,
} from '../faults/fake-server.ts';
import { quoteIdentifier, quoteLiteral } from '#engine/postgres/quote.ts';
import { EngineError } from '#engine/errors.ts';
import type { EmbeddedPostgres } from '#engine/embedded/server.ts';
import { freePort } from '#engine/embedded/server.ts';
import { parseConnectionInput } from '#engine/postgres/url.ts';
import { query, urlOf, usePrivateServer } from '../support/postgres.ts';

const shared = usePrivateServer();
let server: EmbeddedPostgres;
let admin: string;

beforeAll(async () => {
  server = await shared.get();
  admin = urlOf(server, 'postgres');
}, 60_000);

/** Opens, and gives what current_database() and current_user say. */
async function whoAmI(text: string): Promise<unknown[]> {
  const connection = await connectTarget(parseConnectionInput(text), { applicationName: 'pgvitals/test' });
  try {
    const [rows] = await connection.query('SELECT current_database(), current_user', [], 5_000);
    return [...(rows?.[0] ?? [])];
  } finally {
    await connection.close();
  }
}

async function failure(text: string, options: Partial<ConnectOptions> = {}): Promise<EngineError> {
  const target = parseConnectionInput(text);
  try {
    const connection = await connectTarget(target, { applicationName: 'pgvitals/test', ...options });
    await connection.close();
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    expect(error.message).toMatch(/^[^\n]+[.]$/);
    expect(error.nextStep, error.message).toMatch(/./);
    if (target.password !== null && target.password.reveal().length > 3) {
      expect(`${error.message} ${error.nextStep}`).not.toContain(target.password.reveal());
    }
    return error;
  }
  throw new Error('The connection was made.');
}

describe('a login that the server refuses', () => {
  const role = (user: string, password = 'pw') => urlOf(server, 'postgres', { user, password });

  beforeAll(async () => {
    for (const statement of [
      `CREATE ROLE limited LOGIN PASSWORD 'pw' CONNECTION LIMIT 0`,
      `CREATE ROLE nologin NOLOGIN PASSWORD 'pw'`,
      `CREATE ROLE expired LOGIN PASSWORD 'pw' VALID UNTIL '2001-01-01'`,
      `CREATE ROLE plain LOGIN PASSWORD 'pw'`,
      'CREATE DATABASE closed_to_plain',
      'REVOKE CONNECT ON DATABASE closed_to_plain FROM PUBLIC',
    ]) {
      await query(admin, statement);
    }
  });

  it('for a wrong password', async () => {
    expect(await failure(role('plain', 'wrong-one'))).toMatchObject({
      code: 'AUTH_FAILED',
      sqlState: '28P01',
    });
  });
  it('for a missing password, and asks for it', async () => {
    const error = await failure(role('plain').replace(':pw@', '@'));
    expect(error).toMatchObject({ code: 'PASSWORD_REQUIRED', nextStep: 'Give the password.' });
    expect(await failure(role('plain').replace(':pw@', ':@'))).toMatchObject({ code: 'PASSWORD_REQUIRED' });
  });
  it('for a role that does not exist', async () => {
    expect(await failure(role('nobody_here'))).toMatchObject({ code: 'AUTH_FAILED' });
  });
  it('for an expired password', async () => {
    expect(await failure(role('expired'))).toMatchObject({ code: 'AUTH_FAILED' });
  });
  it('for a role that may not log in', async () => {
    expect(await failure(role('nologin'))).toMatchObject({ code: 'AUTH_FAILED', sqlState: '28000' });
  });
  it('for a role without a connection left', async () => {
    expect(await failure(role('limited'))).toMatchObject({ code: 'TOO_MANY_CONNECTIONS', sqlState: '53300' });
  });
  it('for a database that does not exist', async () => {
    const error = await failure(urlOf(server, 'no "such" db'));
    expect(error).toMatchObject({ code: 'DATABASE_MISSING', sqlState: '3D000' });
    expect(error.message).toContain('no \\"such\\" db');
  });
  it('for a database without CONNECT, or closed to all', async () => {
    const plain = urlOf(server, 'closed_to_plain', { user: 'plain', password: 'pw' });
    expect(await failure(plain)).toMatchObject({ code: 'PERMISSION_DENIED', sqlState: '42501' });
    expect(await failure(urlOf(server, 'template0'))).toMatchObject({
      code: 'PERMISSION_DENIED',
      sqlState: '55000',
    });
  });
});

describe('nothing to log in to', () => {
  it('is UNKNOWN_HOST for a name that does not exist', async () => {
    expect(await failure('postgres://u@no-such-host.invalid/d')).toMatchObject({ code: 'UNKNOWN_HOST' });
  });
  it('is CONNECTION_REFUSED for a closed port and for a socket that is not there', async () => {
    expect(await failure(`postgres://u@127.0.0.1:${await freePort()}/d`)).toMatchObject({
      code: 'CONNECTION_REFUSED',
    });
    expect(await failure(`postgres://u@localhost:${await freePort()}/d`)).toMatchObject({
      code: 'CONNECTION_REFUSED',
    });
    expect(await failure('postgres:///d?host=/nonexistent')).toMatchObject({ code: 'CONNECTION_REFUSED' });
  });
  it('tries the next address of a host: localhost is ::1 first on many machines', async () => {
    expect(await whoAmI(admin.replace('127.0.0.1', 'localhost'))).toEqual(['postgres', 'postgres']);
  });
});

describe('what is not PostgreSQL', () => {
  for (const sslMode of ['prefer', 'disable', 'require']) {
    it.each(HOSTILE_SERVERS)(`is told apart with sslmode=${sslMode}: $name`, async ({ answer, says }) => {
      const fake = await startFakeServer(answer);
      try {
        const startedMs = performance.now();
        const error = await failure(
          `postgres://u:secret-pw@127.0.0.1:${fake.port}/d?sslmode=${sslMode}&connect_timeout=2`,
        );
        expect(error).toMatchObject({ code: 'NOT_POSTGRESQL' });
        expect(error.message).toContain(says);
        expect(performance.now() - startedMs).toBeLessThan(4_000);
        expect(fake.received()).not.toContain('secret-pw');
      } finally {
        await fake.close();
      }
    });
  }
  it('is no place to fall back to plain text: the second try never comes', async () => {
    // Says yes to TLS, then breaks the handshake.
    const fake = await startFakeServer((socket, chunk) => {
      if (chunk !== null) socket.write(chunk.length === 8 ? 'S' : 'garbage that is no TLS record');
    });
    try {
      expect(await failure(`postgres://u:secret-pw@127.0.0.1:${fake.port}/d`)).toMatchObject({
        code: 'TLS_FAILED',
      });
      expect(fake.connectionCount()).toBe(1);
      expect(fake.received()).not.toContain('user');
    } finally {
      await fake.close();
    }
  });
  it('refuses text slipped in behind the answer to the request for TLS', async () => {
    const fake = await startFakeServer(
      (socket, chunk) => void (chunk?.length === 8 && socket.write('Sextra')),
    );
    try {
      expect(await failure(`postgres://127.0.0.1:${fake.port}/d`)).toMatchObject({ code: 'NOT_POSTGRESQL' });
    } finally {
      await fake.close();
    }
  });
});

describe('other servers that speak the protocol', () => {
  const greet = (...parameters: [string, string][]) => [
    authenticationOk,
    ...parameters.map(([name, value]) => parameter(name, value)),
    backendKey,
    readyForQuery,
  ];
  it.each([
    ['12.22', 'SERVER_TOO_OLD'],
    ['9.6.24', 'SERVER_TOO_OLD'],
    ['8.0.2', 'SERVER_TOO_OLD'],
    ['1.18.0/bouncer', 'NOT_POSTGRESQL'],
  ])('version %s is %s', async (version, code) => {
    const fake = await startFakeServer(speakPostgres(greet(['server_version', version])));
    try {
      expect(await failure(`postgres://127.0.0.1:${fake.port}/d`)).toMatchObject({ code });
    } finally {
      await fake.close();
    }
  });
  it('version 13 is let in with a notice, and CockroachDB is named', async () => {
    const old = await startFakeServer(speakPostgres(greet(['server_version', '13.23'])));
    const cockroach = await startFakeServer(
      speakPostgres(greet(['server_version', '13.0.0'], ['crdb_version', 'v24'])),
    );
    try {
      const target = parseConnectionInput(`postgres://127.0.0.1:${old.port}/d`);
      const connection = await connectTarget(target, { applicationName: 'pgvitals/test' });
      expect(connection.facts).toMatchObject({
        versionNum: 130_023,
        notices: [expect.stringContaining('13.23')],
      });
      await connection.close();
      expect((await failure(`postgres://127.0.0.1:${cockroach.port}/d`)).message).toContain('CockroachDB');
    } finally {
      await Promise.all([old.close(), cockroach.close()]);
    }
  });
  it.each([
    ['57P03', 'the database system is starting up', 'SERVER_STARTING'],
    ['57P03', 'das Datenbanksystem startet', 'SERVER_STARTING'],
    ['53300', 'sorry, too many clients already', 'TOO_MANY_CONNECTIONS'],
    ['0A000', 'unsupported frontend protocol', 'SERVER_TOO_OLD'],
    ['08P01', 'no such user', 'AUTH_FAILED'],
    ['08P01', 'no such database: x', 'DATABASE_MISSING'],
    ['08P01', 'unsupported startup parameter: y', 'CONNECTION_REFUSED'],
  ])('%s "%s" is %s', async (sqlState, text, code) => {
    const fake = await startFakeServer(speakPostgres([serverError(sqlState, text)]));
    try {
      expect(await failure(`postgres://127.0.0.1:${fake.port}/d`)).toMatchObject({ code, sqlState });
    } finally {
      await fake.close();
    }
  });
  it('end the login in time when they fall silent', async () => {
    const fake = await startFakeServer(speakPostgres([authenticationOk]));
    try {
      const startedMs = performance.now();
      expect(await failure(`postgres://127.0.0.1:${fake.port}/d?connect_timeout=2`)).toMatchObject({
        code: 'CONNECTION_TIMEOUT',
      });
      expect(performance.now() - startedMs).toBeLessThan(3_000);
    } finally {
      await fake.close();
    }
  });
  it('do not get the password in clear, nor a weak proof of it, unless they are this machine', async () => {
    const clear = await startFakeServer(speakPostgres([askForCleartext]));
    const weak = await startFakeServer(
      speakPostgres([askForScram], (socket, chunk) => void socket.write(scramChallenge(chunk, 1))),
    );
    const endless = await startFakeServer(
      speakPostgres(
        [askForScram],
        (socket, chunk) => void socket.write(scramChallenge(chunk, 2_147_483_647)),
      ),
    );
    try {
      // 0.0.0.0 reaches this machine too, and does not look like it.
      const url = (port: number, query = '') =>
        `postgres://u:secret-pw@0.0.0.0:${port}/d?connect_timeout=3${query}`;
      expect(await failure(url(clear.port))).toMatchObject({ code: 'AUTH_FAILED' });
      expect(clear.received()).not.toContain('secret-pw');
      expect(await failure(url(weak.port))).toMatchObject({ code: 'AUTH_FAILED' });
      expect(weak.received()).not.toContain('p=');
      expect(await failure(url(endless.port))).toMatchObject({ code: 'AUTH_FAILED' });
      expect(await failure(url(clear.port, '&require_auth=scram-sha-256'))).toMatchObject({
        code: 'AUTH_FAILED',
      });
      expect(clear.received()).not.toContain('secret-pw');
      await failure(url(clear.port, '&require_auth=password'));
      expect(clear.received()).toContain('secret-pw');
    } finally {
      await Promise.all([clear.close(), weak.close(), endless.close()]);
    }
  });
});

describe('an abort', () => {
  it('ends the connecting at once', async () => {
    const fake = await startFakeServer(() => undefined);
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 100);
    try {
      const startedMs = performance.now();
      await expect(
        connectTarget(parseConnectionInput(`postgres://127.0.0.1:${fake.port}/d`), {
          applicationName: 'pgvitals/test',
          signal: controller.signal,
        }),
      ).rejects.toMatchObject({ code: 'CANCELLED' });
      expect(performance.now() - startedMs).toBeLessThan(1_000);
    } finally {
      await fake.close();
    }
  });
  it('that came before is heard', async () => {
    await expect(
      connectTarget(parseConnectionInput(admin), { applicationName: 'x', signal: AbortSignal.abort() }),
    ).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});

describe('odd values reach the server unchanged', () => {
  it('passwords, from a URL, a keyword string and fields', async () => {
    let index = 0;
    for (const password of ODD_PASSWORDS) {
      index += 1;
      const user = `odd_${index}`;
      await query(admin, `CREATE ROLE ${user} LOGIN PASSWORD ${quoteLiteral(password)}`);
      const fields = { host: server.host, port: server.port, database: 'postgres', user, password };
      const connection = await connectTarget(parseConnectionInput(fields), { applicationName: 'x' });
      await connection.close();
      expect([password, ...(await whoAmI(urlOf(server, 'postgres', { user, password })))]).toEqual([
        password,
        'postgres',
        user,
      ]);
    }
    const quoted = `'${(ODD_PASSWORDS[29] ?? '').replace(/[\\']/g, '\\$&')}'`;
    expect(
      await whoAmI(`host=127.0.0.1 port=${server.port} user=odd_30 dbname=postgres password=${quoted}`),
    ).toEqual(['postgres', 'odd_30']);
  });
  it('database names', async () => {
    for (const name of ODD_DATABASE_NAMES) {
      await query(admin, `CREATE DATABASE ${quoteIdentifier(name)} TEMPLATE template0`);
      expect(await whoAmI(urlOf(server, name))).toEqual([name, 'postgres']);
      await query(admin, `DROP DATABASE ${quoteIdentifier(name)}`);
    }
  }, 60_000);
});

describe('the environment', () => {
  const planted = {
    PGHOST: '192.0.2.1',
    PGUSER: 'nobody',
    PGDATABASE: 'nowhere',
    PGPASSWORD: 'wrong',
    PGOPTIONS: '-c search_path=evil',
    PGSSLMODE: 'verify-full',
    PGSSLNEGOTIATION: 'direct',
    PGAPPNAME: 'evil',
    PGCLIENTENCODING: 'LATIN1',
    PGREPLICATION: 'database',
  };
  const before = { ...process.env };
  beforeAll(() => {
    Object.assign(process.env, planted);
  });
  afterAll(() => {
    for (const name of Object.keys(planted)) delete process.env[name];
    Object.assign(process.env, before);
  });
  it('has no say in a target', async () => {
    const connection = await connectTarget(parseConnectionInput(admin), { applicationName: 'pgvitals/test' });
    const [rows] = await connection.query(
      "SELECT current_user, current_setting('search_path'), current_setting('application_name'), current_setting('client_encoding')",
      [],
      5_000,
    );
    await connection.close();
    expect(rows?.[0]).toEqual(['postgres', '"$user", public', 'pgvitals/test', 'UTF8']);
    const noPassword = admin.replace(/:[^:@/]*@/, '@');
    expect(await failure(noPassword)).toMatchObject({
      code: 'PASSWORD_REQUIRED',
      nextStep: 'Give the password.',
    });
  });
});
