import { describe, expect, it } from 'vitest';
import type { Facts } from '#shared/model/facts.ts';
import type { Exhaustion, HistoryOverview } from '#shared/model/history.ts';
import type { Insight } from '#shared/model/insight.ts';
import { auditUrl } from '../support/audit.ts';
import { type Stage, useStages } from '../support/history-stage.ts';
import { urlOf } from '../support/postgres.ts';

const stages = useStages();

function rowOf({ data }: Insight<HistoryOverview>, what: RegExp): Exhaustion {
  const row = data.exhaustion.rows.find((candidate) => what.test(candidate.what));
  if (!row) throw new Error(`no row for ${what} in ${data.exhaustion.rows.map((r) => r.what).join()}`);
  return row;
}

async function sequence(stage: Stage, name: string): Promise<Exhaustion> {
  return rowOf(await stage.read(), new RegExp(`^${name}$`));
}

/** As SQL sees it: how much of the range of a sequence is used and left. */
async function truthOf({ database }: Stage, name: string): Promise<{ left: number; percent: number }> {
  const [row] = await database.query<{ left: string; percent: string }>(
    `SELECT (max_value - last_value) / increment_by AS left, 100.0 * last_value / max_value AS percent
     FROM pg_sequences WHERE sequencename = $1`,
    [name],
  );
  return { left: Number(row?.left), percent: Number(row?.percent) };
}

describe.each([14, 15, 16, 17, 18] as const)('what runs out, on PostgreSQL %i', (major) => {
  it('a known pace over known hours gives known days', async () => {
    const stage = await stages.open(
      major,
      `CREATE TABLE serial (id smallserial PRIMARY KEY); SELECT setval('serial_id_seq', 20000);
       CREATE TABLE identity (id int GENERATED ALWAYS AS IDENTITY); SELECT setval('identity_id_seq', 1500000000);
       CREATE SEQUENCE free AS int INCREMENT 5; SELECT setval('free', 1000000001);
       CREATE SEQUENCE down AS smallint INCREMENT -1; SELECT setval('down', -10000)`,
    );
    await stage.past(48, {
      sequences: {
        serial_id_seq: '15200',
        identity_id_seq: '1400000000',
        free: '900000001',
        down: '-6000',
      },
    });
    const insight = await stage.read();
    const expectDays = async (name: string, perDay: number, limitOf: string): Promise<void> => {
      const { left, percent } = await truthOf(stage, name);
      const row = rowOf(insight, new RegExp(`^${name}$`));
      expect(row).toMatchObject({ limitOf, remaining: left });
      expect(row.usedPercent).toBeCloseTo(percent, 1);
      // The last hundredths are the seconds that this test takes.
      expect((row.perDay ?? 0) / perDay).toBeCloseTo(1, 2);
      expect((row.daysLeft ?? 0) / (left / perDay)).toBeCloseTo(1, 2);
      expect(row.basis).toMatch(/^the last 2 days$/);
    };
    await expectDays('serial_id_seq', 2_400, 'serial.id (smallint)');
    await expectDays('identity_id_seq', 50_000_000, 'identity.id (integer)');
    // A step of five: values, not numbers, are what is left.
    await expectDays('free', 10_000_000, 'the sequence');
    const down = rowOf(insight, /down$/);
    expect(down).toMatchObject({ remaining: 32_768 - 10_000, limitOf: 'the sequence' });
    expect((down.daysLeft ?? 0) / ((32_768 - 10_000) / 2_000)).toBeCloseTo(1, 2);
  });

  it('transaction and multixact ids: of the database with the oldest rows, at the pace of the server', async () => {
    const stage = await stages.open(major, 'CREATE TABLE t (i int)');
    const [ids] = await stage.database.query<{ xid: string; mxid: string }>(
      `SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS xid, next_multixact_id::text AS mxid
       FROM pg_control_checkpoint()`,
    );
    await stage.past(24, { server: { nextXid: Number(ids?.xid) - 480_000, nextMxid: 1 } });
    const insight = await stage.read();
    const [age] = await stage.database.query<Record<'xid' | 'mxid' | 'next' | 'names', string>>(
      `SELECT max(age(datfrozenxid)) AS xid, max(mxid_age(datminmxid)) AS mxid,
         1 + mxid_age('1'::xid) AS next,
         (SELECT string_agg(datname, ' ') FROM pg_database WHERE age(datfrozenxid) >=
           (SELECT max(age(datfrozenxid)) FROM pg_database)) AS names FROM pg_database`,
    );
    const xids = rowOf(insight, /^Transaction ids$/);
    // Other tests may take some at the same time.
    expect(Math.abs(xids.remaining - (2 ** 31 - Number(age?.xid)))).toBeLessThan(2_000);
    expect(xids.usedPercent).toBeCloseTo((Number(age?.xid) / 2 ** 31) * 100, 3);
    expect(age?.names.split(' ')).toContain(xids.limitOf.replace('oldest row of ', ''));
    expect((xids.perDay ?? 0) / 480_000).toBeCloseTo(1, 1);
    expect((xids.daysLeft ?? 0) / (xids.remaining / 480_000)).toBeCloseTo(1, 1);
    expect(xids.basis).toBe('the last 1 day, without freezing');

    const multixacts = rowOf(insight, /^Multixact ids$/);
    expect(multixacts.remaining).toBe(2 ** 31 - Number(age?.mxid));
    expect(multixacts.perDay ?? -1).toBeCloseTo(Number(age?.next) - 1, 0);
  });
});

describe('days to exhaustion', () => {
  it('a step back takes nothing away: what was used before it counts', async () => {
    const stage = await stages.open(16, "CREATE SEQUENCE s AS int MAXVALUE 100000; SELECT setval('s', 6000)");
    await stage.past(40, { sequences: { s: '1000' } });
    await stage.past(30, { sequences: { s: '11000' } });
    // setval(), ALTER SEQUENCE … RESTART, TRUNCATE … RESTART IDENTITY
    await stage.past(20, { sequences: { s: '1000' } });
    const row = await sequence(stage, 's');
    expect((row.perDay ?? 0) / ((10_000 + 5_000) * (24 / 40))).toBeCloseTo(1, 2);
    expect((row.daysLeft ?? 0) / (94_000 / 9_000)).toBeCloseTo(1, 2);
    expect(row.basis).toMatch(/it was set back meanwhile$/);
  });

  it('is not made up: from one sample, from less than an hour, from none taken, from never used', async () => {
    const stage = await stages.open(
      16,
      `CREATE SEQUENCE still AS smallint; SELECT setval('still', 20000); CREATE SEQUENCE unused AS smallint;
       CREATE SEQUENCE fresh AS smallint; SELECT setval('fresh', 30000)`,
    );
    const none = await sequence(stage, 'still');
    expect(none).toMatchObject({ daysLeft: null, perDay: null });
    expect(none.basis).toBe('samples of at least one hour are needed');
    await stage.past(0.9, { sequences: { fresh: '1000' } });
    expect(await sequence(stage, 'fresh')).toMatchObject({ daysLeft: null, perDay: null });
    await stage.past(30, { sequences: { still: '20000' } });
    expect(await sequence(stage, 'still')).toMatchObject({
      daysLeft: null,
      perDay: 0,
      basis: 'none taken in 1 day 6 h',
    });
    const { data } = await stage.read();
    expect(data.exhaustion.rows.some((row) => row.what.includes('unused'))).toBe(false);
    expect(data.exhaustion.unlistedSequences).toBe(1);
  });

  it('one that cycles never ends; a wide one that is hardly used is counted, not listed', async () => {
    const stage = await stages.open(
      16,
      `CREATE SEQUENCE round AS smallint CYCLE; SELECT setval('round', 32000);
       CREATE TABLE wide (id bigserial); SELECT setval('wide_id_seq', 1000000);
       CREATE TABLE half (id bigserial); SELECT setval('half_id_seq', 4611686018427387904);
       CREATE SEQUENCE soon AS int MAXVALUE 1000000; SELECT setval('soon', 5000)`,
    );
    await stage.past(24, {
      sequences: { round: '100', wide_id_seq: '1', half_id_seq: '4611686018427387804', soon: '1' },
    });
    const { data } = await stage.read();
    expect(data.exhaustion).toMatchObject({ cyclingSequences: 1, unlistedSequences: 1 });
    const listed = data.exhaustion.rows.map((row) => row.what).filter((what) => !what.endsWith(' ids'));
    // Half a percent used, but gone in 200 days.
    expect(listed).toEqual(['soon', 'half_id_seq']);
    const half = await sequence(stage, 'half_id_seq');
    // 100 a day of 4.6e18: the page says "> 100 years".
    expect((half.daysLeft ?? 0) / 365.25).toBeGreaterThan(1e14);
  });

  it('counts from when a value was read, not from the sample that it came with', async () => {
    const stage = await stages.open(16, "CREATE SEQUENCE s AS smallint; SELECT setval('s', 20000)");
    await stage.past(10, { sequences: { s: '10000' }, countedHoursAgo: 20 });
    const row = await sequence(stage, 's');
    expect((row.perDay ?? 0) / 12_000).toBeCloseTo(1, 2);
  });

  it('values that this role may not see are said, with the GRANT', async () => {
    const stage = await stages.open(16, "CREATE SEQUENCE s AS smallint; SELECT setval('s', 20000)");
    const role = `history_${stage.database.name}`;
    await stage.database.query(`CREATE ROLE ${role} LOGIN PASSWORD 'history-4b1f'`);
    try {
      const url = urlOf(stage.database.server, stage.database.name, { user: role, password: 'history-4b1f' });
      const { unread, data } = await stage.read('day', url);
      expect(unread.find((u) => u.fact === 'sequenceValues')?.grant).toBe(
        `GRANT SELECT ON SEQUENCE "public"."s" TO "${role}"`,
      );
      expect(data.exhaustion.unlistedSequences).toBe(1);
    } finally {
      await stage.database.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    }
  });
});

describe('trends', () => {
  const own = (facts: Partial<Facts>, counters: Partial<Facts['databases'][number]>): Partial<Facts> => ({
    databases: (facts.databases ?? []).map((d) =>
      d.oid === facts.server?.databaseOid ? { ...d, ...counters } : d,
    ),
  });

  it('are what was sampled: sizes and counts as they were, counters as rates', async () => {
    const stage = await stages.open(
      16,
      'CREATE TABLE t (i int PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 10)',
    );
    const at: string[] = [];
    for (const n of [0, 1, 2]) {
      at.push(
        await stage.past(3 - n, {
          facts: (facts) => ({
            ...own(facts, {
              sizeBytes: 8_000_000 + n,
              xactCommit: 1_000 + n * 7_200,
              xactRollback: n * 3_600,
            }),
            tables: (facts.tables ?? []).map((t) => ({
              ...t,
              deadRows: 10 * n,
              seqScans: 500 + n * 36_000,
              indexScans: 70 + n * 360_000,
            })),
            statements: { statements: [], totalExecMs: n * 900_000 } as unknown as Facts['statements'],
            activity: Array.from({ length: n }, () => ({
              ...facts.activity?.[0],
              backendType: 'client backend',
              isOwn: false,
            })) as Facts['activity'],
          }),
        }),
      );
    }
    const { data } = await stage.read();
    const values = (points: HistoryOverview['trends']['sizeBytes']) => points.map((p) => p.value);
    const { trends } = data;
    expect(trends.sizeBytes.map((p) => p.at)).toEqual(at);
    expect(values(trends.sizeBytes)).toEqual([8_000_000, 8_000_001, 8_000_002]);
    expect(values(trends.deadRows)).toEqual([0, 10, 20]);
    expect(values(trends.connections)).toEqual([0, 1, 2]);
    expect(values(trends.transactions)).toEqual([3, 3]);
    expect(values(trends.seqScans)).toEqual([10, 10]);
    expect(values(trends.indexScans)).toEqual([100, 100]);
    expect(values(trends.statementLoad)).toEqual([250, 250]);
    expect(data.extent).toMatchObject({ samples: 3, isKept: true, notice: null, oldestAt: at[0] });
    // Three hours ago is not within the last hour.
    expect((await stage.read('hour')).data.trends.sizeBytes.length).toBeLessThanOrEqual(1);
  });

  it('have a gap where a counter began anew, also where it has passed its old value since', async () => {
    const stage = await stages.open(16, 'CREATE TABLE t (i int)');
    const counters: readonly (readonly [number, Partial<Facts['server']>])[] = [
      [100, {}],
      [200, {}],
      [900, { statisticsResetAt: '2026-01-02T00:00:00.000Z' }],
      [1_000, { statisticsResetAt: '2026-01-02T00:00:00.000Z' }],
      [5_000, { statisticsResetAt: '2026-01-02T00:00:00.000Z', startedAt: '2026-01-03T00:00:00.000Z' }],
      [40, { statisticsResetAt: '2026-01-02T00:00:00.000Z', startedAt: '2026-01-03T00:00:00.000Z' }],
    ];
    for (const [at, [xactCommit, server]] of counters.entries()) {
      await stage.past(counters.length - at, {
        server,
        facts: (facts) => own(facts, { xactCommit, xactRollback: 0 }),
      });
    }
    const { data } = await stage.read();
    expect(data.trends.transactions.map((p) => p.value !== null)).toEqual([true, false, true, false, false]);
  });

  it('begin with the server’s own numbers', async () => {
    const stage = await stages.open(
      18,
      'CREATE TABLE t (i int PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 100); DELETE FROM t WHERE i <= 10',
    );
    const at = await stage.past(0.001, {});
    const [truth] = await stage.database.query<Record<'size' | 'dead', string>>(
      `SELECT pg_database_size(current_database()) AS size, sum(n_dead_tup) AS dead
       FROM pg_stat_user_tables`,
    );
    const { data } = await stage.read();
    expect(data.trends.sizeBytes).toEqual([{ at, value: Number(truth?.size) }]);
    expect(data.trends.deadRows).toEqual([{ at, value: Number(truth?.dead) }]);
  });
});

describe('audits', () => {
  it('are a timeline with grade and score, and tell what changed between two', async () => {
    const stage = await stages.open(
      16,
      `CREATE TABLE kept (id int PRIMARY KEY, a int); CREATE INDEX kept_a ON kept (a); CREATE INDEX kept_b ON kept (a);
       CREATE TABLE mended (id int PRIMARY KEY, a int); CREATE INDEX mended_a ON mended (a); CREATE INDEX mended_b ON mended (a)`,
    );
    const first = (await auditUrl(stage.database.url)).audit;
    await stage.database.query(
      'DROP INDEX mended_b; CREATE TABLE broken (id int PRIMARY KEY, a int); CREATE INDEX broken_a ON broken (a); CREATE INDEX broken_b ON broken (a)',
    );
    const second = (await auditUrl(stage.database.url)).audit;
    stage.keep([first, second]);
    const { data } = await stage.read();
    expect(data.audits.map(({ grade, score }) => [grade, score])).toEqual(
      [second, first].map(({ grade }) => [grade.overall, grade.score]),
    );
    expect(data.trends.score.map((p) => p.value)).toEqual([first.grade.score, second.grade.score]);
    const [newer, older] = data.audits;
    const diff = await stage.diff(older?.id ?? 0, newer?.id ?? 0);
    const named = (
      findings: readonly {
        readonly object: { readonly table?: string | null; readonly name: string } | null;
      }[],
    ) => findings.map((f) => f.object?.name ?? '');
    expect(named(diff.added).filter((name) => /broken/.test(name))).not.toEqual([]);
    expect(named(diff.fixed).filter((name) => /mended/.test(name))).not.toEqual([]);
    expect([...named(diff.added), ...named(diff.fixed)].filter((name) => /kept/.test(name))).toEqual([]);
    const open = (audit: typeof first) =>
      new Set(
        audit.findings.filter((f) => f.status !== 'fixed' && f.status !== 'waived').map((f) => f.fingerprint),
      );
    expect(diff.unchanged + diff.worse.length + diff.better.length).toBe(
      [...open(first)].filter((fingerprint) => open(second).has(fingerprint)).length,
    );
  });
});
