import type { AdminClient } from '#engine/postgres/admin-client.ts';

/**
 * How often the application's statements run. The audit of 6.7 M rows counted a hundred times as many scans; the order
 * of the indexes is the same, and UNLISTEN has the very number.
 */
export const CALLS = {
  postById: 5_192,
  viewCountUpdate: 198,
  bulkInsertBatches: 13,
  bulkInsertRows: 32,
  latestMetric: 3_291,
  metricById: 1_935,
  channelById: 197,
  channelsOfUser: 52,
  recentPosts: 40,
  postByMessage: 18,
  channelByTelegramId: 7,
  channelTouch: 3,
  unlisten: 11_740,
  reset: 2_935,
  listing: 30,
  report: 3,
} as const;

/** Settings of the session that runs look-ups: on tables of two rows the planner would otherwise never use an index. */
export const LOOKUP_SETTINGS: Readonly<Record<string, string>> = {
  enable_seqscan: 'off',
  enable_bitmapscan: 'off',
  jit: 'off',
  max_parallel_workers_per_gather: '0',
};

/**
 * Settings of the session that runs reports: no index at all, so that the counters stay exact. Merge joins are off
 * because merely considering one makes the planner probe the ends of an index, which counts as a scan.
 */
export const REPORT_SETTINGS: Readonly<Record<string, string>> = {
  enable_indexscan: 'off',
  enable_indexonlyscan: 'off',
  enable_bitmapscan: 'off',
  enable_mergejoin: 'off',
  jit: 'off',
  max_parallel_workers_per_gather: '0',
};

/** What the application does all day: single rows by key, most of them from loops (N+1). */
export async function replayLookups(client: AdminClient): Promise<void> {
  const { bulkInsertBatches, bulkInsertRows } = CALLS;
  await run(client, CALLS.postById, (i) => `SELECT id, text, date FROM posts WHERE id = ${post(i)}`);
  await run(client, bulkInsertBatches, (batch) => bulkInsert(batch, bulkInsertRows));
  await run(
    client,
    CALLS.latestMetric,
    (i) => `SELECT views, forwards, replies FROM post_metrics
            WHERE post_id = ${post(i)} ORDER BY snapshot_time DESC LIMIT 1`,
  );
  await run(
    client,
    CALLS.metricById,
    (i) => `SELECT * FROM post_metrics WHERE id = ${1 + ((i * 101) % 199_584)}`,
  );
  await run(client, CALLS.channelById, (i) => `SELECT * FROM channels WHERE id = ${1 + (i % 2)}`);
  await run(
    client,
    CALLS.channelsOfUser,
    () => 'SELECT id, title, username, is_active FROM channels WHERE user_id = 1',
  );
  await run(
    client,
    CALLS.recentPosts,
    (i) => `SELECT id, text FROM posts WHERE channel_id = ${1 + (i % 2)} ORDER BY created_at DESC LIMIT 70`,
  );
  await run(
    client,
    CALLS.postByMessage,
    (i) =>
      `SELECT id FROM posts WHERE channel_id = ${1 + (post(i) % 2)} AND telegram_message_id = ${1_000 + post(i)}`,
  );
  await run(
    client,
    CALLS.channelByTelegramId,
    (i) => `SELECT id, title FROM channels WHERE telegram_id = ${-1_001_700_000_001 - (i % 2)}`,
  );
  await run(client, CALLS.unlisten, () => 'UNLISTEN *');
  await run(client, CALLS.reset, () => 'RESET ALL');
}

/** Leaves the 198 dead rows of posts. */
export async function replayPostUpdates(client: AdminClient): Promise<void> {
  // view_count is indexed, so no update is HOT: a page visit then prunes without lowering the count of dead rows.
  await run(
    client,
    CALLS.viewCountUpdate,
    (i) =>
      `UPDATE posts SET view_count = view_count + 25, updated_at = '2025-10-20 07:00Z' WHERE id = ${1 + i * 14}`,
  );
}

/** Leaves more dead rows in channels than live ones. */
export async function replayChannelUpdates(client: AdminClient): Promise<void> {
  await run(
    client,
    CALLS.channelTouch,
    (i) => `UPDATE channels SET last_synced_at = '2025-10-20 08:0${i}Z' WHERE username = 'daily_digest'`,
    1,
  );
}

/** Statements that read much: one is the slowest, another costs the most in total. */
export async function replayReports(client: AdminClient): Promise<void> {
  await run(
    client,
    CALLS.listing,
    (i) => `SELECT p.id, p.text, m.peak, m.snapshots FROM posts AS p
            JOIN (SELECT post_id, max(views) AS peak, count(*) AS snapshots FROM post_metrics GROUP BY post_id) AS m
              ON m.post_id = p.id
            WHERE p.channel_id = ${1 + (i % 2)} AND NOT p.is_deleted ORDER BY m.peak DESC, p.id LIMIT 20`,
    1,
  );
  await run(
    client,
    CALLS.report,
    () => `SELECT p.channel_id, p.media_type, percentile_cont(0.95) WITHIN GROUP (ORDER BY m.views) AS p95_views,
                  percentile_cont(0.5) WITHIN GROUP (ORDER BY m.engagement_rate) AS median_engagement
           FROM post_metrics AS m JOIN posts AS p ON p.id = m.post_id
           GROUP BY p.channel_id, p.media_type ORDER BY p.channel_id, p.media_type`,
    1,
  );
}

/** Many statements per round trip; the server counts and plans each of them by itself. */
async function run(
  client: AdminClient,
  calls: number,
  statement: (i: number) => string,
  perRoundTrip = 500,
): Promise<void> {
  for (let from = 0; from < calls; from += perRoundTrip) {
    const count = Math.min(perRoundTrip, calls - from);
    await client.query(Array.from({ length: count }, (_, i) => statement(from + i)).join(';\n'));
  }
}

/** Walks over all 2,772 posts before any comes again. */
function post(i: number): number {
  return 1 + ((i * 37) % 2_772);
}

function bulkInsert(batch: number, rows: number): string {
  const values = Array.from({ length: rows }, (_, i) => {
    const row = batch * rows + i;
    return `(${post(row)}, '2025-10-20 09:00Z', ${100 + row}, ${row % 5}, 0, ${row % 9}, 1.5)`;
  });
  return `INSERT INTO post_metrics (post_id, snapshot_time, views, forwards, replies, reactions, engagement_rate)
          VALUES ${values.join(', ')}`;
}
