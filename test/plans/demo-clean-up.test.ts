import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEMO_DATABASE, DEMO_PASSWORD, DEMO_ROLE } from '#engine/demo/build.ts';
import type { Job, JobEvent } from '#shared/model/plan.ts';
import { dumpOf } from '../support/fixes.ts';
import { exactDifference } from '../support/plan-database.ts';
import { usePlans } from '../support/plans.ts';
import { query } from '../support/postgres.ts';

/** What the owner of the audited database did by hand, done and taken back by PgVitals on a demo of its own. */
const bench = usePlans();
let connection: string;
/** As the owner of the database: what the engine says is compared apart from it. */
let url: string;

beforeAll(async () => {
  for await (const event of bench.engine.openDemo({})) {
    if (event.type !== 'ready') continue;
    connection = event.connection.id;
    url = `postgresql://${DEMO_ROLE}:${DEMO_PASSWORD}@${event.connection.host}:${event.connection.port}/${DEMO_DATABASE}`;
  }
  bench.engine.plans.unlock(connection);
});

const indexes = async () =>
  query<{ name: string; bytes: number }>(
    url,
    `SELECT i.indexrelid::regclass::text AS name, pg_relation_size(i.indexrelid)::int AS bytes
     FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = 'public'`,
  );

describe('the clean-up of the demo', () => {
  it('drops the 164 indexes that nothing uses, says what that gives back, and one undo brings all back', async () => {
    const before = await indexes();
    const schema = await dumpOf(url);
    expect(before).toHaveLength(226);
    const plan = await bench.preview(connection, {
      kind: 'action',
      action: { verb: 'remove-indexes', scope: 'never scanned' },
    });
    expect(plan).toMatchObject({ title: 'Drop 164 indexes', verb: 'Drop indexes', phrase: '164' });
    const events: JobEvent[] = [];
    const job = await bench.finish(connection, await bench.start(connection, plan), (event) =>
      events.push(event),
    );
    expect(job).toMatchObject({ outcome: 'done', noUndo: null });
    const done = events.filter((event) => event.type === 'action' && event.action.outcome === 'done');
    expect(done).toHaveLength(164);

    const after = new Set((await indexes()).map(({ name }) => name));
    expect(after.size).toBe(62);
    const gone = before.filter(({ name }) => !after.has(name));
    const freed = gone.reduce((sum, { bytes }) => sum + bytes, 0);
    expect(freed).toBeGreaterThan(0);
    expect([job.freedBytes, plan.freedBytes]).toEqual([freed, freed]);

    const undone = await bench.undo(connection, job.id);
    expect(undone).toMatchObject({ outcome: 'done' });
    expect(await indexes()).toHaveLength(226);
    expect(exactDifference(schema, await dumpOf(url))).toEqual([]);
  });

  it('gives scheduled_posts CASCADE, and takes it back', async () => {
    const schema = await dumpOf(url);
    const [key] = await query<{ oid: number; name: string }>(
      url,
      `SELECT oid::int, conname AS name FROM pg_constraint WHERE contype = 'f'
         AND conrelid = 'scheduled_posts'::regclass AND confrelid = 'channels'::regclass`,
    );
    const ruleOf = async () =>
      (
        await query<{ rule: string }>(
          url,
          'SELECT confdeltype AS rule FROM pg_constraint WHERE conname = $1',
          [key?.name],
        )
      )[0]?.rule;
    const rule = await ruleOf();
    expect(rule).toBe('r');
    const job = await bench.act(connection, {
      verb: 'delete-rule',
      constraint: key?.oid ?? 0,
      onDelete: 'CASCADE',
    });
    expect([job.outcome, await ruleOf()]).toEqual(['done', 'c']);
    expect((await bench.undo(connection, job.id)).outcome).toBe('done');
    expect(exactDifference(schema, await dumpOf(url))).toEqual([]);
  });

  it('does the same where the audit asks for it, one change for each key', async () => {
    for await (const _ of bench.engine.audit(connection, {}));
    const schema = await dumpOf(url);
    const [mixed] = (bench.engine.latestAudit(connection)?.findings ?? []).filter(
      ({ check, fix }) => check === 'fk-delete-rule-mixed' && (fix?.sql.length ?? 0) > 0,
    );
    expect(mixed?.fix?.title).toContain('CASCADE');
    const job = await bench.run(connection, {
      kind: 'findings',
      fingerprints: [mixed?.fingerprint ?? ''],
    });
    expect(job).toMatchObject({ outcome: 'done', recheck: [{ isGood: true }] });
    expect(job.actions.map(({ object }) => object.kind)).toEqual(job.actions.map(() => 'constraint'));
    expect((await bench.undo(connection, job.id)).outcome).toBe('done');
    expect(exactDifference(schema, await dumpOf(url))).toEqual([]);
  });

  it('creates the view and the unique keys that are missing, and refreshes while they are read', async () => {
    for await (const _ of bench.engine.audit(connection, {}));
    const schema = await dumpOf(url);
    const findings = bench.engine.latestAudit(connection)?.findings ?? [];
    const chosen = findings.filter(
      ({ check, fix }) => check.startsWith('matview-') && (fix?.sql.length ?? 0) > 0,
    );
    expect(chosen.map(({ check, object }) => [check, object.name])).toEqual([
      ['matview-unpopulated-or-stale', 'mv_channel_daily_recent'],
      ['matview-unpopulated-or-stale', 'mv_post_metrics_recent'],
      ['matview-no-concurrent-key', 'mv_channel_daily_recent'],
    ]);
    const job = await bench.run(connection, {
      kind: 'findings',
      fingerprints: chosen.map(({ fingerprint }) => fingerprint),
    });
    expect(job.outcome).toBe('done');
    expect(job.recheck.map(({ isGood }) => isGood)).toEqual([true, true, true]);
    const views = await query<{ oid: number; name: string; populated: boolean }>(
      url,
      `SELECT oid::int, relname AS name, relispopulated AS populated FROM pg_class WHERE relkind = 'm' ORDER BY 2`,
    );
    expect(views.map(({ name, populated }) => [name, populated])).toEqual([
      ['mv_channel_daily_recent', true],
      ['mv_post_metrics_recent', true],
    ]);
    const refreshed: Job[] = [];
    for (const { oid } of views)
      refreshed.push(
        await bench.act(connection, { verb: 'refresh-matview', matview: oid, isConcurrent: true }),
      );
    expect(refreshed.map(({ outcome }) => outcome)).toEqual(['done', 'done']);
    expect(Number(refreshed[1]?.actions[0]?.measures[1]?.after)).toBeGreaterThan(0);

    expect((await bench.undo(connection, job.id)).outcome).toBe('done');
    const differences = exactDifference(schema, await dumpOf(url));
    // The rows of the view that was empty stay: a dump of the schema holds no rows.
    expect(differences).toEqual([]);
  });
});

afterAll(() => bench.engine.closeConnection(connection));
