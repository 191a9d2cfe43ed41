import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SettingRow, SettingsOverview } from '#shared/model/settings.ts';
import { collectSnapshot } from '#engine/collect/collect.ts';
import { withUnit } from '#engine/insight/settings/values.ts';
import type { ReadSession } from '#engine/postgres/read-session.ts';
import { openReadSession } from '#engine/postgres/session.ts';
import { parseConnectionInput } from '#engine/postgres/url.ts';
import { useEngine } from '../support/insight.ts';
import { createDatabase, query, urlOf, useDemo, usePrivateServer, useServer } from '../support/postgres.ts';

const { engine, open } = useEngine();
const demo = useDemo();
const shared = useServer(17);

const overviewOf = async (connectionId: string): Promise<SettingsOverview> =>
  (await engine.insight.settings.overview({ connectionId, maxAgeMs: 0 }, {})).data;

function named(data: SettingsOverview, name: string): SettingRow {
  const row = data.settings.find((candidate) => candidate.name === name);
  if (!row) throw new Error(`no setting ${name}`);
  return row;
}

interface Truth {
  readonly name: string;
  readonly setting: string;
  readonly unit: string | null;
  readonly boot: string | null;
  readonly source: string;
  readonly file: string | null;
  readonly line: number | null;
  readonly pending: boolean;
  readonly context: string;
  readonly category: string;
}

/** What pg_settings shows to a session that sets nothing itself. */
const truthOf = (url: string): Promise<Truth[]> =>
  query<Truth>(
    url,
    `SELECT name, setting, unit, boot_val AS boot, source, sourcefile AS file, sourceline AS line,
       pending_restart AS pending, context, category
     FROM pg_settings WHERE name NOT IN ('transaction_isolation', 'transaction_read_only', 'transaction_deferrable')`,
  );

/** The driver of the test names itself and its encoding. */
const CLIENT_SETS = new Set(['application_name', 'client_encoding']);

function expectTruth(data: SettingsOverview, truth: readonly Truth[]): void {
  expect(data.settings.map((row) => row.name).sort()).toEqual(truth.map((t) => t.name).sort());
  for (const t of truth.filter(({ name }) => !CLIENT_SETS.has(name))) {
    const row = named(data, t.name);
    expect([t.name, row.value, row.standard, row.category]).toEqual([
      t.name,
      withUnit(t.setting, t.unit),
      t.boot === null ? null : withUnit(t.boot, t.unit),
      t.category,
    ]);
    expect([t.name, row.place]).toEqual([t.name, t.line === null ? null : { file: t.file, line: t.line }]);
    if (t.line === null) expect([t.name, row.source]).toEqual([t.name, WORDS[t.source] ?? t.source]);
    if (t.pending) expect([t.name, row.waitsFor]).toEqual([t.name, 'restart']);
    if (t.context === 'postmaster') expect([t.name, row.takes]).toEqual([t.name, 'restart']);
    if (t.context === 'sighup') expect([t.name, row.takes]).toEqual([t.name, 'reload']);
    const isChosen = !['default', 'override'].includes(t.source);
    if (!isChosen || t.setting === t.boot) expect([t.name, row.isChanged]).toEqual([t.name, false]);
    else expect([t.name, row.isChanged]).toEqual([t.name, true]);
  }
}

const WORDS: Readonly<Record<string, string>> = {
  override: 'worked out at start',
  database: 'ALTER DATABASE',
  global: 'ALTER ROLE ALL',
};

describe.each([14, 15, 16, 17, 18] as const)('settings on PostgreSQL %i', (major) => {
  const server = usePrivateServer({
    major,
    settings: {
      random_page_cost: '4',
      work_mem: '4MB',
      statement_timeout: '2min',
      search_path: 'public',
      application_name: 'from-the-file',
      lock_timeout: '7s',
    },
  });

  it('are those of a session that sets nothing, with file and line, though ours sets some', async () => {
    const database = await createDatabase(await server.get());
    await database.query(`ALTER DATABASE ${database.name} SET idle_in_transaction_session_timeout = '9min'`);
    await database.query(`ALTER DATABASE ${database.name} SET work_mem = '7MB'`);
    await database.query(`ALTER ROLE ALL SET "DateStyle" = 'ISO, DMY'`);
    try {
      const data = await overviewOf(await open(database.url));
      expectTruth(data, await truthOf(database.url));
      // What the transactions of PgVitals set is still what others get.
      expect(named(data, 'statement_timeout')).toMatchObject({ value: '2 min', isChanged: true });
      expect(named(data, 'statement_timeout').source).toMatch(/^postgresql\.conf:\d+$/);
      expect(named(data, 'lock_timeout')).toMatchObject({ value: '7 s', standard: '0' });
      expect(named(data, 'idle_in_transaction_session_timeout')).toMatchObject({
        value: '9 min',
        source: 'ALTER DATABASE',
        isChanged: true,
      });
      expect(named(data, 'DateStyle')).toMatchObject({ value: 'ISO, DMY', source: 'ALTER ROLE ALL' });
      expect(named(data, 'jit')).toMatchObject({ value: 'on', source: 'default', isChanged: false });
      expect(named(data, 'search_path')).toMatchObject({ value: 'public', isChanged: true });
      expect(named(data, 'application_name')).toMatchObject({ value: 'from-the-file', isChanged: true });
      expect(named(data, 'client_encoding')).toMatchObject({ value: 'UTF8', isChanged: false });
      expect(data.changed).toBe(data.settings.filter((row) => row.isChanged).length);
      expect(data.overrides).toContainEqual({
        role: null,
        database: database.name,
        name: 'work_mem',
        value: '7 MB',
        otherwise: '7 MB',
      });
    } finally {
      await database.query('ALTER ROLE ALL RESET "DateStyle"');
    }
  });

  it('hide neither behind a role that has settings of its own, nor from one that may read little', async () => {
    const database = await createDatabase(await server.get());
    const role = `set_${database.name}`;
    await database.query(`CREATE ROLE ${role} LOGIN PASSWORD 'set-51aa0c'`);
    await database.query(`ALTER ROLE ${role} SET statement_timeout = '3s'`);
    await database.query(`ALTER ROLE ${role} IN DATABASE ${database.name} SET work_mem = '64MB'`);
    const url = urlOf(await server.get(), database.name, { user: role, password: 'set-51aa0c' });
    const limited = await overviewOf(await open(url));
    expect(named(limited, 'statement_timeout')).toMatchObject({
      value: null,
      source: 'not shown to this role',
      isChanged: false,
    });
    expect(limited.files).toBeNull();
    await database.query(
      `GRANT SELECT ON pg_file_settings TO ${role}; GRANT EXECUTE ON FUNCTION pg_show_all_file_settings() TO ${role}; GRANT pg_read_all_settings TO ${role}`,
    );
    const data = await overviewOf(await open(url));
    expectTruth(data, await truthOf(database.url));
    expect(data.overrides).toEqual(
      expect.arrayContaining([
        { role, database: null, name: 'statement_timeout', value: '3 s', otherwise: '2 min' },
        { role, database: database.name, name: 'work_mem', value: '64 MB', otherwise: '4 MB' },
      ]),
    );
  });

  it('that wait for a reload or a restart are told, and lines without effect', async () => {
    const started = await server.get();
    const database = await createDatabase(started);
    const truth = () =>
      query<{ name: string }>(
        database.url,
        'SELECT name FROM pg_settings WHERE pending_restart ORDER BY name',
      );
    await database.query('ALTER SYSTEM SET max_connections = 57');
    await database.query(`ALTER SYSTEM SET lock_timeout = '8s'`);
    const connectionId = await open(database.url);
    const before = await overviewOf(connectionId);
    expect(named(before, 'lock_timeout')).toMatchObject({
      value: '7 s',
      waitsFor: 'reload',
      waiting: '8 s',
    });
    expect(named(before, 'max_connections')).toMatchObject({ waitsFor: 'restart', waiting: '57' });
    await database.query('SELECT pg_reload_conf()');
    await expect.poll(truth).toEqual([{ name: 'max_connections' }]);
    // A session reads the files again when it is used next: before they are broken.
    await expect.poll(async () => named(await overviewOf(connectionId), 'lock_timeout').value).toBe('8 s');
    await appendFile(join(started.dataDir, 'postgresql.conf'), "no_such_setting = 'x'\n");
    const after = await overviewOf(connectionId);
    expect(after.settings.filter((row) => row.waitsFor !== null).map((row) => row.name)).toEqual(
      (await truth()).map((t) => t.name),
    );
    expect(named(after, 'lock_timeout')).toMatchObject({
      value: '8 s',
      source: expect.stringMatching(/auto/),
    });
    const lines = await query<{ name: string; file: string; line: number; setting: string; error: string }>(
      database.url,
      `SELECT f.name, sourcefile AS file, sourceline AS line, f.setting, f.error FROM pg_file_settings f
       WHERE error IS NOT NULL AND error <> 'setting could not be applied'
         OR EXISTS (SELECT FROM pg_file_settings later WHERE lower(later.name) = lower(f.name) AND later.seqno > f.seqno)
       ORDER BY seqno`,
    );
    expect(after.files?.errors).toEqual(
      lines
        .filter((l) => l.error !== null)
        .map(({ file, line, name, error }) => ({ file, line, name, error })),
    );
    expect(after.files?.errors.map((e) => e.name)).toEqual(['no_such_setting']);
    expect(
      after.files?.overridden.map(({ file, line, name, value }) => ({ file, line, name, value })),
    ).toEqual(
      lines
        .filter((l) => l.error === null)
        .map(({ file, line, name, setting }) => ({ file, line, name, value: setting })),
    );
    expect(named(after, 'lock_timeout').overridden.map((o) => o.value)).toContain('7s');
  });
});

describe.each([14, 18] as const)('advice on PostgreSQL %i', (major) => {
  const server = usePrivateServer({ major, settings: { random_page_cost: '4', work_mem: '4MB' } });

  it('fits the machine that it was told, and every advice takes effect', async () => {
    const database = await createDatabase(await server.get());
    const connectionId = await open(database.url);
    expect(await overviewOf(connectionId)).toMatchObject({ machine: null, advice: [] });
    const machine = { memoryGb: 16, cpus: 8, disk: 'ssd', workload: 'web' } as const;
    await engine.insight.settings.setMachine({ connectionId, machine }, {});
    const { advice: before, machine: remembered } = await overviewOf(connectionId);
    expect(remembered).toEqual(machine);
    expect(before.find((a) => a.name === 'shared_buffers')?.advised).toBe('4GB');
    expect(before.find((a) => a.name === 'random_page_cost')?.advised).toBe('1.1');
    expect(before.every((a) => a.reason.length > 30)).toBe(true);
    for (const one of before) for (const sql of one.fix.sql) await database.query(sql);
    await (await server.get()).restart();
    expect((await overviewOf(await open(database.url))).advice.map((a) => a.name)).toEqual([]);
    for (const one of before) for (const sql of one.fix.undo) await database.query(sql);
    await (await server.get()).restart();
    const undone = await overviewOf(await open(database.url));
    expect(undone.advice.map((a) => a.name)).toEqual(before.map((a) => a.name));
  });
});

describe.each([14, 15, 16, 17, 18] as const)('advice for machines at the ends on PostgreSQL %i', (major) => {
  const server = usePrivateServer({ major });

  it('is taken by the server', async () => {
    const database = await createDatabase(await server.get());
    const connectionId = await open(database.url);
    for (const machine of [
      { memoryGb: 0.25, cpus: 1, disk: 'hdd', workload: 'web' },
      { memoryGb: 65_536, cpus: 4_096, disk: 'network', workload: 'analytics' },
    ] as const) {
      await engine.insight.settings.setMachine({ connectionId, machine }, {});
      const { advice } = await overviewOf(connectionId);
      expect(advice.length).toBeGreaterThan(0);
      // ALTER SYSTEM refuses what is out of bounds in this version.
      for (const { fix } of advice) for (const sql of fix.sql.slice(0, 1)) await database.query(sql);
    }
  });
});

it('puts the settings of our own transactions back after reading', async () => {
  const database = await createDatabase(await shared.get());
  await database.query(`ALTER DATABASE ${database.name} SET statement_timeout = '2min'`);
  const session = await openReadSession(parseConnectionInput(database.url), {});
  const ours = `SELECT name, setting, reset_val FROM pg_catalog.pg_settings WHERE source = 'session' ORDER BY name`;
  const seen: { before: unknown; after: unknown }[] = [];
  const watched: ReadSession = {
    capabilities: session.capabilities,
    get isLost() {
      return session.isLost;
    },
    read: (label, work, options) =>
      session.read(
        label,
        async (transaction) => {
          const before = await transaction.rows(ours);
          const result = await work(transaction);
          seen.push({ before, after: await transaction.rows(ours) });
          return result;
        },
        options,
      ),
    look: (options) => session.look(options),
    rest: () => session.rest(),
    wake: () => session.wake(),
    close: () => session.close(),
  };
  try {
    const { facts } = await collectSnapshot(watched, {
      toolVersion: 'test',
      ownPasswordIsDefault: false,
      only: ['settings'],
    });
    expect(facts.settings?.find((s) => s.name === 'statement_timeout')?.setting).toBe('120000');
    expect(seen.length).toBeGreaterThan(0);
    for (const { before, after } of seen) expect(after).toEqual(before);
  } finally {
    await session.close();
  }
});

describe('settings of the demo', () => {
  it('are those of a plain session', async () => {
    const { url } = await demo.get();
    expectTruth(await overviewOf(await open(url)), await truthOf(url));
  });
});

describe('two connections', () => {
  it('differ by exactly what SQL says, whatever units and spelling', async () => {
    const database = await createDatabase(await shared.get(), '');
    const twin = await createDatabase(await shared.get(), '');
    await twin.query(`ALTER DATABASE ${twin.name} SET random_page_cost = 1.7`);
    await twin.query(`ALTER DATABASE ${twin.name} SET work_mem = '4096kB'`);
    await twin.query(`ALTER DATABASE ${twin.name} SET statement_timeout = '1min'`);
    const [here, there, same] = [await open(database.url), await open(twin.url), await open(database.url)];
    const diffOf = (connectionId: string, otherConnectionId: string) =>
      engine.insight.settings.diff({ connectionId, otherConnectionId }, {});
    const diff = await diffOf(here, there);
    const differing = diff.rows.filter((row) => row.isDifferent);
    expect(differing.map((r) => [r.name, r.here.value, r.there.value])).toEqual([
      ['random_page_cost', '4', '1.7'],
      ['statement_timeout', '0', '1 min'],
    ]);
    expect(differing[0]?.there.source).toBe('ALTER DATABASE');
    expect(diff.rows.find((r) => r.name === 'work_mem')).toMatchObject({ isDifferent: false });
    const [all] = await database.query<{ n: number }>(
      "SELECT count(*)::int AS n FROM pg_settings WHERE name !~ '^transaction_(isolation|read_only|deferrable)$'",
    );
    expect(diff.rows.length + diff.leftOut).toBe(all?.n);
    expect((await diffOf(here, same)).rows.filter((row) => row.isDifferent)).toEqual([]);

    const demoUrl = (await demo.get()).url;
    const versions = await diffOf(here, await open(demoUrl));
    const sides = await Promise.all([truthOf(database.url), truthOf(demoUrl)]);
    const [mine, theirs] = sides.map((rows) => new Map(rows.map((r) => [r.name, r])));
    for (const row of versions.rows.filter(({ name }) => !CLIENT_SETS.has(name))) {
      const [a, b] = [mine?.get(row.name), theirs?.get(row.name)];
      expect([row.name, row.isDifferent]).toEqual([
        row.name,
        a?.setting !== b?.setting || a?.unit !== b?.unit,
      ]);
    }
    expect(versions.rows).toContainEqual(
      expect.objectContaining({ name: 'summarize_wal', there: { value: null, source: null } }),
    );
  });
});
