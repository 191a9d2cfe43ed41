import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEMO_DATABASE, DEMO_PASSWORD, DEMO_ROLE } from '#engine/demo/build.ts';
import { DEMO_TABLES } from '#engine/demo/schema.ts';
import { type DemoHandle, startDemo } from '#engine/demo/start.ts';
import { query, urlOf } from '../support/postgres.ts';

// Every number here is asked of the catalogs with SQL of its own, never of the engine.
const run = promisify(execFile);
const demos: DemoHandle[] = [];
const steps: string[] = [];
let demo: DemoHandle;
/** Taken before a test adds statements of its own. */
let fresh: Awaited<ReturnType<typeof portrait>>;

beforeAll(async () => {
  const startedMs = performance.now();
  demo = await startDemo({ onProgress: (step, done, total) => steps.push(`${done}/${total} ${step}`) });
  demos.push(demo);
  process.stdout.write(`The demo was built in ${Math.round(performance.now() - startedMs)} ms.\n`);
  fresh = await portrait(demo);
}, 120_000);
afterAll(async () => {
  await Promise.all(demos.map((d) => d.stop()));
});

const ask = <R extends object>(sql: string, of: DemoHandle = demo) => query<R>(of.url, sql);

describe('the schema of the demo', () => {
  it('has 39 tables in nine categories', async () => {
    const rows = await ask<{ category: string; tables: number }>(
      `SELECT substring(obj_description(oid, 'pg_class') FROM '^category: (\\w+)\\.') AS category, count(*)::int AS tables
       FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' GROUP BY 1`,
    );
    expect(Object.fromEntries(rows.map((r) => [r.category, r.tables]))).toEqual({
      Core: 8,
      Admin: 5,
      Analytics: 6,
      Audit: 3,
      Payment: 4,
      Alert: 4,
      Content: 4,
      Storage: 2,
      System: 3,
    });
    expect(DEMO_TABLES).toHaveLength(39);
  });

  it('lists its tables in TypeScript as the database has them', async () => {
    const rows = await ask<{ name: string; category: string }>(
      `SELECT relname AS name, substring(obj_description(oid, 'pg_class') FROM '^category: (\\w+)\\.') AS category
       FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'`,
    );
    const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
    expect(rows.toSorted(byName)).toEqual([...DEMO_TABLES].toSorted(byName));
  });

  it('gives every table a primary key and the application role everything', async () => {
    const rows = await ask(
      `SELECT count(*) FILTER (WHERE NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = c.oid AND contype = 'p'))::int
                AS without_key,
              count(DISTINCT relowner)::int AS owners, min(relowner::regrole::text) AS owner
       FROM pg_class AS c WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'`,
    );
    expect(rows).toEqual([{ without_key: 0, owners: 1, owner: DEMO_ROLE }]);
  });

  it('mixes delete rules on channels', async () => {
    const rows = await ask<{ child: string; rule: string }>(
      `SELECT conrelid::regclass::text AS child, confdeltype AS rule FROM pg_constraint
       WHERE contype = 'f' AND confrelid = 'channels'::regclass
         AND conrelid IN ('scheduled_posts'::regclass, 'sent_posts'::regclass) ORDER BY 1`,
    );
    expect(rows).toEqual([
      { child: 'scheduled_posts', rule: 'r' },
      { child: 'sent_posts', rule: 'c' },
    ]);
  });

  it('restricts deleting users except for the audit logs', async () => {
    const rows = await ask<{ child: string }>(
      `SELECT conrelid::regclass::text AS child FROM pg_constraint
       WHERE contype = 'f' AND confrelid = 'users'::regclass AND confdeltype <> 'r' ORDER BY 1`,
    );
    expect(rows.map((r) => r.child)).toEqual(['mtproto_audit_log', 'user_activity_log']);
  });

  it('has a materialized view that was never filled and can not be refreshed concurrently, and lacks another', async () => {
    const views = await ask<{ name: string; is_populated: boolean; usable_keys: number }>(
      `SELECT c.relname AS name, c.relispopulated AS is_populated,
              (SELECT count(*) FROM pg_index AS i WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid
                 AND i.indimmediate AND i.indpred IS NULL AND i.indexprs IS NULL)::int AS usable_keys
       FROM pg_class AS c WHERE c.relkind = 'm'`,
    );
    expect(views).toEqual([{ name: 'mv_channel_daily_recent', is_populated: false, usable_keys: 0 }]);
    expect(demo.expectedViews).toEqual(['mv_channel_daily_recent', 'mv_post_metrics_recent']);
  });

  it('shows good practices: GIN, partial, covering, composite, check, unique, soft delete, timestamps', async () => {
    const [row] = await ask<Record<string, number>>(
      `SELECT count(*) FILTER (WHERE am.amname = 'gin')::int AS gin,
              count(*) FILTER (WHERE indpred IS NOT NULL)::int AS partial,
              count(*) FILTER (WHERE indnatts > indnkeyatts)::int AS covering,
              count(*) FILTER (WHERE indnkeyatts > 1)::int AS composite,
              (SELECT count(*) FROM pg_constraint WHERE contype = 'c' AND conrelid <> 0)::int AS checks,
              (SELECT count(*) FROM pg_constraint WHERE contype = 'u')::int AS uniques,
              (SELECT count(*) FROM pg_attribute JOIN pg_class AS t ON t.oid = attrelid
               WHERE attname = 'deleted_at' AND relkind = 'r')::int AS soft_deletes,
              (SELECT count(*) FROM pg_attribute JOIN pg_class AS t ON t.oid = attrelid
               WHERE attname IN ('created_at', 'updated_at') AND relkind = 'r')::int AS timestamps
       FROM pg_index JOIN pg_class AS i ON i.oid = indexrelid JOIN pg_am AS am ON am.oid = i.relam
       WHERE i.relnamespace = 'public'::regnamespace`,
    );
    expect(Object.entries(row ?? { none: 0 }).filter(([, count]) => count <= 3)).toEqual([]);
  });

  it('has foreign keys without an index', async () => {
    const rows = await ask<{ fk: string }>(
      `SELECT conrelid::regclass || '.' || a.attname AS fk FROM pg_constraint
       JOIN pg_attribute AS a ON attrelid = conrelid AND attnum = conkey[1]
       WHERE contype = 'f' AND NOT EXISTS (
         SELECT FROM pg_index WHERE indrelid = conrelid AND indkey[0] = conkey[1] AND indpred IS NULL) ORDER BY 1`,
    );
    expect(rows.map((r) => r.fk)).toEqual([
      'admin_user_roles.granted_by',
      'channel_mentions.target_channel_id',
      'payment_methods.user_id',
      'payments.payment_method_id',
      'subscriptions.plan_id',
      'system_settings.updated_by',
      'user_activity_log.user_id',
    ]);
  });
});

describe('the indexes of the demo', () => {
  // Counted as the audit counted them: all of the schema, those of the materialized view included.
  it('are 226, 218 of them never scanned, 164 removable', async () => {
    const rows = await ask(
      `SELECT count(*)::int AS indexes, count(*) FILTER (WHERE idx_scan = 0)::int AS never_scanned,
              count(*) FILTER (WHERE idx_scan = 0 AND NOT indisprimary AND NOT indisunique)::int AS removable,
              count(*) FILTER (WHERE NOT indisvalid)::int AS invalid
       FROM pg_index JOIN pg_class AS c ON c.oid = indexrelid
       JOIN pg_stat_all_indexes AS s USING (indexrelid) WHERE c.relnamespace = 'public'::regnamespace`,
    );
    expect(rows).toEqual([{ indexes: 226, never_scanned: 218, removable: 164, invalid: 0 }]);
  });

  it.each([
    ['scheduled_posts', 19, 19],
    ['channels', 16, 13],
    ['posts', 12, 9],
    ['users', 9, 9],
    ['deliveries', 9, 9],
    ['post_metrics', 7, 5],
  ])('%s has %i, %i unused', async (table, indexes, unused) => {
    const rows = await ask(
      `SELECT count(*)::int AS indexes, count(*) FILTER (WHERE idx_scan = 0)::int AS unused
       FROM pg_stat_user_indexes WHERE relname = '${table}'`,
    );
    expect(rows).toEqual([{ indexes, unused }]);
  });

  it('were scanned in the order of the audit, and as often as the workload says', async () => {
    const rows = await ask<{ name: string; scans: number }>(
      `SELECT indexrelname AS name, idx_scan::int AS scans FROM pg_stat_user_indexes WHERE idx_scan > 0
       ORDER BY idx_scan DESC`,
    );
    expect(rows).toEqual([
      { name: 'posts_pkey', scans: 5_806 },
      { name: 'idx_post_metrics_lookup', scans: 3_291 },
      { name: 'post_metrics_pkey', scans: 1_935 },
      { name: 'channels_pkey', scans: 197 },
      { name: 'idx_channels_user_lookup_cover', scans: 52 },
      { name: 'idx_posts_created_at', scans: 40 },
      { name: 'posts_channel_id_telegram_message_id_key', scans: 18 },
      { name: 'channels_telegram_id_key', scans: 7 },
    ]);
  });

  it('hold the redundant family on channels', async () => {
    const rows = await ask<{ name: string; definition: string }>(
      `SELECT c.relname AS name, substring(pg_get_indexdef(c.oid) FROM '\\(.*$') AS definition
       FROM pg_index JOIN pg_class AS c ON c.oid = indexrelid
       WHERE indrelid = 'channels'::regclass AND indkey[0] =
         (SELECT attnum FROM pg_attribute WHERE attrelid = 'channels'::regclass AND attname = 'user_id') ORDER BY 1`,
    );
    expect(Object.fromEntries(rows.map((r) => [r.name, r.definition]))).toEqual({
      idx_channels_user_id: '(user_id)',
      idx_channels_user_count: '(user_id)',
      idx_channels_user_lookup_cover: '(user_id) INCLUDE (id, title, username, is_active)',
      idx_channels_user_dashboard: '(user_id) INCLUDE (title, subscriber_count, is_active)',
      idx_channels_user_analytics_cover: '(user_id) INCLUDE (telegram_id, subscriber_count, last_synced_at)',
      idx_channels_performance_lookup: '(user_id, created_at DESC)',
      idx_channels_user_active: '(user_id, title)',
    });
  });

  it('lack the two that the common queries want', async () => {
    const rows = await ask(
      `SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
       AND (indexdef LIKE '%posts USING btree (channel_id, date%' OR indexdef LIKE '%btree (status, schedule_time)%')`,
    );
    expect(rows).toEqual([]);
  });
});

describe('the rows of the demo', () => {
  it('are alive and dead as in the audit, with channels never vacuumed', async () => {
    const rows = await ask(
      `SELECT relname AS name, n_live_tup::int AS live, n_dead_tup::int AS dead,
              round(100.0 * n_dead_tup / (n_live_tup + n_dead_tup), 2)::float8 AS percent,
              last_vacuum IS NULL AND last_autovacuum IS NULL AS never_vacuumed
       FROM pg_stat_user_tables WHERE relname IN ('posts', 'channels', 'post_metrics') OR n_dead_tup > 0 ORDER BY 1`,
    );
    expect(rows).toEqual([
      { name: 'channels', live: 2, dead: 3, percent: 60, never_vacuumed: true },
      { name: 'post_metrics', live: 200_000, dead: 0, percent: 0, never_vacuumed: false },
      { name: 'posts', live: 2_772, dead: 198, percent: 6.67, never_vacuumed: false },
    ]);
  });

  it('give autovacuum, which is on, no reason to act', async () => {
    const [state] = await ask<{ autovacuum: string; due: string[] }>(
      `SELECT current_setting('autovacuum') AS autovacuum, ARRAY(
         SELECT s.relname::text FROM pg_stat_all_tables AS s JOIN pg_class AS c ON c.oid = s.relid,
           LATERAL (SELECT
             coalesce((SELECT option_value FROM pg_options_to_table(reloptions) WHERE option_name = 'autovacuum_vacuum_threshold'),
                      current_setting('autovacuum_vacuum_threshold'))::float8
             + coalesce((SELECT option_value FROM pg_options_to_table(reloptions) WHERE option_name = 'autovacuum_vacuum_scale_factor'),
                        current_setting('autovacuum_vacuum_scale_factor'))::float8 * greatest(reltuples, 0) AS vacuum_at,
             coalesce((SELECT option_value FROM pg_options_to_table(reloptions) WHERE option_name = 'autovacuum_analyze_threshold'),
                      current_setting('autovacuum_analyze_threshold'))::float8
             + coalesce((SELECT option_value FROM pg_options_to_table(reloptions) WHERE option_name = 'autovacuum_analyze_scale_factor'),
                        current_setting('autovacuum_analyze_scale_factor'))::float8 * greatest(reltuples, 0) AS analyze_at) AS t
         WHERE s.schemaname = 'public' AND (n_dead_tup > vacuum_at OR n_mod_since_analyze > analyze_at
           OR n_ins_since_vacuum > current_setting('autovacuum_vacuum_insert_threshold')::float8)) AS due`,
    );
    expect(state).toEqual({ autovacuum: 'on', due: [] });
    const disabled = await ask(
      `SELECT relname FROM pg_class WHERE reloptions::text LIKE '%autovacuum_enabled%'`,
    );
    expect(disabled).toEqual([]);
  });
});

describe('the workload of the demo', () => {
  it('has three different statements in front: top, slow and most called', async () => {
    const first = async (order: string) => {
      const [row] = await ask<{ query: string; calls: number; mean_ms: number }>(
        `SELECT query, calls::int, mean_exec_time AS mean_ms FROM pg_stat_statements
         WHERE userid = '${DEMO_ROLE}'::regrole ORDER BY ${order} DESC LIMIT 1`,
      );
      return row ?? { query: '', calls: 0, mean_ms: 0 };
    };
    const [top, slow, mostCalled] = [
      await first('total_exec_time'),
      await first('mean_exec_time'),
      await first('calls'),
    ];
    expect(top.query).toContain('max(views) AS peak');
    expect(slow.query).toContain('percentile_cont');
    expect(mostCalled).toMatchObject({ query: 'UNLISTEN *', calls: 11_740 });
    expect(slow.mean_ms).toBeGreaterThan(top.mean_ms);
  });

  it('was run by the application alone', async () => {
    const others = await ask(
      `SELECT query FROM pg_stat_statements
       WHERE userid <> '${DEMO_ROLE}'::regrole AND query ~* '^(CREATE|INSERT|VACUUM|ANALYZE|ALTER)'`,
    );
    expect(others).toEqual([]);
  });
});

describe('the demo server', () => {
  it('lets the application in with its weak password, stored as SCRAM', async () => {
    const url = urlOf(demo.server, DEMO_DATABASE, { user: demo.role, password: demo.password });
    expect(demo.password).toBe(DEMO_PASSWORD);
    expect(await query(url, 'SELECT current_user::text AS me')).toEqual([{ me: 'analyticbot_app' }]);
    const roles = await ask(
      `SELECT rolname, left(rolpassword, 13) AS method, rolsuper FROM pg_authid WHERE rolcanlogin ORDER BY 1`,
    );
    expect(roles).toEqual([
      { rolname: 'analyticbot_app', method: 'SCRAM-SHA-256', rolsuper: false },
      { rolname: 'postgres', method: 'SCRAM-SHA-256', rolsuper: true },
    ]);
  });

  it('is durable and PostgreSQL 15', async () => {
    const rows = await ask(
      `SELECT current_setting('server_version_num')::int / 10000 AS major, current_setting('fsync') AS fsync,
              current_setting('full_page_writes') AS full_page_writes,
              current_setting('synchronous_commit') AS synchronous_commit,
              (SELECT count(*)::int FROM pg_settings WHERE pending_restart) AS pending`,
    );
    expect(rows).toEqual([
      { major: 15, fsync: 'on', full_page_writes: 'on', synchronous_commit: 'on', pending: 0 },
    ]);
  });

  it('reports progress to the end', () => {
    expect(steps.at(0)).toBe('0/9 Starting PostgreSQL');
    expect(steps.at(-1)).toBe('9/9 Ready');
    expect(new Set(steps).size).toBe(10);
  });
});

describe('a second build', () => {
  it('gives the same schema, rows, scans and statements', async () => {
    const again = await startDemo();
    demos.push(again);
    const two = await portrait(again);
    expect(two.schema).toBe(fresh.schema);
    expect(two.rows).toBe(fresh.rows);
    expect(two.counters).toEqual(fresh.counters);
    expect(two.statements).toEqual(fresh.statements);
    expect(fresh.schema.length).toBeGreaterThan(50_000);
  }, 120_000);

  it('can be cancelled and leaves nothing running', async () => {
    const controller = new AbortController();
    const seen: string[] = [];
    const starting = startDemo({
      signal: controller.signal,
      onProgress: (step) => {
        seen.push(step);
        if (step === 'Creating indexes') setTimeout(() => controller.abort(), 50);
      },
    });
    await expect(starting).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(seen).not.toContain('Ready');
  });
});

/** pg_dump first, for it reads tables without an index; then counters, so that they show it. */
async function portrait(of: DemoHandle) {
  const schema = await dump(of, ['--schema-only']);
  const rows = createHash('sha256')
    .update(await dump(of, ['--data-only']))
    .digest('hex');
  const counters = await ask(
    `SELECT relname, indexrelname, idx_scan::int AS scans, idx_tup_read::int AS read, idx_tup_fetch::int AS fetched,
            pg_relation_size(indexrelid)::int AS bytes
     FROM pg_stat_user_indexes ORDER BY indexrelname`,
    of,
  );
  const statements = await ask(
    `SELECT query, calls::int, rows::int FROM pg_stat_statements WHERE userid = '${DEMO_ROLE}'::regrole ORDER BY query`,
    of,
  );
  return { schema, rows, counters, statements };
}

async function dump(of: DemoHandle, options: readonly string[]): Promise<string> {
  const { stdout } = await run(
    'pg_dump',
    [
      ...options,
      '--host',
      of.server.host,
      '--port',
      String(of.server.port),
      '--username',
      of.server.user,
      of.database,
    ],
    {
      env: { ...process.env, PGPASSWORD: of.server.password },
      maxBuffer: 256 * 2 ** 20,
    },
  );
  // Newer clients fence the script with a random word.
  return stdout.replace(/^\\(un)?restrict .*$/gm, '');
}
