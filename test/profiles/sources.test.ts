import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createEngine } from '#engine/create-engine.ts';
import { freePort } from '#engine/embedded/server.ts';
import type { Host } from '#engine/host.ts';
import { findContainers } from '#engine/sources/containers.ts';
import { addressesIn, addressOfEnvFile } from '#engine/sources/env-files.ts';
import { findLocalServers } from '#engine/sources/local-servers.ts';
import { createSources } from '#engine/sources/sources.ts';
import { createNodeHost } from '../../electron/hosts/node-host.ts';
import { type TestServer, urlOf, useServer } from '../support/postgres.ts';

const CANARY = 'canary-word';
const shared = useServer();
let server: TestServer;
let folder: string;
beforeAll(async () => {
  server = await shared.get();
  folder = await mkdtemp(join(tmpdir(), 'pgvitals-sources-'));
  await writeFile(
    join(folder, '.pg_service.conf'),
    `[shop]\nhost=127.0.0.1\nport=${server.port}\nuser=postgres\ndbname=postgres\n# [not this]\n[ other ]\nhost=db.example\n`,
  );
  await writeFile(join(folder, '.pgpass'), `127.0.0.1:${server.port}:*:postgres:${server.password}\n`);
  await chmod(join(folder, '.pgpass'), 0o600);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const at = (environment: Host['environment'], folders: Host['folders'] = null) =>
  createSources({ host: { environment, folders }, homeDirectory: folder });

describe('what is written down on this machine', () => {
  it('is listed: services as the file has them now, URLs by their variables, PG* together; no secret is', async () => {
    const found = await at({
      DATABASE_URL: `postgresql+asyncpg://bot:${CANARY}@db.example/shop`,
      PGVITALS_URL: 'mysql://x/y',
      PGHOST: 'pg.example',
      PGPASSWORD: CANARY,
      PGUSER: 'someone',
    }).list({});
    expect(found.map(({ kind, name, address, hasPassword }) => [kind, name, address, hasPassword])).toEqual([
      ['service', 'shop', `postgres@127.0.0.1:${server.port}/postgres`, true],
      ['service', ' other ', expect.stringContaining('db.example:5432'), true],
      ['environment', 'DATABASE_URL', 'bot@db.example:5432/shop', true],
      ['environment', 'PG* variables', 'someone@pg.example:5432/someone', true],
    ]);
    expect(JSON.stringify(found)).not.toContain('canary');
    expect(await at({ PGSERVICEFILE: join(folder, 'missing') }).list({})).toEqual([]);
  });

  it('leads to a database, with the passfile, and keeps its id while it is looked at again', async () => {
    const sources = at({});
    const [first] = await sources.list({});
    const [again] = await sources.list({});
    expect(again?.id).toBe(first?.id);
    const target = await sources.target(first?.id ?? '', {});
    expect(target.password?.reveal()).toBe(server.password);
    await expect(sources.target('unknown', {})).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('is opened like any other', async () => {
    const host = createNodeHost({
      kind: 'in-process',
      toolVersion: 'test',
      environment: { DATABASE_URL: urlOf(server, 'postgres') },
      writeLogLine: () => undefined,
    });
    const engine = createEngine(host);
    onTestFinished(() => engine.close());
    const source = (await engine.sources.list({})).find(({ name }) => name === 'DATABASE_URL');
    expect(await engine.openSource(source?.id ?? '', {})).toMatchObject({ database: 'postgres' });
  });
});

it('local servers are those that answer as PostgreSQL does', async () => {
  expect(await findLocalServers({ socketFolders: ['/no/such/folder'], ports: [server.port, 1] })).toEqual([
    { host: '127.0.0.1', port: server.port },
  ]);
});

it('the .env files of a project are read for URLs of PostgreSQL, and for nothing else', async () => {
  const project = await mkdtemp(join(tmpdir(), 'pgvitals-project-'));
  onTestFinished(() => rm(project, { recursive: true, force: true }));
  await writeFile(
    join(project, '.env'),
    `A=1\nDB="postgres://u:${CANARY}@h:6432/d"\nCACHE=redis://h\nREF=\${DB}\n`,
  );
  await writeFile(join(project, '.env.production'), 'DATABASE_URL=postgresql://u@prod.example/d\n');
  await writeFile(join(project, '.env.test'), `PGHOST=test.example\nPGUSER=t\nPGPASSWORD=${CANARY}\n`);
  await writeFile(join(project, '.env.example'), 'DATABASE_URL=postgresql://u@example/d\n');
  await writeFile(join(project, 'other.env'), 'DATABASE_URL=postgresql://u@other/d\n');
  expect((await addressesIn(project)).map(({ name }) => name)).toEqual([
    'DB in .env',
    'DATABASE_URL in .env.production',
    'PG* variables in .env.test',
  ]);
  await expect(addressesIn(join(project, 'missing'))).rejects.toMatchObject({ code: 'FILE_NOT_READABLE' });

  const folders = { choose: async () => project, show: async () => undefined };
  const found = await at({}, folders).project({});
  expect(found?.map(({ address, hasPassword }) => [address, hasPassword])).toEqual([
    ['u@h:6432/d', true],
    ['u@prod.example:5432/d', false],
    ['t@test.example:5432/t', true],
  ]);
  expect(JSON.stringify(found)).not.toContain('canary');
  expect(await at({}, { ...folders, choose: async () => null }).project({})).toBeNull();
  await expect(at({}).project({})).rejects.toMatchObject({ code: 'BAD_INPUT' });
});

it('the one .env file of a command line names one database, or says which it could be', async () => {
  const file = join(folder, 'one.env');
  const read = async (text: string) => {
    await writeFile(file, text);
    const { parameters } = await addressOfEnvFile(file);
    return `${parameters.values.get('user')}@${parameters.values.get('host')}`;
  };
  const [first, other] = ['A=postgresql://a@h.example/d\n', 'DATABASE_URL=postgresql://b@h.example/d\n'];
  const parts = 'PGHOST=p.example\nPGUSER=c\n';
  expect(await read(first + other + parts)).toBe('b@h.example');
  expect(await read(first + parts)).toBe('a@h.example');
  expect(await read(parts)).toBe('c@p.example');
  for (const [text, words] of [
    ['', 'names no PostgreSQL database'],
    [`DATABASE_URL=mysql://u:${CANARY}@h/d\nPGUSER=x\n`, 'names no PostgreSQL database'],
    [`${first}B=postgres://u:${CANARY}@h/d\n`, 'names several databases: A, B.'],
  ] as const) {
    const error: unknown = await read(text).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: 'BAD_INPUT',
      message: `The file ${file} ${words}`.replace(/[^.]$/, '$&.'),
    });
    expect(JSON.stringify(error)).not.toContain('canary');
  }
  await expect(addressOfEnvFile(join(folder, 'missing.env'))).rejects.toMatchObject({
    code: 'FILE_NOT_READABLE',
  });
});

describe('containers', () => {
  /** The API of Docker as far as it is asked: https://docs.docker.com/reference/api/engine/version/v1.47/ */
  const startDocker = async (answer: (path: string) => unknown): Promise<string> => {
    const socket = join(folder, `docker-${await freePort()}.sock`);
    const daemon = createServer((request, response) => {
      const body = answer(request.url ?? '');
      if (body === 'hangs') return;
      response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/json' });
      response.end(typeof body === 'string' ? body : JSON.stringify(body ?? { message: 'page not found' }));
    });
    await new Promise<void>((resolve) => daemon.listen(socket, resolve));
    onTestFinished(() => {
      daemon.closeAllConnections();
      daemon.close();
    });
    return socket;
  };
  const find = (socket: string) =>
    findContainers({ environment: { DOCKER_HOST: `unix://${socket}` }, homeDirectory: folder });
  const ids = ['a', 'b', 'c', 'd'].map((letter) => letter.repeat(64));

  it('with a published port where PostgreSQL answers are listed by their names, and opened by what their image was told', async () => {
    const port = { PrivatePort: 5432, PublicPort: server.port, Type: 'tcp' };
    const closed = await freePort();
    const asked: string[] = [];
    const socket = await startDocker((path) => {
      asked.push(path);
      if (path === '/containers/json')
        return [
          {
            Id: ids[0],
            Names: ['/shop-db-1'],
            Image: 'postgres:17',
            State: 'running',
            Labels: { 'com.docker.compose.project': 'shop', 'com.docker.compose.service': 'db' },
            Ports: [
              { IP: '0.0.0.0', ...port },
              { IP: '::', ...port },
            ],
          },
          {
            Id: ids[1],
            Names: ['/bare'],
            Image: 'own/database',
            Labels: {},
            Ports: [{ IP: '127.0.0.1', ...port }],
          },
          {
            Id: ids[2],
            Names: ['/unpublished'],
            Image: 'postgres:16',
            Labels: null,
            Ports: [{ PrivatePort: 5432, Type: 'tcp' }],
          },
          {
            Id: ids[3],
            Names: ['/silent'],
            Image: 'postgres:16',
            Labels: {},
            Ports: [{ IP: '0.0.0.0', PrivatePort: 5432, PublicPort: closed, Type: 'tcp' }],
          },
        ];
      if (path === `/containers/${ids[0]}/json`)
        return {
          Config: { Env: ['PATH=/bin', 'POSTGRES_USER=postgres', `POSTGRES_PASSWORD=${server.password}`] },
        };
      return path === `/containers/${ids[1]}/json` ? { Config: { Env: null } } : undefined;
    });
    const sources = at({ DOCKER_HOST: `unix://${socket}` });
    const found = (await sources.local({})).filter(({ kind }) => kind === 'container');
    const address = `postgres@127.0.0.1:${server.port}/postgres`;
    expect(found.map(({ id: _id, ...shown }) => shown)).toEqual([
      { kind: 'container', name: 'bare', address, hasPassword: false },
      { kind: 'container', name: 'shop · db', address, hasPassword: true },
    ]);
    expect(JSON.stringify(found)).not.toContain(server.password);
    const target = await sources.target(found[1]?.id ?? '', {});
    expect(target.password?.reveal()).toBe(server.password);
    // Those that nobody could connect to are not asked for what they know.
    expect(asked.toSorted()).toEqual(
      ['/containers/json', `/containers/${ids[0]}/json`, `/containers/${ids[1]}/json`].toSorted(),
    );
  });

  it('are none where no Docker answers, or something else does, or it takes long', async () => {
    for (const answer of ['{"message":"client is too old"}', '<html>', '[{"Id":"../x"}]', '[]', 'hangs'])
      expect([answer, await find(await startDocker(() => answer))]).toEqual([answer, []]);
    expect(await find(join(folder, 'missing.sock'))).toEqual([]);
    expect(
      await findContainers({ environment: { DOCKER_HOST: 'ssh://elsewhere' }, homeDirectory: folder }),
    ).toEqual([]);
  });
});
