import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ScriptPiece } from '#shared/model/indexes.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import { indexModel } from '#engine/insight/indexes/model.ts';
import { planRemovals } from '#engine/insight/indexes/removal-plan.ts';
import { ALL, rowNamed, useEngine } from '../support/insight.ts';
import { judge, snapshotOf } from '../support/judge.ts';
import {
  createDatabase,
  query,
  type TestDatabase,
  urlOf,
  useDemo,
  usePrivateServer,
  useServer,
} from '../support/postgres.ts';
import { startStandby } from '../support/standby.ts';

const { engine, open } = useEngine();

const removals = (connectionId: string, withUnproven: boolean) =>
  engine.insight.indexes.removals({ connectionId, withUnproven, ...ALL }, {});

/** Both scripts, statement by statement, as they are when every piece was fetched. */
async function scriptOf(connectionId: string, which: 'drop' | 'create', withUnproven: boolean) {
  let text = '';
  for (let from: number | null = 0; from !== null; ) {
    const piece: ScriptPiece = await engine.insight.indexes.removalScript(
      { connectionId, which, withUnproven, from },
      {},
    );
    expect(Buffer.byteLength(piece.sql)).toBeLessThan(256 * 1024);
    text += piece.sql;
    from = piece.next;
  }
  const statements = text.split('\n').filter((line) => line !== '' && !line.startsWith('--'));
  return { text, statements: statements.map((line) => line.replace(/;$/, '')) };
}

async function planOf(connectionId: string, withUnproven = true) {
  const summary = await engine.insight.indexes.removalPlan({ connectionId, withUnproven }, {});
  const drop = await scriptOf(connectionId, 'drop', withUnproven);
  const create = await scriptOf(connectionId, 'create', withUnproven);
  expect(summary.dropScriptBytes).toBe(Buffer.byteLength(drop.text));
  expect(summary.createScriptBytes).toBe(Buffer.byteLength(create.text));
  return { ...summary, drop: drop.statements, create: create.statements };
}
const DEFINITIONS = `SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS text,
  i.indisvalid AS valid, i.indisclustered AS clustered, inhparent::regclass::text AS parent
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid LEFT JOIN pg_inherits ON inhrelid = i.indexrelid
WHERE c.relnamespace = 'public'::regnamespace ORDER BY 1`;

describe.each([14, 18] as const)('the removal plan on PostgreSQL %i', (major) => {
  const server = useServer(major);
  let database: TestDatabase;
  let connectionId: string;
  // The server has just started: all is young, so that the plan has to be asked for what is not proven.
  const plan = () => planOf(connectionId);
  const detail = async (name: string) => {
    const list = await engine.insight.indexes.list({ connectionId, view: 'all', tableOid: null, ...ALL }, {});
    return engine.insight.indexes.detail({ connectionId, oid: rowNamed(list, name).oid }, {});
  };

  beforeAll(async () => {
    database = await createDatabase(
      await server.get(),
      `CREATE TABLE parent (id int PRIMARY KEY);
       CREATE TABLE child (id int PRIMARY KEY, parent_id int REFERENCES parent, a int, b int, c int, d int);
       CREATE INDEX only_support ON child (parent_id);
       CREATE INDEX equal_one ON child (a, d);
       CREATE INDEX equal_two ON child (a, d);
       CREATE INDEX ordered ON child (b, c);
       ALTER TABLE child CLUSTER ON ordered;
       CREATE INDEX "Free" ON child (c DESC, lower(d::text)) WHERE a > 0;
       CREATE TABLE used (id int, x int, y int);
       INSERT INTO used SELECT g, g, g FROM generate_series(1, 2000) g;
       CREATE INDEX used_x ON used (x);
       CREATE INDEX used_x_y ON used (x, y);
       CREATE TABLE part (k int, v int, w int) PARTITION BY RANGE (k);
       CREATE TABLE part_low PARTITION OF part FOR VALUES FROM (0) TO (1000);
       CREATE TABLE part_high PARTITION OF part FOR VALUES FROM (1000) TO (2000);
       INSERT INTO part SELECT g, g, g FROM generate_series(0, 1999) g;
       CREATE INDEX part_v ON part (v);
       CREATE INDEX part_w ON part (w);
       CREATE INDEX low_alone ON part_low (w, v);
       ANALYZE`,
    );
    await database.query('DROP INDEX used_x_y');
    await database.query(
      'SET enable_seqscan = off; SELECT * FROM used WHERE x = 7; SELECT * FROM part WHERE v = 7',
    );
    await database.query('CREATE INDEX used_x_y ON used (x, y)');
    const scans = async () =>
      (
        await database.query<{ n: number }>(
          "SELECT count(*)::int AS n FROM pg_stat_user_indexes WHERE indexrelname IN ('used_x', 'part_low_v_idx') AND idx_scan > 0",
        )
      )[0]?.n;
    await vi.waitUntil(async () => (await scans()) === 2, { timeout: 20_000, interval: 200 });
    connectionId = await open(database.url);
  });
  afterAll(() => database?.drop());

  it('takes no index that anything needs, and says why each stays', async () => {
    const { drop, held, indexes } = await plan();
    expect(drop.toSorted()).toEqual([
      'DROP INDEX CONCURRENTLY "public"."Free"',
      expect.stringMatching(/^DROP INDEX CONCURRENTLY "public"\."equal_(one|two)"$/),
      'DROP INDEX CONCURRENTLY "public"."low_alone"',
    ]);
    expect(indexes).toBe(3);
    const { rows } = await removals(connectionId, true);
    const reasonOf = (name: string) => rows.find((r) => r.name === name && r.verdict === 'stays')?.reason;
    expect(reasonOf('only_support')).toMatch(/last support of a foreign key/);
    expect(reasonOf('ordered')).toMatch(/CLUSTER/);
    expect(reasonOf('used_x_y')).toMatch(/in its favour/);
    expect(reasonOf('part_low_w_idx')).toMatch(/partitioned index/);
    const [truth] = await database.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
       LEFT JOIN pg_stat_user_indexes s USING (indexrelid)
       WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'i' AND coalesce(idx_scan, 0) = 0 AND NOT indisunique`,
    );
    expect(indexes + held.reduce((sum, group) => sum + group.count, 0)).toBe(truth?.n);
  });

  it('offers in the drawer what the plan would do, and nothing for an index in use', async () => {
    expect(await detail('only_support')).toMatchObject({ fix: null });
    expect(await detail('part_v')).toMatchObject({ fix: null });
    expect((await detail('Free')).fix?.sql).toEqual(['DROP INDEX CONCURRENTLY "public"."Free"']);
    // In use, but used_x_y does the same: the finding of covered-index.
    expect((await detail('used_x')).fix?.sql).toEqual(['DROP INDEX CONCURRENTLY "public"."used_x"']);
    expect((await detail('used_x_y')).row.keepReason).toMatch(/in its favour/);
  });

  it('runs as it stands, and its second script brings everything back as it was', async () => {
    const before = await query(database.url, DEFINITIONS);
    const { drop, create } = await plan();
    for (const statement of drop) await database.query(statement);
    expect(await query(database.url, DEFINITIONS)).not.toEqual(before);
    for (const statement of create) await database.query(statement);
    expect(await query(database.url, DEFINITIONS)).toEqual(before);
  });
});

describe('the removal plan of the demo', () => {
  const demo = useDemo();

  it('leaves every foreign key the support it has', async () => {
    const { url } = await demo.get();
    const connectionId = await open(url);
    const { drop, held } = await planOf(connectionId);
    const { data } = await engine.insight.indexes.overview({ connectionId }, {});
    expect(drop.length + held.reduce((sum, group) => sum + group.count, 0)).toBe(data.totals.removable);
    const keys = await query<{ key: string; supporters: string[] }>(
      url,
      `SELECT k.oid::text AS key, array_agg(format('%I.%I', n.nspname, c.relname)) AS supporters
       FROM pg_constraint k JOIN pg_index i ON i.indrelid = k.conrelid AND i.indpred IS NULL AND i.indisvalid
         AND (i.indkey::int2[])[0:cardinality(k.conkey) - 1] @> k.conkey
       JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE k.contype = 'f' GROUP BY k.oid`,
    );
    expect(keys.length).toBeGreaterThan(0);
    const gone = new Set(drop.map((s) => s.replace('DROP INDEX CONCURRENTLY ', '').replaceAll('"', '')));
    expect(gone.size).toBeGreaterThan(0);
    for (const { supporters } of keys) {
      expect(supporters.filter((name) => !gone.has(name.replaceAll('"', '')))).not.toEqual([]);
    }
  });
});

describe('the rule of the removal plan is that of the check unused-index', () => {
  const server = useServer(16);
  let database: TestDatabase;
  const DAY_MS = 86_400_000;
  const MB = 1024 ** 2;

  beforeAll(async () => {
    database = await createDatabase(
      await server.get(),
      `CREATE TABLE big (id int PRIMARY KEY, a int, b int, c int, d int);
       INSERT INTO big SELECT g, g, g, g, g FROM generate_series(1, 3000) g;
       CREATE TABLE tiny (a int); INSERT INTO tiny SELECT generate_series(1, 900);
       CREATE INDEX big_a ON big (a); CREATE INDEX big_b ON big (b); CREATE INDEX small_c ON big (c);
       CREATE INDEX big_d ON big (d); CREATE INDEX big_d_again ON big (d);
       CREATE INDEX tiny_a ON tiny (a);
       ANALYZE`,
    );
  });
  afterAll(() => database?.drop());

  /** Facts as read, but with counters of this age and indexes of a size that matters; `big_b` was scanned long ago. */
  const aged = async (days: number): Promise<Snapshot> => {
    const snapshot = await snapshotOf(database.url);
    const at = Date.parse(snapshot.facts.server.sampledAt) - days * DAY_MS;
    return {
      ...snapshot,
      facts: {
        ...snapshot.facts,
        server: { ...snapshot.facts.server, statisticsResetAt: new Date(at).toISOString() },
        indexes: (snapshot.facts.indexes ?? []).map((index) => ({
          ...index,
          sizeBytes: index.name.startsWith('small') ? index.sizeBytes : 20 * MB,
          ...(index.name === 'big_b' ? { scans: 12, lastScanAt: '2020-01-01T00:00:00.000Z' } : {}),
        })),
      },
    };
  };
  const plan = async (snapshot: Snapshot, withUnproven = false, standbysCheckedAt: string | null = null) =>
    planRemovals(snapshot, await indexModel(snapshot), { withUnproven, standbysCheckedAt });
  const named = ({ grid }: Awaited<ReturnType<typeof plan>>, verdict: string): string[] =>
    grid.rows
      .filter((row) => row.verdict === verdict)
      .map((row) => row.name)
      .sort();

  it.each([60, 10])('with counters of %i days: what the check finds, and duplicates', async (days) => {
    const snapshot = await aged(days);
    const audit = await judge(snapshot, 'unused-index');
    const found = audit.findings.map((finding) => finding.object.name);
    // The finding about big_d stands beside the one about big_d_again; a list that is run as a whole takes one of them.
    expect(found.sort()).toEqual(['big_a', 'big_b', 'big_d']);
    const planned = await plan(snapshot);
    expect(named(planned, 'drop')).toEqual(['big_a', 'big_b', 'big_d_again']);
    expect(named(planned, 'stays')).toEqual(['big_d', 'small_c', 'tiny_a']);
    const reasons = new Map(planned.grid.rows.map((row) => [row.name, row.reason]));
    expect(reasons.get('small_c')).toMatch(/smaller than 10 MB/);
    expect(reasons.get('tiny_a')).toMatch(/fewer than 1.000 rows/);
    expect(reasons.get('big_d')).toMatch(/in its favour/);
  });

  it('with counters of 3 days: what was scanned long ago, and duplicates; says why the others stay', async () => {
    const snapshot = await aged(3);
    const { findings } = await judge(snapshot, 'unused-index');
    expect(findings.map((finding) => finding.object.name)).toEqual(['big_b']);
    const planned = await plan(snapshot);
    expect(named(planned, 'drop')).toEqual(['big_b', 'big_d_again']);
    const reason = planned.grid.rows.find((row) => row.name === 'big_a')?.reason;
    expect(reason).toBe('its scans are counted for 3 days only: at least 7 days say something');
    const unproven = planned.summary.held.filter((held) => held.isUnproven);
    expect(unproven.map((held) => held.count)).toEqual([1, 1, 1]);
  });

  it('takes what is not proven only when asked to, and what has to stay never', async () => {
    const planned = await plan(await aged(3), true);
    expect(named(planned, 'drop')).toEqual(['big_a', 'big_b', 'big_d_again', 'small_c', 'tiny_a']);
    expect(named(planned, 'stays')).toEqual(['big_d']);
  });
});

describe('standbys', () => {
  const server = usePrivateServer();

  it('a standby that streams holds everything back until somebody says to have looked there', async () => {
    const primary = await server.get();
    await query(
      urlOf(primary, 'postgres'),
      'CREATE TABLE t (a int, b int); CREATE INDEX one ON t (a); CREATE INDEX two ON t (b)',
    );
    const standby = await startStandby(primary, 'reports');
    try {
      const connectionId = await open(urlOf(primary, 'postgres'));
      const overview = async () =>
        (await engine.insight.indexes.overview({ connectionId, maxAgeMs: 0 }, {})).data;
      expect(await overview()).toMatchObject({
        isStandby: false,
        standbys: ['reports'],
        standbysCheckedAt: null,
      });
      expect(await planOf(connectionId)).toMatchObject({
        indexes: 0,
        held: [{ count: 2, isUnproven: false, reason: expect.stringMatching(/standbys count scans/) }],
      });
      await engine.insight.indexes.confirmStandbys({ connectionId }, {});
      expect((await overview()).standbysCheckedAt).toMatch(/^20/);
      expect((await planOf(connectionId)).drop.sort()).toEqual([
        'DROP INDEX CONCURRENTLY "public"."one"',
        'DROP INDEX CONCURRENTLY "public"."two"',
      ]);
      // The standby itself: it counts scans of its own, and nothing can be dropped there.
      const there = await open(standby.urlOf('postgres'));
      await query(standby.urlOf('postgres'), 'SET enable_seqscan = off; SELECT * FROM t WHERE a = 1');
      await vi.waitUntil(
        async () => {
          await engine.insight.indexes.overview({ connectionId: there, maxAgeMs: 0 }, {});
          const all = await engine.insight.indexes.list(
            { connectionId: there, view: 'all', tableOid: null, ...ALL },
            {},
          );
          return rowNamed(all, 'one').scans === 1;
        },
        { timeout: 20_000, interval: 200 },
      );
      const { data } = await engine.insight.indexes.overview({ connectionId: there }, {});
      expect(data).toMatchObject({ isStandby: true, standbys: [], totals: { neverScanned: 1 } });
      expect(await planOf(there)).toMatchObject({
        indexes: 0,
        held: [{ count: 1, reason: expect.stringMatching(/decided on the primary/) }],
      });
    } finally {
      await standby.stop();
    }
  });
});
