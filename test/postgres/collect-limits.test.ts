import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FactName, Facts } from '#shared/model/facts.ts';
import type { Snapshot, Unread } from '#shared/model/snapshot.ts';
import { OWN_FAMILIES, SHARED_FAMILIES } from '#engine/collect/plan.ts';
import {
  createDatabase,
  query,
  type TestDatabase,
  type TestServer,
  urlOf,
  useServer,
} from '../support/postgres.ts';
import { SCHEMA_SQL } from './collect-database.ts';
import { collectFrom, withClient } from './collect-support.ts';

/** What happens where something is locked, forbidden, hidden, too slow or cut off. */
describe('what cannot be read is said', () => {
  const shared = useServer(15);
  let server: TestServer;
  let database: TestDatabase;

  beforeAll(async () => {
    server = await shared.get();
    database = await createDatabase(server, SCHEMA_SQL);
  });
  afterAll(() => database?.drop());

  const all: readonly FactName[] = ['server', ...ALL_FAMILIES.flatMap((family) => family.facts)];
  const unreadOf = (snapshot: Snapshot, fact: FactName): Unread[] =>
    snapshot.unread.filter((u) => u.fact === fact);
  /** Each fact is there, or unread as a whole. */
  const isAccountedFor = (snapshot: Snapshot): void => {
    for (const fact of all) {
      const isUnread = unreadOf(snapshot, fact).some((u) => u.objectOids === null);
      expect(snapshot.facts[fact] !== undefined, fact).toBe(!isUnread);
    }
    for (const entry of snapshot.unread) expect(entry.reason, entry.fact).toMatch(/^[A-Z].*\.$/s);
  };
  const oidOf = async (name: string): Promise<number> => {
    const [row] = await database.query<{ oid: number }>('SELECT $1::regclass::int AS oid', [name]);
    return row?.oid ?? 0;
  };

  it('a table under ACCESS EXCLUSIVE costs nothing but its own texts and sizes', async () => {
    await withClient(database.url, async (holder) => {
      await holder.query('BEGIN; LOCK TABLE ONLY app.locked IN ACCESS EXCLUSIVE MODE');
      const labels: string[] = [];
      const snapshot = await collectFrom(database.url, { before: async (label) => void labels.push(label) });
      // Nobody waited: whoever runs into a lock looks at the locks again.
      expect(labels).not.toContain('locks');
      isAccountedFor(snapshot);
      const [table, index, plain] = [
        await oidOf('app.locked'),
        await oidOf('app.locked_expression'),
        await oidOf('app.locked_plain'),
      ];
      expect(snapshot.facts.server.lockedTableOids).toEqual([table]);
      expect(new Set(snapshot.unread.map((u) => `${u.fact} ${u.cause}`))).toEqual(
        new Set(['tables lock', 'indexes lock', 'constraints lock', 'policies lock']),
      );
      expect(unreadOf(snapshot, 'indexes').flatMap((u) => u.objectOids ?? [])).toEqual(
        expect.arrayContaining([index, plain]),
      );
      expect(snapshot.facts.indexes?.find((i) => i.oid === index)).toMatchObject({
        isOpaque: true,
        definition: null,
      });
      expect(snapshot.facts.indexes?.find((i) => i.oid === plain)).toMatchObject({
        isOpaque: false,
        sizeIsExact: false,
      });
      expect(snapshot.facts.indexes?.find((i) => i.name === 'with_expression')?.definition).toContain(
        'lower',
      );
      expect(snapshot.facts.tables?.find((t) => t.oid === table)).toMatchObject({ sizeIsExact: false });
      expect(snapshot.facts.policies?.map((p) => p.name)).toEqual(['by_tenant']);
    });
  });

  it('a lock that comes in the middle delays once, and the rest is still read', async () => {
    await withClient(database.url, async (holder) => {
      const labels: string[] = [];
      const snapshot = await collectFrom(database.url, {
        before: async (label) => {
          labels.push(label);
          if (label === 'index definitions')
            await holder.query('BEGIN; LOCK TABLE ONLY app.locked IN ACCESS EXCLUSIVE MODE');
        },
      });
      expect(labels.filter((label) => label === 'locks')).toHaveLength(1);
      isAccountedFor(snapshot);
      expect(unreadOf(snapshot, 'constraints')).toEqual([]);
      expect(unreadOf(snapshot, 'indexes')[0]).toMatchObject({
        cause: 'lock',
        objectOids: [await oidOf('app.locked_expression')],
      });
      expect(snapshot.facts.indexes?.filter((i) => i.isOpaque).map((i) => i.name)).toEqual([
        'locked_expression',
      ]);
    });
  });

  it('a sequence that is being altered is left out alone', async () => {
    await withClient(database.url, async (holder) => {
      await holder.query('BEGIN; ALTER SEQUENCE app.parent_id_seq CACHE 5');
      const snapshot = await collectFrom(database.url, { only: ['sequenceValues'] });
      const [entry] = unreadOf(snapshot, 'sequenceValues');
      expect(entry).toMatchObject({
        cause: 'lock',
        grant: null,
        objectOids: [await oidOf('app.parent_id_seq')],
      });
      expect(snapshot.facts.sequenceValues?.length).toBeGreaterThan(2);
      await holder.query('ROLLBACK');
    });
  });

  it('a role without privileges: every gap has a reason, and every GRANT closes its gap', async () => {
    const role = `Nobody "${database.name}"`;
    const url = urlOf(server, database.name, { user: role, password: 'pw' });
    const quoted = `"${role.replaceAll('"', '""')}"`;
    await database.query(
      `CREATE ROLE ${quoted} LOGIN PASSWORD 'pw'; REVOKE CREATE, USAGE ON SCHEMA app FROM PUBLIC`,
    );
    const closed = await createDatabase(server);
    await closed.query(`REVOKE CONNECT ON DATABASE ${closed.name} FROM PUBLIC`);
    // Big enough for column statistics to matter, and busy, so that there is something to hide.
    await database.query(
      `CREATE TABLE app.big AS SELECT g, repeat('x', 500) AS body FROM generate_series(1, 20000) g`,
    );
    await database.query('ANALYZE app.big; SELECT 1');
    try {
      const poor = await withClient(database.url, () => collectFrom(url));
      isAccountedFor(poor);
      expect(new Set(poor.unread.map((u) => `${u.fact} ${u.cause}`))).toEqual(
        new Set(HIDDEN_FROM_PLAIN_ROLES.map((fact) => `${fact} privilege`)),
      );
      expect(poor.unread.every((u) => u.grant?.includes(quoted))).toBe(true);
      // What is hidden is not made up.
      expect(poor.facts.settings?.some((s) => s.name === 'shared_preload_libraries')).toBe(false);
      expect(poor.facts.sequenceValues).toEqual([]);
      expect(poor.facts.activity?.some((a) => a.state === null && a.query === null)).toBe(true);

      for (const grant of new Set(poor.unread.map((u) => u.grant ?? ''))) await database.query(grant);
      const rich = await withClient(database.url, () => collectFrom(url));
      expect(rich.unread).toEqual([]);
      expect(rich.facts.columnStatistics?.length).toBe(2);
      expect(rich.facts.sequenceValues?.length).toBeGreaterThan(2);
    } finally {
      await closed.drop();
      await database.query(`DROP OWNED BY ${quoted}; DROP ROLE ${quoted}`);
    }
  });

  it('a dropped connection keeps what was read and names what was not', async () => {
    const snapshot = await collectFrom(database.url, {
      before: async (label) => {
        if (label === 'sequences') await query(urlOf(server, 'postgres'), KILL, [database.name]);
      },
    });
    isAccountedFor(snapshot);
    expect(snapshot.facts.indexes?.length).toBeGreaterThan(20);
    expect(snapshot.facts.databases).toBeUndefined();
    expect(unreadOf(snapshot, 'databases')).toMatchObject([{ cause: 'connection', grant: null }]);
  });

  it('a connection lost between rows and texts leaves no index that looks complete', async () => {
    const snapshot = await collectFrom(database.url, {
      before: async (label) => {
        if (label === 'index definitions') await query(urlOf(server, 'postgres'), KILL, [database.name]);
      },
    });
    isAccountedFor(snapshot);
    const opaque = snapshot.facts.indexes?.filter((i) => i.isOpaque).map((i) => i.oid) ?? [];
    expect(opaque.length).toBeGreaterThan(2);
    const noted = unreadOf(snapshot, 'indexes').filter((u) => u.cause === 'connection');
    expect(noted.flatMap((u) => u.objectOids ?? [])).toEqual(expect.arrayContaining(opaque));
  });

  it('a connection lost in the middle of the rows accounts for every fact', async () => {
    for (const moment of ['constraints', 'indexes', 'views', 'activity']) {
      let killing: Promise<unknown> = Promise.resolve();
      const snapshot = await collectFrom(database.url, {
        onProgress: (label) => {
          if (label === moment) killing = query(urlOf(server, 'postgres'), KILL, [database.name]);
        },
        // The backend may be faster than its end; it is gone by then at the latest.
        before: async (label) => {
          if (label !== 'catalog') await killing;
        },
      });
      isAccountedFor(snapshot);
      const details = snapshot.unread.filter((u) => u.cause === 'connection' && u.fact === 'indexes');
      expect(details.length, moment).toBeGreaterThan(0);
    }
  });

  it('an abort ends the collection at once, with what is there', async () => {
    const controller = new AbortController();
    const snapshot = await collectFrom(database.url, {
      signal: controller.signal,
      before: async (label) => {
        if (label === 'policies') controller.abort();
      },
    });
    isAccountedFor(snapshot);
    expect(snapshot.facts.tables?.length).toBeGreaterThan(5);
    expect(unreadOf(snapshot, 'statements')).toMatchObject([{ cause: 'connection' }]);
    const early = AbortSignal.abort();
    await expect(collectFrom(database.url, { signal: early })).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  it('waiting sessions show whom they wait for', async () => {
    await withClient(database.url, async (holder) => {
      await holder.query('BEGIN; LOCK TABLE app.ticket IN EXCLUSIVE MODE');
      await withClient(database.url, async (waiter) => {
        const waiting = waiter.query('INSERT INTO app.ticket DEFAULT VALUES');
        await delay(150);
        const { facts } = await collectFrom(database.url, { only: ['activity'] });
        const pid = async (): Promise<number> =>
          (await holder.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows[0]?.pid ?? 0;
        const found = facts.activity?.find((a) => a.blockedBy.length > 0);
        expect(found).toMatchObject({
          application: 'bystander',
          blockedBy: [await pid()],
          lockMode: 'RowExclusiveLock',
          lockRelation: 'app.ticket',
          waitEventType: 'Lock',
          state: 'active',
          isLoopback: true,
          usesTls: false,
          isOwn: false,
        });
        expect(found?.lockWaitMs).toBeGreaterThan(100);
        const own = facts.activity?.filter((a) => a.isOwn && a.database === database.name);
        expect(own).toHaveLength(1);
        await holder.query('ROLLBACK');
        await waiting;
      });
    });
  });

  it('stored passwords are tried offline, and no verifier gets out', async () => {
    const suffix = database.name;
    const roles = {
      [`default_${suffix}`]: `'change_me'`,
      [`md5_${suffix}`]: `'md5${'0'.repeat(32)}'`,
      [`own_${suffix}`]: `'own_${suffix}'`,
      [`db_${suffix}`]: `'${suffix}'`,
      [`strong_${suffix}`]: `'kX9-not-in-any-list'`,
      [`none_${suffix}`]: 'NULL',
    };
    for (const [role, password] of Object.entries(roles))
      await database.query(`CREATE ROLE ${role} LOGIN PASSWORD ${password}`);
    await database.query(
      `BEGIN; SET LOCAL password_encryption = md5; CREATE ROLE old_${suffix} LOGIN PASSWORD 'Secret'; ALTER ROLE old_${suffix} PASSWORD 'secret'; COMMIT`,
    );
    try {
      const { facts, unread } = await collectFrom(database.url, { only: ['rolePasswords'] });
      const found = Object.fromEntries(
        (facts.rolePasswords ?? []).map((r) => [r.role.replace(`_${suffix}`, ''), [r.kind, r.weakness]]),
      );
      expect(found).toMatchObject({
        default: ['scram-sha-256', 'default'],
        md5: ['md5', null],
        old: ['md5', 'default'],
        own: ['scram-sha-256', 'role-name'],
        db: ['scram-sha-256', 'database-name'],
        strong: ['scram-sha-256', null],
        none: ['none', null],
      });
      expect(unread).toEqual([]);
      expect(JSON.stringify(facts)).not.toMatch(/SCRAM-SHA-256\$|md5[0-9a-f]{32}/);
    } finally {
      for (const role of [...Object.keys(roles), `old_${suffix}`]) await database.query(`DROP ROLE ${role}`);
    }
  });

  it('statements: ours are marked, other databases are not shown', async () => {
    await database.query('SELECT count(*) FROM app.parent WHERE id > 5');
    await collectFrom(database.url);
    const { facts, unread } = await collectFrom(database.url);
    expect(unread).toEqual([]);
    const { statements } = facts as Facts;
    expect(statements).toMatchObject({ schema: 'app', evictions: expect.any(Number) });
    expect(statements.totalExecMs).toBeGreaterThan(0);
    const texts = statements.statements.filter((s) => !s.isOwn).map((s) => s.query ?? '');
    expect(texts).toContain('SELECT count(*) FROM app.parent WHERE id > $1');
    expect(texts.filter((t) => t.includes('pg_catalog.pg_attribute') || t.includes('pgvitals'))).toEqual([]);
    expect(statements.statements.some((s) => s.isOwn)).toBe(true);
  });

  it('without the extension, or without its library, the next step is named', async () => {
    const bare = await createDatabase(server);
    try {
      const { facts, unread } = await collectFrom(bare.url, { only: ['statements', 'settings'] });
      expect(facts.statements).toBeUndefined();
      expect(unread).toMatchObject([
        { fact: 'statements', cause: 'extension', grant: null, objectOids: null },
      ]);
      expect(unread[0]?.reason).toContain('CREATE EXTENSION pg_stat_statements');
      expect(unread[0]?.reason).not.toContain('restart');
    } finally {
      await bare.drop();
    }
  });
});

const SCANS_SQL = `SELECT sum(idx_scan)::int AS n FROM pg_stat_user_tables WHERE relname = 'parent'`;
const ALL_FAMILIES = [...SHARED_FAMILIES, ...OWN_FAMILIES].filter((family) => !family.isForPagesOnly);
const KILL = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE datname = $1 AND application_name = 'pgvitals/collector'`;

/** Each major once, with what only it knows. */
describe.each([14, 16, 17, 18] as const)('PostgreSQL %i', (major) => {
  const shared = useServer(major);

  it('reads every family', async () => {
    const database = await createDatabase(await shared.get(), `${SCHEMA_SQL}\n${NEWS[major]}`);
    try {
      await collectFrom(database.url, { only: ['statements'] });
      // 14's statistics collector is a process of its own and half a second behind.
      for (let waited = 0; waited < 5_000; waited += 100) {
        const [row] = await database.query<{ n: number }>(SCANS_SQL);
        if ((row?.n ?? 0) > 0) break;
        await delay(100);
      }
      const snapshot = await collectFrom(database.url);
      expect(snapshot.unread).toEqual([]);
      for (const { facts } of ALL_FAMILIES)
        for (const fact of facts) expect(snapshot.facts[fact], fact).toBeDefined();
      const { facts } = snapshot as { facts: Facts };
      expect(facts.tables.find((t) => t.name === 'parent')?.indexScans).toBeGreaterThan(0);
      expect(facts.tables.find((t) => t.name === 'never_analyzed')?.estimatedRows).toBeNull();
      expect(facts.publications.find((p) => p.name === 'few')?.tableOids).toHaveLength(4);
      expect(facts.statements.statements.some((s) => s.isOwn)).toBe(true);
      expect(facts.activity.find((a) => a.isOwn)?.state).toBe('active');
      if (major >= 16) {
        expect(facts.tables.find((t) => t.name === 'parent')?.lastIndexScanAt).not.toBeNull();
        expect(facts.tables.find((t) => t.name === 'child')?.newPageUpdated).not.toBeNull();
        expect(facts.hbaRules[0]?.fileName).toContain('pg_hba.conf');
        expect(facts.indexes.find((i) => i.name === 'no_null_twice')?.nullsNotDistinct).toBe(true);
        expect(facts.views.find((v) => v.name === 'as_caller')?.isSecurityInvoker).toBe(true);
        expect(facts.constraints.find((c) => c.name === 'partly')?.onDeleteColumns).toEqual([2]);
      } else {
        expect(facts.tables.find((t) => t.name === 'child')?.newPageUpdated).toBeNull();
      }
      if (major === 18) {
        const byName = new Map(facts.constraints.map((c) => [c.name, c]));
        expect(byName.get('not_enforced')).toMatchObject({ isEnforced: false, type: 'c' });
        expect(byName.get('not_enforced')?.definition).toContain('NOT ENFORCED');
        expect(byName.get('not_null_later')).toMatchObject({
          isEnforced: true,
          isValidated: false,
          type: 'n',
        });
        expect(byName.get('temporal')).toMatchObject({ hasPeriod: true, type: 'f' });
        expect(facts.constraints.filter((c) => c.type === 'n')).toHaveLength(1);
      }
    } finally {
      await database.drop();
    }
  });
});

const HIDDEN_FROM_PLAIN_ROLES =
  'rolePasswords columnStatistics restrictedSettings fileSettingErrors hbaRules activity sequenceValues statements databases'.split(
    ' ',
  );

const FROM_15 = `
  CREATE TABLE app.nulls (a int);
  CREATE UNIQUE INDEX no_null_twice ON app.nulls (a) NULLS NOT DISTINCT;
  CREATE VIEW app.as_caller WITH (security_invoker = on) AS SELECT * FROM app.nulls;
  CREATE TABLE app.two (a int, b int, PRIMARY KEY (a, b));
  CREATE TABLE app.two_child (a int, b int,
    CONSTRAINT partly FOREIGN KEY (a, b) REFERENCES app.two ON DELETE SET NULL (b));`;

const NEWS = {
  14: '',
  16: FROM_15,
  17: FROM_15,
  18: `${FROM_15}
    ALTER TABLE app.nulls ADD CONSTRAINT not_enforced CHECK (a > 0) NOT ENFORCED;
    ALTER TABLE app.two_child ADD CONSTRAINT not_null_later NOT NULL a NOT VALID;
    CREATE EXTENSION btree_gist SCHEMA app;
    CREATE TABLE app.stay (room int, during daterange, PRIMARY KEY (room, during WITHOUT OVERLAPS));
    CREATE TABLE app.extra (room int, during daterange,
      CONSTRAINT temporal FOREIGN KEY (room, PERIOD during) REFERENCES app.stay (room, PERIOD during));`,
} as const;
