import { afterAll, beforeAll, expect, it } from 'vitest';
import pg from 'pg';
import type { Audit } from '#shared/model/audit.ts';
import { createEngine } from '#engine/create-engine.ts';
import type { Engine } from '#engine/engine.ts';
import { createNodeHost } from '../../electron/hosts/node-host.ts';
import { createDatabase, type TestDatabase, useServer } from '../support/postgres.ts';

const server = useServer(16);
let database: TestDatabase;
let admin: pg.Client;
let engine: Engine;
beforeAll(async () => {
  database = await createDatabase(
    await server.get(),
    `CREATE TABLE items (id int PRIMARY KEY, kind int, parent int REFERENCES items);
     CREATE INDEX ON items (kind); CREATE INDEX ON items (kind); CREATE SEQUENCE loose`,
  );
  admin = new pg.Client({ connectionString: database.url });
  await admin.connect();
  engine = createEngine(
    createNodeHost({ kind: 'in-process', toolVersion: 'test', writeLogLine: () => undefined }),
  );
});
afterAll(async () => {
  await engine?.close();
  await admin?.end();
  await database?.drop();
});

/** Its last event; where `isCut`, our backends are ended while facts are read. */
async function audit(connectionId: string, isCut = false): Promise<Audit> {
  let killing: Promise<unknown> | null = null;
  let found: Audit | null = null;
  for await (const event of engine.audit(connectionId, {})) {
    if (isCut && event.type === 'progress' && event.phase === 'collect')
      killing ??= admin.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND application_name LIKE 'pgvitals/%'`,
      );
    if (event.type === 'done') found = event.audit;
  }
  await killing;
  if (!found) throw new Error('The audit told no end.');
  return found;
}

it('an audit that loses its link says so, leaves nothing half behind, and the next one is whole', async () => {
  const { id } = await engine.open({ text: database.url }, {});
  const input = { connectionId: id };
  const historyOf = async () =>
    (await engine.insight.history.overview({ ...input, range: 'hour' }, {})).data.audits.length;

  const cut = await audit(id, true);
  expect(cut.isComplete).toBe(false);
  expect(cut.interruption).toMatch(
    /^The connection ended before .+ could be read: .+ Run the audit again; PgVitals connects anew by itself\.$/,
  );
  expect(cut.coverage.run).toBeLessThan(cut.coverage.applicable);
  expect(engine.renderReport(id, 'md', { redact: false }).text).toContain('Run the audit again');
  expect(await historyOf()).toBe(0);
  // What it could not read is read by the page that needs it, though any age would do.
  for (const read of [engine.insight.schema.overview, engine.insight.security.overview])
    expect((await read(input, {})).unread).toEqual([]);

  const whole = await audit(id);
  expect(whole.isComplete).toBe(true);
  expect(whole.interruption).toBeNull();
  // What was not read is not none.
  for (const figure of ['tables', 'indexes', 'foreignKeys', 'sequences', 'roles', 'extensions'] as const)
    expect([figure, [null, whole.facts[figure]]]).toEqual([
      figure,
      expect.arrayContaining([cut.facts[figure]]),
    ]);
  const indexes = await engine.insight.indexes.overview(input, {});
  await audit(id, true);
  // What was whole before stays.
  expect((await engine.insight.indexes.overview(input, {})).unread).toEqual(indexes.unread);
  expect(await historyOf()).toBe(1);
  // Nothing passes for new because the audit in between had not seen it.
  const again = await audit(id);
  expect(again.findings.length).toBeGreaterThan(0);
  expect(again.findings.filter(({ status }) => status === 'new')).toEqual([]);
});
