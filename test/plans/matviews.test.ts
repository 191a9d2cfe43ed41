import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditUrl } from '../support/audit.ts';
import { createPlanDatabase, exactDifference, MAJORS, type PlanDatabase } from '../support/plan-database.ts';
import { usePlans } from '../support/plans.ts';
import { useServer } from '../support/postgres.ts';

const bench = usePlans();

describe.each(MAJORS)('materialized views on %i', (major) => {
  const server = useServer(major);
  let database: PlanDatabase;

  beforeAll(async () => {
    database = await createPlanDatabase(
      bench,
      await server.get(),
      `CREATE TABLE t AS SELECT n AS id, n % 5 AS v FROM generate_series(1, 3000) n;
       CREATE MATERIALIZED VIEW keyed AS SELECT id, v FROM t;
       CREATE UNIQUE INDEX keyed_id ON keyed (id);
       CREATE MATERIALIZED VIEW bare AS SELECT id, v FROM t;
       CREATE UNIQUE INDEX bare_some ON bare (id, v) WHERE v > 0;
       CREATE MATERIALIZED VIEW empty AS SELECT id, v FROM t WITH NO DATA;
       CREATE UNIQUE INDEX empty_id ON empty (id);
       INSERT INTO t SELECT n, 1 FROM generate_series(3001, 4000) n;`,
    );
  });
  afterAll(() => database?.drop());

  const refresh = async (name: string, isConcurrent: boolean) =>
    ({ verb: 'refresh-matview', matview: await database.oid(name), isConcurrent }) as const;

  it('refreshes while it is read, and tells rows and size before and after', async () => {
    const plan = await database.preview(await refresh('keyed', true));
    expect(plan).toMatchObject({ title: 'Refresh keyed while it is read', risk: 'R2', phrase: null });
    expect(plan.actions[0]).toMatchObject({ way: 'none needed', lock: 'EXCLUSIVE' });
    const job = await bench.finish(database.connection, await bench.start(database.connection, plan));
    expect(job).toMatchObject({ outcome: 'done', noUndo: 'There is nothing to put back.' });
    const [{ size }] = (await database.query("SELECT pg_total_relation_size('keyed')::text AS size")) as [
      { size: string },
    ];
    expect(job.actions[0]?.measures).toEqual([
      { label: 'Size with indexes', unit: 'bytes', before: expect.stringMatching(/^\d+$/), after: size },
      { label: 'Rows', unit: 'rows', before: '3000', after: '4000' },
    ]);
    await expect(bench.undo(database.connection, job.id)).rejects.toMatchObject({ code: 'PLAN_REFUSED' });
    const { data } = await bench.engine.insight.matviews.overview({ connectionId: database.connection }, {});
    expect(data.views.find(({ name }) => name === 'keyed')).toMatchObject({
      lastRefreshBy: 'PgVitals',
      lastRefreshAt: job.endedAt,
      lastRefreshMs: job.actions[0]?.durationMs,
      failure: null,
    });
    expect(data.views.find(({ name }) => name === 'bare')).toMatchObject({
      lastRefreshBy: null,
      lastRefreshAt: null,
    });
  });

  it('offers the plain refresh with its lock where CONCURRENTLY cannot work', async () => {
    await expect(database.preview(await refresh('bare', true))).rejects.toMatchObject({
      code: 'PLAN_REFUSED',
      message: expect.stringContaining('no unique index'),
      nextStep: expect.stringMatching(/without CONCURRENTLY: nobody can read bare/),
    });
    await expect(database.preview(await refresh('empty', true))).rejects.toMatchObject({
      code: 'PLAN_REFUSED',
      message: expect.stringContaining('no data yet'),
      nextStep: expect.stringMatching(/without CONCURRENTLY: nobody can read empty/),
    });
    await expect(
      database.preview({ verb: 'refresh-matview', matview: await database.oid('t'), isConcurrent: false }),
    ).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const plan = await database.preview(await refresh('empty', false));
    expect(plan).toMatchObject({ risk: 'R3', phrase: 'empty' });
    const job = await bench.finish(database.connection, await bench.start(database.connection, plan));
    expect(job.actions[0]?.measures[1]).toEqual({ label: 'Rows', unit: 'rows', before: null, after: '4000' });
    expect((await database.act(await refresh('empty', true))).outcome).toBe('done');
  });

  it('makes a key on a view by create-index, and takes it back exactly', async () => {
    const { job, undone, changed, left } = await database.thereAndBack({
      verb: 'create-index',
      table: await database.oid('bare'),
      columns: [{ name: 'id', isDescending: false }],
      include: [],
      isUnique: true,
    });
    expect([job.outcome, undone.outcome]).toEqual(['done', 'done']);
    expect(job.actions[0]?.sql).toEqual([
      'CREATE UNIQUE INDEX CONCURRENTLY "bare_id_key" ON "public"."bare" ("id")',
    ]);
    expect(changed.join('\n')).toContain('CREATE UNIQUE INDEX bare_id_key ON public.bare USING btree (id)');
    expect(left).toEqual([]);
  });

  it('fixes what the audit finds: the key first, then the refresh', async () => {
    await database.query('REFRESH MATERIALIZED VIEW empty WITH NO DATA');
    for await (const _ of bench.engine.audit(database.connection, {}));
    const audit = bench.engine.latestAudit(database.connection);
    const chosen = (audit?.findings ?? []).filter(
      ({ check, fix }) => check.startsWith('matview-') && (fix?.sql.length ?? 0) > 0,
    );
    expect(chosen.map(({ check, object }) => [check, object.name])).toEqual(
      expect.arrayContaining([
        ['matview-no-concurrent-key', 'bare'],
        ['matview-unpopulated-or-stale', 'empty'],
      ]),
    );
    const job = await bench.run(database.connection, {
      kind: 'findings',
      fingerprints: chosen.map(({ fingerprint }) => fingerprint),
    });
    expect(job).toMatchObject({
      outcome: 'done',
      actions: [
        { sql: [expect.stringMatching(/^CREATE UNIQUE/)] },
        { sql: [expect.stringMatching(/^REFRESH/)] },
      ],
    });
    expect(job.recheck.map(({ isGood }) => isGood)).toEqual([true, true]);
    for (const name of ['bare', 'empty'])
      expect((await database.act(await refresh(name, true))).outcome).toBe('done');
    const now = (await auditUrl(database.url)).audit.findings;
    expect(now.filter(({ check, fix }) => check.startsWith('matview-') && fix !== null)).toEqual([]);
  });

  it('makes an expected view again as it was when it was last seen', async () => {
    await database.query(
      "CREATE MATERIALIZED VIEW awaited WITH (fillfactor = 70) AS SELECT id, v FROM t; CREATE UNIQUE INDEX ON awaited (id); COMMENT ON MATERIALIZED VIEW awaited IS 'it''s read'",
    );
    const { matviews } = bench.engine.insight;
    const expecting = (names: string[]) =>
      matviews.setExpected({ connectionId: database.connection, names }, {});
    const before = await database.schema();
    await expecting(['awaited', 'never']);
    await database.query('DROP MATERIALIZED VIEW awaited');
    for await (const _ of bench.engine.audit(database.connection, {}));
    const missing = (bench.engine.latestAudit(database.connection)?.findings ?? []).filter(({ message }) =>
      message.includes('is expected but not there'),
    );
    expect(missing.map(({ object, fix }) => [object.name, (fix?.sql.length ?? 0) > 0])).toEqual([
      ['awaited', true],
      ['never', false],
    ]);
    const job = await bench.run(database.connection, {
      kind: 'findings',
      fingerprints: missing.map(({ fingerprint }) => fingerprint),
    });
    expect(job).toMatchObject({ outcome: 'done', recheck: [{ isGood: true }] });
    expect(exactDifference(before, await database.schema())).toEqual([]);
    await bench.undo(database.connection, job.id);
    expect(await database.query("SELECT to_regclass('awaited') AS gone")).toEqual([{ gone: null }]);
    await expecting([]);
  });
});
