import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RestoreRequest } from '#engine/backup/restore.ts';
import type { JobTrace } from '#engine/backup/job.ts';
import { createEngine } from '#engine/create-engine.ts';
import { recoverBlocked, recoverSwap, type SwapRecovery } from '#engine/backup/recover-swap.ts';
import { isSameProcess } from '#engine/embedded/process-identity.ts';
import { parseConnectionInput } from '#engine/postgres/url.ts';
import { openWriteSession } from '#engine/postgres/write-session.ts';
import { createNodeHost } from '../../electron/hosts/node-host.ts';
import { BACKUP_ID, type Stage, useRestoreStages } from '../support/restore-stage.ts';

/** PgVitals is killed in a restore: the next start finds what it left, and the live database is whole either way. */
const stages = useRestoreStages();
let folder = '';
let shop: Stage;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pgvitals-crash-'));
  shop = await stages.stage('shop');
  await shop.sql(
    `UPDATE app.users SET name = 'changed'; COMMENT ON DATABASE shop IS 'mine'; ALTER DATABASE shop SET work_mem = '9MB'`,
  );
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Crash {
  readonly output: string;
  readonly trace: JobTrace | null;
}

let runs = 0;
async function crash(request: RestoreRequest, when: readonly string[]): Promise<Crash> {
  runs += 1;
  const [input, trace] = [join(folder, `${runs}.in`), join(folder, `${runs}.trace`)];
  const { backup, tools, identity } = await shop.context();
  await writeFile(input, JSON.stringify({ request, backup, tools, identity }));
  const script = fileURLToPath(new URL('../fixtures/crashing-restore.ts', import.meta.url));
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', script, shop.url, input, trace, ...when],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await new Promise((resolve) => child.on('close', resolve));
  const lines = (await readFile(trace, 'utf8')).trim().split('\n');
  return { output, trace: lines.at(-1) ? (JSON.parse(lines.at(-1) ?? '') as JobTrace) : null };
}

/** What a new start does: it ends what runs on, then looks at the server. */
async function recovered({ trace }: Crash): Promise<SwapRecovery | null> {
  for (const { pid, start } of trace?.children ?? [])
    if (await isSameProcess(pid, start)) process.kill(pid, 'SIGKILL');
  return trace ? recoverSwap(parseConnectionInput(shop.url), trace) : null;
}

const isRestored = async (): Promise<boolean> =>
  (await shop.sql<{ n: number }>(`SELECT count(*)::int AS n FROM app.users WHERE name = 'changed'`))[0]?.n ===
  0;
const oldOnes = async (): Promise<string[]> =>
  (
    await stages.admin<{ datname: string }>(
      `SELECT datname FROM pg_database WHERE datname LIKE '%\\_\\_pgv\\_old\\_%'`,
    )
  ).map(({ datname }) => datname);
const properties = () =>
  shop.sql(
    `SELECT shobj_description(d.oid, 'pg_database') AS comment, s.setconfig FROM pg_database d
     JOIN pg_db_role_setting s ON s.setdatabase = d.oid WHERE datname = current_database()`,
  );

/** Back to the changed data, by hand. */
async function reset(): Promise<void> {
  const [old] = await oldOnes();
  if (old === undefined) return;
  await stages.admin('DROP DATABASE shop WITH (FORCE)');
  await stages.admin(`ALTER DATABASE "${old}" RENAME TO shop`);
  await stages.admin(`COMMENT ON DATABASE shop IS 'mine'`);
}

async function sweep(request: RestoreRequest, when: readonly string[]): Promise<[string, boolean]> {
  const run = await crash(request, when);
  const recovery = await recovered(run);
  await expect.poll(stages.leftovers, { timeout: 20_000 }).toEqual([]);
  const done = await isRestored();
  expect([when, await properties()]).toEqual([when, [{ comment: 'mine', setconfig: ['work_mem=9MB'] }]]);
  // Once more: there is nothing left to do.
  if (run.trace && recovery?.outcome !== 'finished')
    expect((await recoverSwap(parseConnectionInput(shop.url), run.trace)).outcome).toBe('nothing');
  return [recovery?.outcome ?? 'no trace', done];
}

const REPLACE: RestoreRequest = { kind: 'replace', backupId: BACKUP_ID };

describe('killed while it replaces', () => {
  it('at every write of its trace', async () => {
    const whole = await crash(REPLACE, ['never']);
    expect(whole.output).toMatch(/^done/);
    expect(await isRestored()).toBe(true);
    await reset();
    const last = Number(/writes (\d+)/.exec(whole.output)?.[1]);
    expect(last).toBeGreaterThanOrEqual(5);
    for (let at = 1; at <= last; at += 1) {
      const [, done] = await sweep(REPLACE, ['write', String(at)]);
      // The last write tells that nothing is open any more.
      expect([at, done, (await oldOnes()).length]).toEqual([at, at === last, at === last ? 1 : 0]);
      await reset();
    }
  }, 120_000);

  it.each([
    ['sent', '1', 'CREATE DATABASE', 'dropped', false],
    ['answered', '1', 'CREATE DATABASE', 'dropped', false],
    ['answered', '1', 'ALLOW_CONNECTIONS false', 'dropped', false],
    ['answered', '2', 'RENAME TO', 'dropped', false],
    ['answered', '2', 'COMMIT', 'finished', true],
  ])('%s the statement no. %s with %s: %s', async (when, count, pattern, outcome, isDone) => {
    expect(await sweep(REPLACE, [when, count, pattern])).toEqual([outcome, isDone]);
    expect(await oldOnes()).toHaveLength(isDone ? 1 : 0);
    await reset();
  });

  it('while nobody is let in: a new start that is refused, too, gives connections back and connects', async () => {
    const run = await crash(REPLACE, ['answered', '2', 'ALLOW_CONNECTIONS false']);
    const target = parseConnectionInput(shop.url);
    await expect(openWriteSession(target, { jobId: 'test' })).rejects.toMatchObject({ sqlState: '55000' });
    const engine = createEngine(
      createNodeHost({ kind: 'in-process', toolVersion: 'test', writeLogLine: () => undefined }),
    );
    await engine.open({ text: shop.url }, {});
    await engine.close();
    expect(await isRestored()).toBe(false);
    expect(await recoverBlocked(target)).toBe(false);
    expect(await recovered(run)).toMatchObject({ outcome: 'dropped' });
    expect(await stages.leftovers()).toEqual([]);
  });

  it('while the COMMIT is on its way: one or the other, and told as it is', async () => {
    const [outcome, isDone] = await sweep(REPLACE, ['sent', '2', 'COMMIT']);
    expect([outcome, isDone]).toEqual(isDone ? ['finished', true] : ['dropped', false]);
    await reset();
  });
});

describe('killed while a new database gets its name', () => {
  it('before the COMMIT it is dropped; after it, it is there', async () => {
    const request: RestoreRequest = { kind: 'restore', backupId: BACKUP_ID, database: 'a copy' };
    const isThere = async (): Promise<boolean> =>
      (await stages.admin(`SELECT FROM pg_database WHERE datname = 'a copy'`)).length === 1;
    expect(await sweep(request, ['answered', '1', 'RENAME TO'])).toEqual(['dropped', false]);
    expect(await isThere()).toBe(false);
    expect(await sweep(request, ['answered', '1', 'COMMIT'])).toEqual(['finished', false]);
    expect(await isThere()).toBe(true);
  });
});

describe('killed while it swaps back', () => {
  it('before the COMMIT gives connections back to both; after it, all is done', async () => {
    await crash(REPLACE, ['never']);
    const id = async () => {
      const [row] = await stages.admin<{ token: string }>(
        `SELECT substring(shobj_description(oid, 'pg_database') FROM '"token":"([0-9a-f]+)"') AS token FROM pg_database WHERE datname LIKE '%\\_\\_pgv\\_old\\_%'`,
      );
      return row?.token ?? '';
    };
    const back: RestoreRequest = { kind: 'swap-back', replacedId: await id() };
    expect(await sweep(back, ['answered', '2', 'RENAME TO'])).toEqual(['unblocked', true]);
    expect(await oldOnes()).toHaveLength(1);
    expect(await sweep(back, ['answered', '1', 'COMMIT'])).toEqual(['finished', false]);
    expect(await oldOnes()).toHaveLength(1);
  });
});
