import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ToolRun } from '#engine/backup/tool-process.ts';
import { isSameProcess } from '#engine/embedded/process-identity.ts';
import { PG_DUMP, runClient } from '../support/client.ts';
import { fakeClient } from '../support/fake-client.ts';
import { createDatabase, type TestDatabase, useServer } from '../support/postgres.ts';

const server = useServer(15);
let base = '';
let database: TestDatabase;

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'pgvitals-end-'));
  database = await createDatabase(
    await server.get(),
    `CREATE TABLE "fatal error: hint" AS SELECT 1 AS one;
     CREATE TABLE first AS SELECT i, pg_catalog.md5(i::text) AS text FROM pg_catalog.generate_series(1, 200000) i;
     CREATE TABLE second AS SELECT * FROM first`,
  );
});
afterAll(async () => {
  await database?.drop();
  await rm(base, { recursive: true, force: true });
});
beforeEach(async () => {
  vi.stubEnv('XDG_RUNTIME_DIR', await mkdtemp(join(base, 'run-')));
});
afterEach(() => vi.unstubAllEnvs());

function fake(name: string, script: string): Promise<string> {
  return fakeClient(join(base, name), { all: script }).then((folder) => join(folder, 'pg_dump'));
}

describe('the files and the end of a client', () => {
  test('files are for this user alone whatever the umask (F43)', async () => {
    const place = await mkdtemp(join(base, 'umask-'));
    const before = process.umask(0o022);
    try {
      await runClient(PG_DUMP, database.url, ['--format=custom', `--file=${join(place, 'one')}`]);
      await runClient(PG_DUMP, database.url, [
        '--format=directory',
        '--jobs=2',
        `--file=${join(place, 'many')}`,
      ]);
      expect(process.umask()).toBe(0o022);
    } finally {
      process.umask(before);
    }
    const files = await readdir(place, { recursive: true });
    expect(files.length).toBeGreaterThan(4);
    for (const file of files) {
      const status = await stat(join(place, file));
      expect([file, (status.mode & 0o777).toString(8)]).toEqual([file, status.isDirectory() ? '700' : '600']);
    }
  });

  test('what it tells of its work is no error, whatever tables are called', async () => {
    const { code, lines, errors } = await runClient(PG_DUMP, database.url, [
      '--verbose',
      '--format=custom',
      `--file=${join(base, 'verbose')}`,
      '--table="fatal error: hint"',
    ]);
    expect(lines.some((line) => line.includes('fatal error: hint'))).toBe(true);
    expect([code, errors]).toEqual([0, []]);
  });

  test('an error has all of its lines', async () => {
    const says = `echo "pg_dump: reading errors" >&2; echo "pg_dump: error: query failed: ERROR:  no" >&2
      echo "LINE 1: SELECT" >&2; echo "pg_dump: detail: Query was: SELECT" >&2; echo "pg_dump: dumping x" >&2; printf last >&2; exit 3`;
    const { code, errors } = await runClient(await fake('says', says), null, []);
    expect([code, errors]).toEqual([
      3,
      ['pg_dump: error: query failed: ERROR:  no', 'LINE 1: SELECT', 'pg_dump: detail: Query was: SELECT'],
    ]);
  });

  test('cancelling ends the workers too, and their sessions', async () => {
    const stop = new AbortController();
    const run = await dumpWithWorkers('cancelled', { signal: stop.signal });
    const pids = await groupOf(run.pid);
    expect(pids.length).toBeGreaterThan(1);
    stop.abort();
    await expect(run.ended).rejects.toMatchObject({ code: 'CANCELLED' });
    await expectGone(pids);
  });

  test('workers do not outlive a leader that was killed', async () => {
    const run = await dumpWithWorkers('killed', {});
    const pids = await groupOf(run.pid);
    process.kill(run.pid, 'SIGKILL');
    expect(await run.ended).toMatchObject({ code: null, killedBy: 'SIGKILL' });
    await expectGone(pids);
  });

  test('what a client started does not hold up its end', { timeout: 10_000 }, async () => {
    const path = await fake('leaves', 'sleep 60 & kill -9 $$');
    expect(await runClient(path, null, [])).toMatchObject({ code: null, killedBy: 'SIGKILL' });
  });

  test('one that does not listen is killed after its time', async () => {
    const path = await fake('deaf', `trap '' TERM; echo started; while :; do sleep 0.05; done`);
    const stop = new AbortController();
    const startedMs = performance.now();
    const run = runClient(path, null, [], {
      signal: stop.signal,
      graceMs: 300,
      onOutput: async (output) => {
        await once(output, 'data');
        stop.abort();
      },
    });
    await expect(run).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(performance.now() - startedMs).toBeGreaterThan(290);
  });

  test('what a reader throws ends it and comes out, from either stream', async () => {
    const path = await fake('talks', 'echo out; echo err >&2; sleep 60');
    const fault = new Error('reader');
    const throws = () => {
      throw fault;
    };
    await expect(runClient(path, null, [], { onLine: throws })).rejects.toBe(fault);
    await expect(runClient(path, null, [], { onOutput: async () => throws() })).rejects.toBe(fault);
  });

  /** A dump by two workers, each busy with a table for about a second. */
  async function dumpWithWorkers(name: string, change: Partial<ToolRun>) {
    const started = Promise.withResolvers<number>();
    const ended = runClient(
      PG_DUMP,
      database.url,
      ['--format=directory', '--jobs=2', '--compress=9', `--file=${join(base, name)}`],
      { ...change, onStart: ({ pid }) => started.resolve(pid) },
    );
    ended.catch(() => undefined);
    await expect.poll(sessions, { interval: 5, timeout: 10_000 }).toBeGreaterThan(2);
    return { pid: await started.promise, ended };
  }

  async function sessions(): Promise<number> {
    const rows = await database.query(
      `SELECT FROM pg_catalog.pg_stat_activity WHERE datname = pg_catalog.current_database() AND application_name = 'pgvitals/backup:test'`,
    );
    return rows.length;
  }

  async function groupOf(leader: number): Promise<number[]> {
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
    const groups = await Promise.all(
      pids.map(async (pid) => {
        const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
        return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[2]) === leader ? [Number(pid)] : [];
      }),
    );
    return groups.flat();
  }

  async function expectGone(pids: readonly number[]): Promise<void> {
    for (const pid of pids)
      await expect.poll(() => isSameProcess(pid, null), { timeout: 10_000 }).toBe(false);
    await expect.poll(sessions, { timeout: 10_000 }).toBe(0);
    const folder = join(process.env['XDG_RUNTIME_DIR'] ?? '', `pgvitals-${process.getuid?.()}`);
    expect(await readdir(folder)).toEqual([]);
  }
});
