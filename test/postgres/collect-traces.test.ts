import { expect, it } from 'vitest';
import { createDatabase, usePrivateServer } from '../support/postgres.ts';
import { SCHEMA_SQL } from './collect-database.ts';
import { collectFrom } from './collect-support.ts';

// Transaction ids are those of the whole server, and the shared one has other guests.
const server = usePrivateServer({ major: 15 });

it('reading leaves no temporary file and no transaction id behind', async () => {
  const database = await createDatabase(await server.get(), SCHEMA_SQL);
  const nextXid = async (): Promise<number> =>
    Number((await database.query<{ xid: string }>('SELECT pg_current_xact_id()::text AS xid'))[0]?.xid);
  const before = await nextXid();
  await collectFrom(database.url);
  expect((await nextXid()) - before).toBe(1);
  const snapshot = await collectFrom(database.url);
  expect(snapshot.facts.databases?.find((d) => d.name === database.name)?.tempFiles).toBe(0);
});
