import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPlanDatabase, MAJORS, type PlanDatabase } from '../support/plan-database.ts';
import { usePlans } from '../support/plans.ts';
import { useServer } from '../support/postgres.ts';

const bench = usePlans();

describe.each(MAJORS)('storage and autovacuum parameters on %i', (major) => {
  const server = useServer(major);
  let database: PlanDatabase;

  beforeAll(async () => {
    database = await createPlanDatabase(
      bench,
      await server.get(),
      `CREATE TABLE t (id int, body text)
         WITH (fillfactor = 90, autovacuum_enabled = off, autovacuum_vacuum_threshold = 7, toast.autovacuum_enabled = false, toast.autovacuum_vacuum_threshold = 9);
       CREATE TABLE narrow (id int);
       CREATE MATERIALIZED VIEW mv WITH (autovacuum_vacuum_scale_factor = 0.05) AS SELECT 1 AS id, 'x'::text AS body;
       CREATE TABLE parts (id int) PARTITION BY RANGE (id);`,
    );
  });
  afterAll(() => database?.drop());

  const change = async (name: string, options: Readonly<Record<string, string | null>>) =>
    ({ verb: 'table-options', table: await database.oid(name), options: { ...options } }) as const;
  const reloptions = async (name: string) => {
    const [row] = await database.query<{ own: string[] | null; toast: string[] | null }>(
      `SELECT c.reloptions AS own, t.reloptions AS toast FROM pg_class c LEFT JOIN pg_class t ON t.oid = c.reltoastrelid
       WHERE c.oid = $1::regclass`,
      [name],
    );
    return row;
  };

  it('sets and resets in one statement, and the undo restores values and order', async () => {
    const request = await change('t', {
      fillfactor: '70',
      autovacuum_enabled: null,
      parallel_workers: '2',
      'toast.autovacuum_enabled': null,
      'toast.log_autovacuum_min_duration': '5',
    });
    const plan = await database.preview(request);
    expect(plan).toMatchObject({ risk: 'R1', phrase: null });
    expect(plan.actions[0]?.sql).toHaveLength(1);
    expect(plan.actions[0]?.undo).toHaveLength(1);
    const before = await reloptions('t');
    const { job, undone, changed, left } = await database.thereAndBack(request);
    expect([job.outcome, undone.outcome]).toEqual(['done', 'done']);
    expect(job.actions[0]?.measures[0]?.after).toContain('fillfactor=70');
    expect(changed.length).toBeGreaterThan(0);
    expect(left).toEqual([]);
    expect(await reloptions('t')).toEqual(before);
  });

  it('changes what it was asked to', async () => {
    await database.query(
      'CREATE TABLE other (id int, body text) WITH (fillfactor = 90, parallel_workers = 1)',
    );
    const job = await database.act(
      await change('other', {
        parallel_workers: null,
        autovacuum_vacuum_scale_factor: '0.01',
        'toast.vacuum_truncate': 'off',
      }),
    );
    expect(job.outcome).toBe('done');
    expect(await reloptions('other')).toEqual({
      own: ['fillfactor=90', 'autovacuum_vacuum_scale_factor=0.01'],
      toast: ['vacuum_truncate=off'],
    });
    await bench.undo(database.connection, job.id);
    expect(await reloptions('other')).toEqual({ own: ['fillfactor=90', 'parallel_workers=1'], toast: null });
  });

  it('works on a materialized view', async () => {
    const { job, left } = await database.thereAndBack(
      await change('mv', { autovacuum_vacuum_scale_factor: '0.2', 'toast.autovacuum_enabled': 'false' }),
    );
    expect(job).toMatchObject({ outcome: 'done', actions: [{ way: 'exact' }] });
    expect(job.actions[0]?.sql[0]).toMatch(/^ALTER MATERIALIZED VIEW "public"."mv" SET \(/);
    expect(left).toEqual([]);
  });

  it('refuses early what the server would not take, in words', async () => {
    const refusedWith = async (name: string, options: Record<string, string | null>) =>
      database.preview(await change(name, options)).then(
        () => 'accepted',
        (error: { code: string; message: string }) => `${error.code}: ${error.message}`,
      );
    expect(await refusedWith('t', { autovacum_enabled: 'off' })).toMatch(
      /^PLAN_REFUSED: autovacum_enabled is not a storage or autovacuum parameter/,
    );
    expect(await refusedWith('t', { 'toast.fillfactor': '50' })).toMatch(
      /^PLAN_REFUSED: toast.fillfactor is not/,
    );
    expect(await refusedWith('narrow', { 'toast.autovacuum_enabled': 'off' })).toMatch(/has no TOAST table/);
    expect(await refusedWith('parts', { fillfactor: '50' })).toMatch(/is partitioned/);
    expect(await refusedWith('t', { fillfactor: '90' })).toMatch(/has these parameters already/);
    expect(await refusedWith('t', { autovacuum_vacuum_max_threshold: '1000' })).toMatch(
      major >= 18 ? /^accepted/ : /is not a storage or autovacuum parameter/,
    );
  });

  it('leaves the table as it was where the server refuses a value', async () => {
    const before = await database.schema();
    const job = await database.act(await change('t', { fillfactor: '5', parallel_workers: '3' }));
    expect(job).toMatchObject({ outcome: 'failed', actions: [{ ran: 0, error: { sqlState: '22023' } }] });
    expect(await database.schema()).toBe(before);
  });
});
