import { afterAll, beforeAll, expect, it } from 'vitest';
import { createEngine } from '#engine/create-engine.ts';
import type { Engine } from '#engine/engine.ts';
import { createNodeHost } from '../../electron/hosts/node-host.ts';
import { createDatabase, type TestDatabase, useServer } from '../support/postgres.ts';

const server = useServer();
const databases: TestDatabase[] = [];
let engine: Engine;
beforeAll(async () => {
  databases.push(await createDatabase(await server.get()), await createDatabase(await server.get()));
  engine = createEngine(
    createNodeHost({ kind: 'in-process', toolVersion: 'test', writeLogLine: () => undefined }),
  );
});
afterAll(async () => {
  await engine?.close();
  for (const database of databases) await database.drop();
});

it('each database of the server is opened by the same login, once, and audited by itself', async () => {
  const [first, second] = databases.map(({ name }) => name);
  const own = await engine.open({ text: databases[0]?.url ?? '' }, {});
  const find = async (name: string | undefined) =>
    (await engine.databases(own.id, {})).find((database) => database.name === name);
  expect(await find(first)).toMatchObject({ isOwn: true, connectionId: own.id, lastAudit: null });
  expect(await find(second)).toMatchObject({ isOwn: false, connectionId: null, allowsConnections: true });
  expect(await find('template1')).toBeUndefined();

  const other = await engine.openDatabase(own.id, second ?? '', {});
  expect(other).toMatchObject({ database: second, role: own.role, environment: null });
  expect(other.id).not.toBe(own.id);
  expect(await engine.openDatabase(own.id, second ?? '', {})).toEqual(other);
  expect((await find(second))?.connectionId).toBe(other.id);
  for await (const _ of engine.audit(other.id, {}));
  expect((await find(second))?.lastAudit?.grade).toBe(engine.latestAudit(other.id)?.grade.overall);
  expect((await find(first))?.lastAudit).toBeNull();
  await expect(engine.openDatabase(own.id, 'no such database', {})).rejects.toMatchObject({
    code: 'DATABASE_MISSING',
  });
});
