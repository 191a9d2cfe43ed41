import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ActionRequest } from '#shared/model/plan-request.ts';
import { createPlanDatabase, MAJORS, type PlanDatabase } from '../support/plan-database.ts';
import { usePlans } from '../support/plans.ts';
import { query, urlOf, usePrivateServer } from '../support/postgres.ts';

const bench = usePlans();

describe.each(MAJORS)('settings of the server on %i', (major) => {
  const server = usePrivateServer({ major });
  let database: PlanDatabase;
  let file: string;

  beforeAll(async () => {
    database = await createPlanDatabase(bench, await server.get(), '');
    const [row] = await database.query<{ path: string }>("SELECT current_setting('data_directory') AS path");
    file = join(row?.path ?? '', 'postgresql.auto.conf');
    for (const sql of [
      "ALTER SYSTEM SET work_mem = '4321kB'",
      "ALTER SYSTEM SET log_min_duration_statement = '2500'",
      "ALTER SYSTEM SET search_path = 'Odd, one', 'it''s', public",
    ])
      await database.admin.query(sql);
    await database.query('SELECT pg_reload_conf()');
  });
  afterAll(() => database?.drop());

  const set = (name: string, value: string | null): ActionRequest => ({
    verb: 'server-setting',
    name,
    value,
  });
  const refusal = async (connection: string, action: ActionRequest) =>
    bench.preview(connection, { kind: 'action', action }).then(
      ({ title }) => ({ code: 'accepted', message: title, nextStep: null }),
      ({ code, message, nextStep }: { code: string; message: string; nextStep: string | null }) => ({
        code,
        message,
        nextStep,
      }),
    );
  /** In force for a new session, asked apart from the engine. */
  const inForce = async (name: string) =>
    (await query<{ value: string }>(database.url, 'SELECT current_setting($1) AS value', [name]))[0]?.value;

  it('adds an entry and takes it away: the file is the same, byte for byte', async () => {
    const before = await readFile(file, 'utf8');
    const job = await database.act(set('statement_timeout', '12min'));
    expect(job).toMatchObject({ outcome: 'done', risk: 'R4', noUndo: null });
    expect(job.actions[0]?.measures).toEqual([
      { label: 'In postgresql.auto.conf', unit: 'text', before: null, after: '12min' },
      expect.objectContaining({ label: 'statement_timeout' }),
      { label: 'Waits for a restart', unit: 'text', before: 'no', after: 'no' },
    ]);
    expect(await inForce('statement_timeout')).toBe('12min');
    const undone = await bench.undo(database.connection, job.id);
    expect(undone.outcome).toBe('done');
    expect(await readFile(file, 'utf8')).toBe(before);
    expect(await inForce('statement_timeout')).toBe('0');
  });

  it('replaces an entry and puts its text back; only the order of lines is the server’s own', async () => {
    const before = await readFile(file, 'utf8');
    for (const action of [set('work_mem', '9MB'), set('work_mem', null)]) {
      const job = await database.act(action);
      expect(job.outcome).toBe('done');
      expect(await inForce('work_mem')).toBe(
        action.verb === 'server-setting' && action.value ? '9MB' : '4MB',
      );
      expect(job.actions[0]?.measures[1]).toEqual({
        label: 'work_mem',
        unit: 'text',
        before: '4321kB',
        after: await inForce('work_mem'),
      });
      await bench.undo(database.connection, job.id);
      expect(await inForce('work_mem')).toBe('4321kB');
      expect(sorted(await readFile(file, 'utf8'))).toEqual(sorted(before));
    }
    // Last in the file now, so it stays where it is.
    const last = await readFile(file, 'utf8');
    await bench.undo(database.connection, (await database.act(set('work_mem', '10MB'))).id);
    expect(await readFile(file, 'utf8')).toBe(last);
  });

  it('quotes each item of a list by itself, and restores odd ones', async () => {
    const before = await readFile(file, 'utf8');
    const libraries = await database.act(set('shared_preload_libraries', 'pg_stat_statements, auto_explain'));
    expect(libraries.actions[0]?.sql[0]).toBe(
      `ALTER SYSTEM SET "shared_preload_libraries" = 'pg_stat_statements', 'auto_explain'`,
    );
    expect(await readFile(file, 'utf8')).toContain(
      "shared_preload_libraries = 'pg_stat_statements, auto_explain'\n",
    );
    expect(libraries.actions[0]?.measures[2]).toMatchObject({ before: 'no', after: 'yes' });
    await bench.undo(database.connection, libraries.id);
    expect(await readFile(file, 'utf8')).toBe(before);

    const path = await database.act(set('search_path', '"a ""b""", c'));
    expect(await inForce('search_path')).toBe('"a ""b""", c');
    await bench.undo(database.connection, path.id);
    expect(await inForce('search_path')).toBe(`"Odd, one", "it's", public`);
    expect(sorted(await readFile(file, 'utf8'))).toEqual(sorted(before));
    expect(await refusal(database.connection, set('shared_preload_libraries', ' '))).toMatchObject({
      code: 'PLAN_REFUSED',
    });
  });

  it('says that a restart is needed', async () => {
    const plan = await database.preview(set('max_connections', '77'));
    expect(plan.preflight).toContainEqual(
      expect.objectContaining({
        verdict: 'warning',
        text: 'max_connections takes effect when the server is restarted, not before.',
      }),
    );
    expect(plan.phrase).toBe('max_connections');
  });

  it('keeps the file as it was where the server refuses the value', async () => {
    const before = await readFile(file, 'utf8');
    const job = await database.act(set('work_mem', 'much'));
    expect(job).toMatchObject({ outcome: 'failed', actions: [{ ran: 0, error: { sqlState: '22023' } }] });
    expect(await readFile(file, 'utf8')).toBe(before);
  });

  it('refuses what cannot or must not be changed', async () => {
    const asked = [
      set('block_size', '4096'),
      set('no_such_setting', '1'),
      set('checkpoint_timeout', null),
      set('work_mem', '4321kB'),
      set('primary_conninfo', 'host=h password=secret'),
    ];
    const answers = await Promise.all(asked.map((action) => refusal(database.connection, action)));
    expect(answers.map(({ code }) => code)).toEqual(asked.map(() => 'PLAN_REFUSED'));
    expect(answers.map(({ message }) => message)).toEqual([
      expect.stringContaining('block_size is fixed'),
      expect.stringContaining('There is no setting no_such_setting'),
      expect.stringContaining('there is nothing to reset'),
      expect.stringContaining('to this value already'),
      expect.stringContaining('holds a password'),
    ]);
    if (major < 17) return;
    await appendTo(file, "allow_alter_system = 'off'\n", async () => {
      expect(await refusal(database.connection, set('work_mem', '1MB'))).toMatchObject({
        code: 'PLAN_REFUSED',
        message: expect.stringContaining('allow_alter_system is off'),
      });
    });
  });

  it('hands the change over in words where a provider has its own console', async () => {
    await database.query('CREATE ROLE rds_superuser; CREATE ROLE rdsadmin');
    try {
      const connection = await bench.open(database.url);
      expect(await refusal(connection, set('work_mem', '8MB'))).toEqual({
        code: 'PLAN_REFUSED',
        message:
          'On Amazon RDS settings are changed in the DB parameter group of the instance, not with ALTER SYSTEM.',
        nextStep: expect.stringMatching(/^Set work_mem to 8MB in the DB parameter group/),
      });
    } finally {
      await database.query('DROP ROLE rds_superuser, rdsadmin');
    }
  });

  it('is for superusers, and from 15 on for those who were granted it', async () => {
    const role = { user: `setter_${major}`, password: 'pw' };
    await database.query(`CREATE ROLE ${role.user} LOGIN PASSWORD 'pw'; GRANT pg_monitor TO ${role.user}`);
    const connection = await bench.open(urlOf(await server.get(), database.name, role));
    const answer = await refusal(connection, set('work_mem', '7MB'));
    if (major < 15) {
      expect(answer).toMatchObject({
        code: 'PLAN_REFUSED',
        message: 'Before PostgreSQL 15 only a superuser may use ALTER SYSTEM.',
      });
      return;
    }
    expect(answer).toMatchObject({
      code: 'PLAN_REFUSED',
      message: `The role ${role.user} may not change work_mem.`,
      nextStep: `A superuser can permit it: GRANT ALTER SYSTEM ON PARAMETER work_mem TO "${role.user}"; GRANT EXECUTE ON FUNCTION pg_reload_conf() TO "${role.user}";`,
    });
    for (const grant of (answer.nextStep ?? '').replace('A superuser can permit it: ', '').split('; '))
      await database.query(grant);
    const before = await readFile(file, 'utf8');
    const job = await bench.act(connection, set('work_mem', '7MB'));
    expect(job.outcome).toBe('done');
    expect(await inForce('work_mem')).toBe('7MB');
    await bench.undo(connection, job.id);
    expect(await inForce('work_mem')).toBe('4321kB');
    expect(sorted(await readFile(file, 'utf8')).length).toBe(sorted(before).length);
  });

  async function appendTo(path: string, line: string, work: () => Promise<void>): Promise<void> {
    const before = await readFile(path, 'utf8');
    try {
      await writeFile(path, before + line);
      await reload();
      await work();
    } finally {
      await writeFile(path, before);
      await reload();
    }
  }

  /** The engine's session has its own moment of reading the files. */
  async function reload(): Promise<void> {
    await database.query('SELECT pg_reload_conf()');
    await expect.poll(async () => inForce('work_mem')).toBe('4321kB');
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
});

function sorted(text: string): string[] {
  return text.split('\n').toSorted();
}
