import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import pg from 'pg';
import type { ActionRequest } from '#shared/model/plan-request.ts';
import { usePlans } from '../support/plans.ts';
import { stateOf } from '../support/catalog-state.ts';
import { differingLines } from '../support/fixes.ts';
import { createDatabase, type TestDatabase, urlOf, usePrivateServer } from '../support/postgres.ts';

/** An extension of our own whose scripts lead forth and back; servers find it from 18 on. */
const folder = mkdtempSync(join(tmpdir(), 'pgvitals-extension-'));
const extensions = join(folder, 'extension');
mkdirSync(extensions);
// The server may run as another user.
chmodSync(folder, 0o755);
for (const [name, text] of Object.entries({
  'both_ways.control': "default_version = '2'\nrelocatable = true\n",
  'both_ways--1.sql': "CREATE FUNCTION both_ways() RETURNS int LANGUAGE sql AS 'SELECT 1';",
  'both_ways--1--2.sql': "CREATE OR REPLACE FUNCTION both_ways() RETURNS int LANGUAGE sql AS 'SELECT 2';",
  'both_ways--2--1.sql': "CREATE OR REPLACE FUNCTION both_ways() RETURNS int LANGUAGE sql AS 'SELECT 1';",
}))
  writeFileSync(join(extensions, name), text);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each([14, 15, 18] as const)('extensions on %i', (major) => {
  const server = usePrivateServer({
    major,
    settings: {
      shared_preload_libraries: '',
      'pg_stat_statements.max': '1000',
      ...(major >= 18 ? { extension_control_path: `$system:${folder}` } : {}),
    },
  });
  const bench = usePlans();
  let database: TestDatabase;
  let admin: pg.Client;
  let connection: string;

  beforeAll(async () => {
    database = await createDatabase(
      await server.get(),
      `CREATE SCHEMA tools; CREATE ROLE plain LOGIN PASSWORD 'plain'; CREATE EXTENSION pg_stat_statements VERSION '1.8';`,
    );
    admin = new pg.Client({ connectionString: database.url });
    await admin.connect();
    connection = await bench.open(database.url);
  });
  afterAll(async () => {
    await admin?.end();
    await database?.drop();
  });
  const preview = (action: ActionRequest, id = connection) => bench.preview(id, { kind: 'action', action });
  const create = (name: string, schema: string | null = null) =>
    ({ verb: 'create-extension', name, schema }) as const;

  it('are created where asked, with what they require, and go again', async () => {
    for (const [name, schema, made] of [
      ['pgstattuple', null, ['pgstattuple']],
      ['pgcrypto', 'tools', ['pgcrypto']],
      ['earthdistance', null, ['cube', 'earthdistance']],
    ] as const) {
      const before = await stateOf(database.url, admin);
      const job = await bench.act(connection, create(name, schema));
      expect(job, JSON.stringify(job.actions.map(({ error }) => error))).toMatchObject({ outcome: 'done' });
      const rows = await database.query(
        'SELECT extname, extnamespace::regnamespace::text AS schema FROM pg_extension WHERE extname = ANY ($1) ORDER BY 1',
        [made],
      );
      expect(rows).toEqual(made.map((extname) => ({ extname, schema: schema ?? 'public' })));
      expect((await bench.undo(connection, job.id)).outcome).toBe('done');
      expect(differingLines(before, await stateOf(database.url, admin))).toEqual([]);
    }
  });

  it('that something uses by then stay, with what uses them', async () => {
    const job = await bench.act(connection, create('hstore'));
    await database.query('CREATE TABLE uses (h hstore)');
    expect(await bench.undo(connection, job.id)).toMatchObject({ outcome: 'failed' });
    expect(await database.query('SELECT FROM uses')).toEqual([]);
    await database.query('DROP TABLE uses');
    expect(await bench.undo(connection, job.id)).toMatchObject({ outcome: 'done' });
  });

  it('are refused where there is nothing to create, and stopped where the role may not', async () => {
    for (const action of [create('none_such'), create('pg_stat_statements'), create('pgcrypto', 'nowhere')])
      await expect(preview(action)).rejects.toMatchObject({ code: 'PLAN_REFUSED' });
    const plain = await bench.open(
      urlOf(await server.get(), database.name, { user: 'plain', password: 'plain' }),
    );
    expect((await preview(create('pgstattuple'), plain)).preflight).toContainEqual(
      expect.objectContaining({ verdict: 'stop' }),
    );
    await expect(preview({ verb: 'update-extension', name: 'pgcrypto' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  it('of a service are for its administrator too, whatever needs a superuser elsewhere', async () => {
    await admin.query(`CREATE ROLE rdsadmin; CREATE ROLE rds_superuser; GRANT rds_superuser TO plain;
      GRANT CREATE ON DATABASE ${database.name} TO plain`);
    try {
      const id = await bench.open(
        urlOf(await server.get(), database.name, { user: 'plain', password: 'plain' }),
      );
      const { preflight } = await preview(create('pgstattuple'), id);
      expect(preflight.filter(({ verdict }) => verdict === 'stop')).toEqual([]);
      expect(preflight).toContainEqual(
        expect.objectContaining({
          verdict: 'note',
          text: expect.stringContaining('Amazon RDS lets the master user'),
        }),
      );
    } finally {
      await admin.query(
        `REVOKE CREATE ON DATABASE ${database.name} FROM plain; DROP ROLE rds_superuser, rdsadmin`,
      );
    }
  });

  it('that need the server to load them say so', async () => {
    await database.query('DROP EXTENSION pg_stat_statements');
    const plan = await preview(create('pg_stat_statements'));
    expect(plan.preflight.map(({ text }) => text).join('\n')).toContain(
      'pg_stat_statements does nothing until the server loads it at its start',
    );
    await database.query("CREATE EXTENSION pg_stat_statements VERSION '1.8'");
  });

  it('are updated, without a way back where the server has no scripts for one', async () => {
    const plan = await preview({ verb: 'update-extension', name: 'pg_stat_statements' });
    expect(plan.actions[0]).toMatchObject({ way: 'none', undo: [] });
    expect(plan.preflight.map(({ text }) => text).join('\n')).toContain('this cannot be undone');
    const job = await bench.finish(connection, await bench.start(connection, plan));
    expect(job).toMatchObject({ outcome: 'done', noUndo: 'What it changed cannot be put back.' });
    expect(job.actions[0]?.measures[0]?.before).toBe('1.8');
    const [row] = await database.query<{ now: string; offered: string }>(
      `SELECT installed_version AS now, default_version AS offered FROM pg_available_extensions WHERE name = 'pg_stat_statements'`,
    );
    expect(row?.now).toBe(row?.offered);
    await expect(preview({ verb: 'update-extension', name: 'pg_stat_statements' })).rejects.toMatchObject({
      code: 'PLAN_REFUSED',
    });
  });

  it.skipIf(major < 18)('are updated and brought back where it has', async () => {
    await database.query("CREATE EXTENSION both_ways VERSION '1'");
    const before = await stateOf(database.url, admin);
    const job = await bench.act(connection, { verb: 'update-extension', name: 'both_ways' });
    expect(await database.query('SELECT both_ways() AS v')).toEqual([{ v: 2 }]);
    expect((await bench.undo(connection, job.id)).outcome).toBe('done');
    expect(await database.query('SELECT both_ways() AS v')).toEqual([{ v: 1 }]);
    expect(differingLines(before, await stateOf(database.url, admin))).toEqual([]);
  });
});
