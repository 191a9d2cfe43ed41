import { describe, expect, it } from 'vitest';
import { useEngine } from '../support/insight.ts';
import { createDatabase, query, useDemo, usePrivateServer } from '../support/postgres.ts';

const { engine, open } = useEngine();
const demo = useDemo();

const FIGURES = ['readBytes', 'writtenBytes', 'extendedBytes', 'hits', 'evictions'] as const;
type Truth = ReadonlyMap<string, Readonly<Record<(typeof FIGURES)[number], number>>>;

/** pg_stat_io by kind of process, object and context; 18 counts bytes, 16 and 17 operations of op_bytes. */
async function truthOf(url: string, major: number): Promise<Truth> {
  const bytes = (of: string): string =>
    `coalesce(${major >= 18 ? `${of}_bytes` : `${of}s * op_bytes`}, 0)::float8`;
  const rows = await query<Record<'kind', string> & Record<(typeof FIGURES)[number], number>>(
    url,
    `SELECT concat_ws(' ', backend_type, object, context) AS kind, ${bytes('read')} AS "readBytes",
       ${bytes('write')} AS "writtenBytes", ${bytes('extend')} AS "extendedBytes",
       coalesce(hits, 0)::float8 AS hits, coalesce(evictions, 0)::float8 AS evictions FROM pg_stat_io`,
  );
  return new Map(rows.map(({ kind, ...figures }) => [kind, figures]));
}

/** What the page shows lies between what the server says before and after it was read. */
async function compare(url: string, major: number, connectionId: string): Promise<Truth> {
  const before = await truthOf(url, major);
  const { data } = await engine.insight.statistics.overview({ connectionId, maxAgeMs: 0 }, {});
  const after = await truthOf(url, major);
  const shown = new Map(data.io?.map((row) => [`${row.backendType} ${row.object} ${row.context}`, row]));
  expect(shown.size).toBe(data.io?.length);
  for (const [kind, most] of after) {
    for (const figure of FIGURES) {
      // Kinds that have done nothing are left out.
      const value = shown.get(kind)?.[figure] ?? 0;
      const least = before.get(kind)?.[figure] ?? 0;
      expect([kind, figure, value >= least, value <= most[figure]]).toEqual([kind, figure, true, true]);
    }
  }
  expect([...shown.keys()].filter((kind) => !after.has(kind))).toEqual([]);
  return new Map(shown);
}

describe.each([16, 17, 18] as const)('reads, writes and evictions on PostgreSQL %i', (major) => {
  // Few buffers, and a table that is more than they hold: each look-up throws out another page.
  const server = usePrivateServer({
    major,
    settings: { autovacuum: 'off', shared_buffers: '2MB', max_parallel_workers_per_gather: '0' },
  });

  it('are those of pg_stat_io, for every kind of process', async () => {
    const database = await createDatabase(
      await server.get(),
      `CREATE TABLE t (i int PRIMARY KEY, p text);
       INSERT INTO t SELECT g, repeat('x', 400) FROM generate_series(1, 20000) g`,
    );
    await database.query('VACUUM ANALYZE t');
    await database.query('CHECKPOINT');
    const connectionId = await open(database.url);
    const evictions = (of: Truth): number => of.get('client backend relation normal')?.evictions ?? 0;
    const first = await compare(database.url, major, connectionId);
    await database.query(
      `SET enable_seqscan = off; SET enable_bitmapscan = off; ${Array.from(
        { length: 1_500 },
        (_, n) => `SELECT p FROM t WHERE i = ${((n * 7_919) % 20_000) + 1}`,
      ).join(';')}`,
    );
    const second = await compare(database.url, major, connectionId);
    // Nearly every one of the 1,500 rows was on a page that had to be read, and another went for it.
    expect(evictions(second) - evictions(first)).toBeGreaterThan(500);
    await database.drop();
  });
});

describe.each([14, 15] as const)('PostgreSQL %i', (major) => {
  const server = usePrivateServer({ major });

  it('does not count them, and the page says so', async () => {
    const database = await createDatabase(await server.get());
    await expectUncounted(database.url, await open(database.url));
    await database.drop();
  });
});

it('the demo: its server does not count them', async () => {
  const { url } = await demo.get();
  const { id: connectionId } = await engine.open({ text: url }, { isDemo: true });
  await expectUncounted(url, connectionId);
});

async function expectUncounted(url: string, connectionId: string): Promise<void> {
  expect(await query(url, "SELECT FROM pg_class WHERE relname = 'pg_stat_io'")).toEqual([]);
  const { data, unread } = await engine.insight.statistics.overview({ connectionId, maxAgeMs: 0 }, {});
  expect([data.io, data.ioResetAt]).toEqual([null, null]);
  expect(data.ioHidden).toBe('PostgreSQL counts them from version 16 on (pg_stat_io).');
  expect(unread.filter(({ fact }) => fact === 'serverCounters')).toEqual([]);
}
