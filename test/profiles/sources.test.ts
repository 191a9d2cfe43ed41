import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createEngine } from '#engine/create-engine.ts';
import type { Host } from '#engine/host.ts';
import { addressesIn } from '#engine/sources/env-files.ts';
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
  await writeFile(join(project, '.env.example'), 'DATABASE_URL=postgresql://u@example/d\n');
  await writeFile(join(project, 'other.env'), 'DATABASE_URL=postgresql://u@other/d\n');
  expect((await addressesIn(project)).map(({ name }) => name)).toEqual([
    'DB in .env',
    'DATABASE_URL in .env.production',
  ]);
  await expect(addressesIn(join(project, 'missing'))).rejects.toMatchObject({ code: 'FILE_NOT_READABLE' });

  const folders = { choose: async () => project, show: async () => undefined };
  const found = await at({}, folders).project({});
  expect(found?.map(({ address, hasPassword }) => [address, hasPassword])).toEqual([
    ['u@h:6432/d', true],
    ['u@prod.example:5432/d', false],
  ]);
  expect(JSON.stringify(found)).not.toContain('canary');
  expect(await at({}, { ...folders, choose: async () => null }).project({})).toBeNull();
  await expect(at({}).project({})).rejects.toMatchObject({ code: 'BAD_INPUT' });
});
