/** Materialized views that the application reads. The second was never created in this database. */
export const EXPECTED_VIEWS: readonly string[] = ['mv_channel_daily_recent', 'mv_post_metrics_recent'];

// The partial unique index looks like a key but can't serve REFRESH … CONCURRENTLY, which wants one without a WHERE:
// https://www.postgresql.org/docs/current/sql-refreshmaterializedview.html
export const MATVIEW = `
CREATE MATERIALIZED VIEW mv_channel_daily_recent AS
  SELECT d.channel_id, c.title, d.day, d.subscribers, d.views, d.posts
  FROM channel_daily AS d
  JOIN channels AS c ON c.id = d.channel_id
  WHERE d.day > (SELECT max(day) - 30 FROM channel_daily)
  WITH NO DATA;
COMMENT ON MATERIALIZED VIEW mv_channel_daily_recent IS 'The last 30 days per channel, for the dashboard.';
CREATE UNIQUE INDEX uq_mv_channel_daily_recent_seen ON mv_channel_daily_recent (channel_id, day) WHERE views > 0;
CREATE INDEX idx_mv_channel_daily_recent_channel ON mv_channel_daily_recent (channel_id);
`;

/** What would make the one that was never created, by its name. */
export const MISSING_VIEW: Readonly<Record<string, readonly string[]>> = {
  mv_post_metrics_recent: [
    `CREATE MATERIALIZED VIEW "public"."mv_post_metrics_recent" AS
  SELECT DISTINCT ON (m.post_id) m.post_id, m.snapshot_time, m.views, m.forwards, m.replies, m.reactions, m.engagement_rate
  FROM public.post_metrics AS m
  ORDER BY m.post_id, m.snapshot_time DESC`,
    'CREATE UNIQUE INDEX "uq_mv_post_metrics_recent" ON "public"."mv_post_metrics_recent" ("post_id")',
    `COMMENT ON MATERIALIZED VIEW "public"."mv_post_metrics_recent" IS 'The latest figures of each post, for the dashboard.'`,
  ],
};
