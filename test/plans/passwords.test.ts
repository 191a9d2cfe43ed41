import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import pg from 'pg';
import { createEngine } from '#engine/create-engine.ts';
import type { Engine } from '#engine/engine.ts';
import type { SecretStore } from '#engine/host.ts';
import type { Job } from '#shared/model/plan.ts';
import { createNodeHost } from '../../electron/hosts/node-host.ts';
import { createDatabase, query, type TestDatabase, urlOf, usePrivateServer } from '../support/postgres.ts';
import { fileSecrets } from '../support/rotate-and-die.ts';

const run = promisify(execFile);
const CHILD = join(import.meta.dirname, '../support/rotate-and-die.ts');

const folder = mkdtempSync(join(tmpdir(), 'pgvitals-rotation-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** An engine that logs into a list and keeps its journal in a file. */
function useEngine(secrets: SecretStore | null): { engine: Engine; log: string[]; dataDir: string } {
  const log: string[] = [];
  const dataDir = mkdtempSync(join(folder, 'data-'));
  const host = createNodeHost({
    kind: 'in-process',
    toolVersion: 'test',
    dataDir,
    writeLogLine: (line) => log.push(line),
  });
  const engine = createEngine({ ...host, secrets });
  afterAll(() => engine.close());
  return { engine, log, dataDir };
}

async function rotate(engine: Engine, id: string, role: string): Promise<{ job: Job; texts: string[] }> {
  engine.plans.unlock(id);
  const plan = await engine.plans.preview(
    id,
    { kind: 'action', action: { verb: 'rotate-password', role } },
    {},
  );
  const scripts = (['psql', 'alembic', 'up', 'down'] as const).map(
    (format) => engine.plans.script(id, plan.planId, format).text,
  );
  const accepted = plan.mustAccept.map((acceptance) => acceptance.id);
  const { jobId } = await engine.plans.execute({
    connectionId: id,
    planId: plan.planId,
    phrase: plan.phrase,
    accepted,
  });
  const events: string[] = [];
  for await (const event of engine.plans.watch(id, jobId)) {
    events.push(JSON.stringify(event));
    if (event.type === 'done')
      return {
        job: event.job,
        texts: [JSON.stringify(plan), ...scripts, ...events, JSON.stringify(event.job)],
      };
  }
  throw new Error('the job told no end');
}

describe.each([14, 15, 16, 17, 18] as const)('a new password on %i', (major) => {
  const server = usePrivateServer({
    major,
    settings: { log_statement: 'ddl', ...(major >= 16 ? { scram_iterations: '5000' } : {}) },
  });
  let database: TestDatabase;
  const url = async (user: string, password: string): Promise<string> =>
    urlOf(await server.get(), database.name, { user, password });
  const logsIn = async (user: string, password: string): Promise<boolean> =>
    query(await url(user, password), 'SELECT 1').then(
      () => true,
      () => false,
    );

  beforeAll(async () => {
    database = await createDatabase(
      await server.get(),
      `CREATE ROLE app LOGIN PASSWORD 'old-of-app'; CREATE ROLE own LOGIN PASSWORD 'old-of-own';`,
    );
  });
  afterAll(() => database?.drop());

  it('is known to nobody but the one who asked: not to server, log, journal, scripts or events', async () => {
    const { engine, log, dataDir } = useEngine(null);
    const { id } = await engine.open({ text: database.url }, {});
    const { job, texts } = await rotate(engine, id, 'app');
    expect(job).toMatchObject({ outcome: 'done', noUndo: 'What it changed cannot be put back.' });
    expect(job.actions[0]).toMatchObject({
      secretLabel: 'The new password of app',
      sql: [`ALTER ROLE "app" PASSWORD 'SCRAM-SHA-256$…'`],
      way: 'none',
    });
    expect(job.actions[0]?.notes.join(' ')).toContain('A login with the new password works.');
    const password = engine.plans.takeSecret(id, job.id) ?? '';
    expect(password).toMatch(/^[A-Za-z0-9]{48}$/);
    expect(engine.plans.takeSecret(id, job.id)).toBeNull();
    expect(await logsIn('app', password)).toBe(true);
    expect(await logsIn('app', 'old-of-app')).toBe(false);

    const [authid] = await database.query<{ rolpassword: string }>(
      "SELECT rolpassword FROM pg_authid WHERE rolname = 'app'",
    );
    const verifier = authid?.rolpassword ?? '';
    expect(verifier).toMatch(major >= 16 ? /^SCRAM-SHA-256\$5000:/ : /^SCRAM-SHA-256\$4096:/);
    const serverLog = await (await server.get()).log();
    // The canary: the statement itself is in the log, so what is searched for would be found there.
    expect(serverLog).toContain(verifier);
    const journal = readdirSync(dataDir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'latin1'));
    expect(journal.join('')).toContain('ALTER ROLE');
    for (const text of [serverLog, ...log, ...texts, ...journal]) expect(text).not.toContain(password);
    for (const text of [...log, ...texts, ...journal]) expect(text).not.toContain(verifier);
  });

  it('of the role that PgVitals uses itself: the connection goes on', async () => {
    const secrets = fileSecrets(join(folder, `own-${major}.json`));
    const { engine } = useEngine(secrets);
    const { id } = await engine.open({ text: await url('own', 'old-of-own') }, {});
    const { job } = await rotate(engine, id, 'own');
    expect(job.outcome).toBe('done');
    // A second job opens a session of its own: it can only log in with the new password.
    expect((await rotate(engine, id, 'own')).job.outcome).toBe('done');
    // The next start: the URL still has the oldest one.
    const next = useEngine(secrets).engine;
    await expect(next.open({ text: await url('own', 'old-of-own') }, {})).resolves.toMatchObject({
      role: 'own',
    });
    await expect(
      useEngine(null).engine.open({ text: await url('own', 'old-of-own') }, {}),
    ).rejects.toMatchObject({ code: 'AUTH_FAILED' });
  });

  it('says who stays connected, and stops where the role may not', async () => {
    const { engine } = useEngine(null);
    await database.query("ALTER ROLE app PASSWORD 'again'");
    const { id: asApp } = await engine.open({ text: await url('app', 'again') }, {});
    const { id } = await engine.open({ text: database.url }, {});
    const request = { kind: 'action', action: { verb: 'rotate-password', role: 'app' } } as const;
    const preview = await engine.plans.preview(id, request, {});
    expect(preview.preflight.map(({ text }) => text).join('\n')).toMatch(
      /1 open session of app stay connected: pid \d+ \(pgvitals\/collector, role app/,
    );
    expect(preview.mustAccept.map((acceptance) => acceptance.id)).toEqual(['copy password']);
    const foreign = await engine.plans.preview(
      asApp,
      { kind: 'action', action: { verb: 'rotate-password', role: 'own' } },
      {},
    );
    expect(foreign.preflight.some(({ verdict }) => verdict === 'stop')).toBe(true);
  });

  it('leaves the old one where the server refuses it', async () => {
    const path = join(folder, `refused-${major}.json`);
    const { engine } = useEngine(fileSecrets(path));
    const { id } = await engine.open({ text: database.url }, {});
    await database.query(
      "CREATE ROLE blocked LOGIN PASSWORD 'blocked'; CREATE ROLE away LOGIN PASSWORD 'away'",
    );
    engine.plans.unlock(id);
    const request = { kind: 'action', action: { verb: 'rotate-password', role: 'blocked' } } as const;
    const plan = await engine.plans.preview(id, request, {});
    // The guard is passed, then the role is locked: the statement waits and gives up.
    const holder = new pg.Client({ connectionString: database.url });
    await holder.connect();
    await holder.query("BEGIN; ALTER ROLE blocked PASSWORD 'blocked'");
    const { jobId } = await engine.plans.execute({
      connectionId: id,
      planId: plan.planId,
      phrase: plan.phrase,
      accepted: [],
    });
    await delay(500);
    engine.plans.cancel(id, jobId);
    let job: Job | null = null;
    for await (const event of engine.plans.watch(id, jobId)) if (event.type === 'done') job = event.job;
    await holder.query('ROLLBACK');
    await holder.end();
    expect(job).toMatchObject({ outcome: 'cancelled' });
    expect(engine.plans.takeSecret(id, jobId)).toBeNull();
    expect(readFileSync(path, 'utf8')).toBe('{}');
    expect(await logsIn('blocked', 'blocked')).toBe(true);
  });
});

describe('a process that is killed while it changes its own password', () => {
  const server = usePrivateServer({ major: 15 });
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createDatabase(await server.get());
  });
  afterAll(() => database?.drop());

  /** Before and after: pending written · (ALTER ROLE) · stored · pending removed. */
  const STEPS = 6;
  it.each(Array.from({ length: STEPS + 1 }, (_, at) => at))(
    'at step %i: exactly one known password works',
    async (killAt) => {
      const role = `dying_${killAt}`;
      await database.query(`CREATE ROLE ${role} LOGIN PASSWORD 'old'`);
      const path = join(folder, `${role}.json`);
      const url = urlOf(await server.get(), database.name, { user: role, password: 'old' });
      const end = await run(process.execPath, [CHILD, url, role, path, String(killAt)]).then(
        ({ stdout }) => stdout,
        (error: { signal: string }) => error.signal,
      );
      expect(end).toBe(killAt === 0 ? `steps ${STEPS}\n` : 'SIGKILL');

      const entries = (): Record<string, string> => {
        try {
          return JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>;
        } catch {
          return {};
        }
      };
      const known = new Set([
        'old',
        ...Object.entries(entries()).map(([key, value]) =>
          key.startsWith('pending')
            ? ((JSON.parse(value) as { password: string }[])[0]?.password ?? '')
            : value,
        ),
      ]);
      const works: string[] = [];
      for (const password of known) {
        const attempt = urlOf(await server.get(), database.name, { user: role, password });
        if (
          await query(attempt, 'SELECT 1').then(
            () => true,
            () => false,
          )
        )
          works.push(password);
      }
      expect(works).toHaveLength(1);

      // The next start finds it, and settles which one it is.
      const { engine } = useEngine(fileSecrets(path));
      await expect(engine.open({ text: url }, {})).resolves.toMatchObject({ role });
      const settled = entries();
      expect(Object.keys(settled).filter((key) => key.startsWith('pending'))).toEqual([]);
      expect(Object.values(settled)).toEqual(works[0] === 'old' ? [] : works);
    },
  );
});

describe('a link that is cut while the server changes the password', () => {
  const server = usePrivateServer({ major: 16 });
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createDatabase(await server.get());
  });
  afterAll(() => database?.drop());

  const login = async (role: string, password: string): Promise<string> =>
    urlOf(await server.get(), database.name, { user: role, password });

  /** Rotates the password of `role` over this connection, and holds the statement back. */
  const beginHeld = async (engine: Engine, id: string, role: string) => {
    engine.plans.unlock(id);
    const request = { kind: 'action', action: { verb: 'rotate-password', role } } as const;
    const plan = await engine.plans.preview(id, request, {});
    const holder = new pg.Client({ connectionString: database.url });
    await holder.connect();
    await holder.query('BEGIN; LOCK pg_authid IN SHARE MODE');
    const { jobId } = await engine.plans.execute({
      connectionId: id,
      planId: plan.planId,
      phrase: plan.phrase,
      accepted: [],
    });
    const backend = `SELECT pid FROM pg_stat_activity WHERE application_name = 'pgvitals/maint:${jobId}' AND wait_event_type = 'Lock'`;
    await expect.poll(async () => (await holder.query(backend)).rowCount, { timeout: 10_000 }).toBe(1);
    return {
      jobId,
      holder,
      backend,
      end: async (): Promise<Job> => {
        await holder.query('COMMIT');
        await holder.end();
        for await (const event of engine.plans.watch(id, jobId)) if (event.type === 'done') return event.job;
        throw new Error('the job told no end');
      },
    };
  };
  const keptIn = (path: string): Record<string, string> =>
    JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>;

  it.each(['before', 'after'] as const)(
    '%s it is done: what is true is found out by logging in',
    async (moment) => {
      const role = `cut_${moment}`;
      await database.query(`CREATE ROLE ${role} LOGIN PASSWORD 'old'`);
      const path = join(folder, `${role}.json`);
      const { engine } = useEngine(fileSecrets(path));
      const { id } = await engine.open({ text: await login(role, 'old') }, {});
      const { jobId, holder, backend, end } = await beginHeld(engine, id, role);
      if (moment === 'after') {
        // As if only the answer were lost: the role gets the password that is kept as pending, then the link is cut.
        const [pending = '[]'] = Object.values(keptIn(path));
        const [entry] = JSON.parse(pending) as { password: string }[];
        await holder.query(`ALTER ROLE ${role} PASSWORD '${entry?.password ?? ''}'`);
      }
      await holder.query(`SELECT pg_terminate_backend(pid) FROM (${backend}) b`);
      const job = await end();
      expect(job.actions[0], JSON.stringify(job)).toMatchObject({
        outcome: moment === 'after' ? 'done' : 'interrupted',
      });
      const now = engine.plans.takeSecret(id, jobId);
      expect(now === null).toBe(moment === 'before');
      expect(Object.values(keptIn(path))).toEqual(now === null ? [] : [now]);
      await expect(query(await login(role, now ?? 'old'), 'SELECT 1')).resolves.toHaveLength(1);
      // The connection goes on, with whichever password works.
      expect((await rotate(engine, id, role)).job.outcome).toBe('done');
    },
  );

  it('while it is under way, who connects with the old password leaves the new one alone', async () => {
    await database.query("CREATE ROLE busy LOGIN PASSWORD 'old'");
    const path = join(folder, 'busy.json');
    const { engine } = useEngine(fileSecrets(path));
    const { id } = await engine.open({ text: await login('busy', 'old') }, {});
    const { jobId, end } = await beginHeld(engine, id, 'busy');
    await expect(engine.open({ text: await login('busy', 'old') }, {})).resolves.toMatchObject({
      role: 'busy',
    });
    expect(Object.keys(keptIn(path)).some((key) => key.startsWith('pending'))).toBe(true);
    expect((await end()).outcome).toBe('done');
    expect(Object.values(keptIn(path))).toEqual([engine.plans.takeSecret(id, jobId)]);
  });

  it('an earlier new password whose end nobody saw survives a later change that fails', async () => {
    await database.query("CREATE ROLE twice LOGIN PASSWORD 'of the crash'");
    const path = join(folder, 'twice.json');
    const secrets = fileSecrets(path);
    const { host, port } = await server.get();
    await secrets.write(
      `pending of twice@${host}:${port}`,
      JSON.stringify([{ password: 'of the crash', pid: 2_000_000_000, start: null }]),
    );
    const { engine } = useEngine(secrets);
    const { id } = await engine.open({ text: database.url }, {});
    const { jobId, end } = await beginHeld(engine, id, 'twice');
    expect(JSON.parse(Object.values(keptIn(path))[0] ?? '[]')).toHaveLength(2);
    engine.plans.cancel(id, jobId);
    await delay(500);
    expect((await end()).outcome).toBe('cancelled');
    await expect(
      useEngine(secrets).engine.open({ text: await login('twice', 'old') }, {}),
    ).resolves.toMatchObject({ role: 'twice' });
    expect(Object.values(keptIn(path))).toEqual(['of the crash']);
  });
});
